-- The swap's message: keys, defaults, NOT NULL, replica identity and the CLUSTER mark move in one ALTER TABLE; old keys
-- and CHECKs are dropped. Nothing is scanned: the validated equality CHECK proves NOT NULL, and must not be dropped here
-- (drops run before SET NOT NULL in one ALTER TABLE). From 18 on verify has made the shadow's NOT NULL already.
-- $1: the table's oid
-- Columns: object, statement, lock, relation, also
-- Lock: ACCESS EXCLUSIVE, held by the message already
WITH target AS (
    SELECT c.id, c.relid, c.relid::regclass AS relation
    FROM conversion AS c
    WHERE c.relid = $1 AND c.outcome IS NULL
      AND NOT EXISTS (SELECT FROM conversion_column AS cc
                           JOIN pg_attribute AS a ON a.attnum = cc.to_attnum AND a.attname = cc.attname
                      WHERE cc.conversion = c.id AND a.attrelid = c.relid)
), key AS (
    -- indexes with what the new ones must be: constraint, replica identity, CLUSTER mark
    SELECT d.number, k.conname, k.contype, k.condeferrable, k.condeferred, i.indisreplident, i.indisclustered,
           coalesce(k.conname, format('pgwiden_idx_%s', d.number)) AS new_name
    FROM target AS t
         JOIN definition AS d ON d.conversion = t.id AND d.kind = 'index'
         JOIN pg_index AS i ON i.indexrelid = d.oid
         LEFT JOIN pg_constraint AS k ON k.conindid = d.oid AND k.conrelid = t.relid AND k.contype IN ('p', 'u')
), col AS (
    SELECT cc.from_attnum, o.attname, o.attnotnull,
           coalesce(n.attnotnull, current_setting('server_version_num')::int >= 180000) AS has_not_null,
           pg_get_expr(f.adbin, f.adrelid) AS expression
    FROM target AS t
         JOIN conversion_column AS cc ON cc.conversion = t.id
         JOIN pg_attribute AS o ON o.attrelid = t.relid AND o.attnum = cc.from_attnum
         LEFT JOIN pg_attribute AS n ON n.attrelid = t.relid AND n.attnum = cc.to_attnum
         LEFT JOIN pg_attrdef AS f ON f.adrelid = o.attrelid AND f.adnum = o.attnum
), action (ordinal, number, text) AS (
    SELECT 1, number, format('DROP CONSTRAINT %I', conname) FROM key WHERE conname IS NOT NULL
    UNION ALL
    SELECT 2, d.number, format('DROP CONSTRAINT %I', k.conname)
    FROM target AS t
         JOIN definition AS d ON d.conversion = t.id AND d.kind = 'check'
         JOIN pg_constraint AS k ON k.oid = d.oid
    UNION ALL
    SELECT 3, from_attnum, format('ALTER COLUMN %I DROP DEFAULT', attname) FROM col WHERE expression IS NOT NULL
    UNION ALL
    SELECT 4, from_attnum, format('ALTER COLUMN pgwiden_new_%s SET NOT NULL', from_attnum)
    FROM col WHERE attnotnull AND NOT has_not_null
    UNION ALL
    SELECT 5, from_attnum, format('ALTER COLUMN pgwiden_new_%s SET DEFAULT %s', from_attnum, expression)
    FROM col WHERE expression IS NOT NULL
    UNION ALL
    SELECT 6, number, format('ADD CONSTRAINT %I %s USING INDEX pgwiden_idx_%s%s%s', conname,
                             CASE contype WHEN 'p' THEN 'PRIMARY KEY' ELSE 'UNIQUE' END, number,
                             CASE WHEN condeferrable THEN ' DEFERRABLE' END,
                             CASE WHEN condeferred THEN ' INITIALLY DEFERRED' END)
    FROM key WHERE conname IS NOT NULL
    UNION ALL
    SELECT 7, number, format('REPLICA IDENTITY USING INDEX %I', new_name) FROM key WHERE indisreplident
    UNION ALL
    SELECT 8, number, format('CLUSTER ON %I', new_name) FROM key WHERE indisclustered
)
SELECT 'table ' || t.relation AS object,
       format(E'ALTER TABLE %s\n    %s', t.relation,
              string_agg(a.text, E',\n    ' ORDER BY a.ordinal, a.number)) AS statement,
       'ACCESS EXCLUSIVE' AS lock, t.relation::text AS relation, NULL AS also
FROM target AS t, action AS a
GROUP BY t.relation
