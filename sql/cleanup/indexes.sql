-- Old indexes that the swap kept for the way back, one at a time.
-- $1: the table's oid
-- Columns: object, statement, lock, relation, also
-- Lock: SHARE UPDATE EXCLUSIVE; waits for transactions that use the table, and nobody waits behind it
WITH target AS (
    SELECT c.id, c.relid, n.nspname,
           EXISTS (SELECT FROM conversion_column AS cc
                        JOIN pg_attribute AS a ON a.attnum = cc.to_attnum AND a.attname = cc.attname
                   WHERE cc.conversion = c.id AND a.attrelid = c.relid) AS swapped
    FROM conversion AS c
         JOIN pg_class AS r ON r.oid = c.relid
         JOIN pg_namespace AS n ON n.oid = r.relnamespace
    WHERE c.relid = $1 AND c.outcome IS NULL
), old (name) AS (
    SELECT i.relname
    FROM target AS t
         JOIN pg_index AS x ON x.indrelid = t.relid
         JOIN pg_class AS i ON i.oid = x.indexrelid AND i.relname ~ '^pgwiden_oldidx_[0-9]+$'
    WHERE t.swapped
    UNION ALL
    -- in plan: those that swap/30_indexes.sql will not drop
    SELECT format('pgwiden_oldidx_%s', d.number)
    FROM target AS t
         JOIN definition AS d ON d.conversion = t.id AND d.kind = 'index'
         JOIN pg_index AS x ON x.indexrelid = d.oid AND NOT x.indisunique
    WHERE NOT t.swapped
      AND NOT EXISTS (SELECT FROM pg_depend AS p
                      WHERE p.classid = 'pg_class'::regclass AND p.objid = d.oid
                        AND p.refclassid IN ('pg_proc'::regclass, 'pg_operator'::regclass))
)
SELECT format('index %I.%I', t.nspname, o.name) AS object,
       format('DROP INDEX CONCURRENTLY %I.%I', t.nspname, o.name) AS statement,
       'SHARE UPDATE EXCLUSIVE' AS lock, NULL AS relation, NULL AS also
FROM target AS t, old AS o
ORDER BY o.name
