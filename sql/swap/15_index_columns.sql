-- The swap's message: the columns of the new indexes get the names that those of the old ones have. They were named after
-- the shadow, and renaming the table's column does not rename them. Done here, since it takes ACCESS EXCLUSIVE on the index;
-- for a partitioned table afterwards (sql/swap/partitions.sql).
-- $1: the table's oid
-- Columns: object, statement, lock, relation, also
-- Lock: ACCESS EXCLUSIVE, held by the message already
WITH target AS (
    SELECT c.id, c.relid, c.relid::regclass AS relation, r.relnamespace::regnamespace AS schema
    FROM conversion AS c JOIN pg_class AS r ON r.oid = c.relid AND r.relkind <> 'p'
    WHERE c.relid = $1 AND c.outcome IS NULL
      AND NOT EXISTS (SELECT FROM conversion_column AS cc
                           JOIN pg_attribute AS a ON a.attnum = cc.to_attnum AND a.attname = cc.attname
                      WHERE cc.conversion = c.id AND a.attrelid = c.relid)
), index AS (
    SELECT t.id, t.relation, d.number, d.oid,
           format('%s.pgwiden_idx_%s', t.schema, d.number) AS ours
    FROM target AS t JOIN definition AS d ON d.conversion = t.id AND d.kind = 'index'
), renamed AS (
    -- ours is not there yet in plan: its columns will be named after the shadows
    SELECT i.number, i.relation, i.ours, o.attnum, o.attname AS name,
           coalesce(n.attname, format('pgwiden_new_%s', cc.from_attnum)::name) AS our_name
    FROM index AS i
         JOIN pg_attribute AS o ON o.attrelid = i.oid AND o.attnum > 0
         LEFT JOIN pg_attribute AS n ON n.attrelid = to_regclass(i.ours) AND n.attnum = o.attnum
         LEFT JOIN conversion_column AS cc ON cc.conversion = i.id AND cc.attname = o.attname
)
SELECT 'index ' || ours AS object,
       string_agg(format('ALTER TABLE %s RENAME COLUMN %I TO %I', ours, our_name, name), '; ' ORDER BY attnum) AS statement,
       'ACCESS EXCLUSIVE' AS lock, relation::text AS relation, NULL AS also
FROM renamed
WHERE our_name <> name
GROUP BY number, relation, ours
ORDER BY number
