-- After the swap: the new indexes of partitions take the names of the old ones, which are called pgwiden_oldidx_D until
-- cleanup, and their columns those of the table's. Kept out of the swap's lock, one partition a transaction.
-- $1: the table's oid
-- Columns: object, statement, lock, relation, also
-- Lock: ACCESS EXCLUSIVE on one partition, catalog work only
WITH target AS (
    SELECT c.id, c.relid
    FROM conversion AS c
    WHERE c.relid = $1 AND c.outcome IS NULL
      AND EXISTS (SELECT FROM pg_class AS r WHERE r.oid = c.relid AND r.relkind = 'p')
), index AS (
    -- by its number before it has got its name, by its name afterwards; in plan there is none of ours yet
    SELECT t.id, d.number, d.relid, d.name, d.oid AS old, n.nspname, r.relname, d.detail ? 'partitioned' AS partitioned,
           x.oid AS new, x.relname AS new_name, format('pgwiden_idx_%s', d.number) AS ours,
           d.detail ? 'constraint' AS is_constraint
    FROM target AS t
         JOIN definition AS d ON d.conversion = t.id AND d.kind = 'index'
         JOIN pg_class AS r ON r.oid = d.relid
         JOIN pg_namespace AS n ON n.oid = r.relnamespace
         LEFT JOIN (pg_index AS i JOIN pg_class AS x ON x.oid = i.indexrelid)
                ON i.indrelid = d.relid AND x.oid <> d.oid AND x.relname IN (format('pgwiden_idx_%s', d.number), d.name)
), columns AS (
    SELECT i.number, string_agg(format('ALTER TABLE %I.%I RENAME COLUMN %I TO %I', i.nspname, i.name,
                                       'pgwiden_new_' || k.from_attnum, k.attname), '; ' ORDER BY k.from_attnum) AS text
    FROM index AS i
         JOIN conversion_column AS k ON k.conversion = i.id
         LEFT JOIN tree_column AS c ON c.conversion = i.id AND c.relid = i.relid AND c.number = k.from_attnum
         LEFT JOIN pg_attribute AS a ON a.attrelid = i.new AND a.attname = format('pgwiden_new_%s', k.from_attnum)
         LEFT JOIN pg_index AS x ON x.indexrelid = i.old
         LEFT JOIN LATERAL unnest(x.indkey::int2[]) WITH ORDINALITY AS u (attnum, place) ON u.attnum = c.attnum
    WHERE CASE WHEN i.new IS NULL THEN u.place IS NOT NULL ELSE a.attname IS NOT NULL END
    GROUP BY i.number
), part AS (
    SELECT i.relid, i.nspname, i.relname, i.number, concat_ws('; ',
               CASE WHEN NOT i.is_constraint AND NOT i.partitioned AND coalesce(i.new_name, i.ours) = i.ours THEN concat_ws('; ',
                   (SELECT format('ALTER INDEX %I.%I RENAME TO pgwiden_oldidx_%s', i.nspname, o.relname, i.number)
                    FROM pg_class AS o WHERE o.oid = i.old AND o.relname = i.name),
                   format('ALTER INDEX %I.%I RENAME TO %I', i.nspname, i.ours, i.name)) END,
               c.text) AS text
    FROM index AS i LEFT JOIN columns AS c USING (number)
)
SELECT format('table %I.%I', nspname, relname) AS object,
       string_agg(text, '; ' ORDER BY number) AS statement,
       'ACCESS EXCLUSIVE' AS lock, format('%I.%I', nspname, relname) AS relation, NULL AS also
FROM part
WHERE text <> ''
GROUP BY relid, nspname, relname
ORDER BY relid
