-- Old indexes that the swap kept for the way back, one at a time. A partitioned one takes its partitions' with it.
-- $1: the table's oid
-- Columns: object, statement, lock, relation, also
-- Lock: SHARE UPDATE EXCLUSIVE; waits for transactions that use the table, and nobody waits behind it. ACCESS EXCLUSIVE for
-- a partitioned index, which can't be dropped concurrently
WITH target AS (
    SELECT c.id, c.relid,
           EXISTS (SELECT FROM conversion_column AS cc
                        JOIN pg_attribute AS a ON a.attnum = cc.to_attnum AND a.attname = cc.attname
                   WHERE cc.conversion = c.id AND a.attrelid = c.relid) AS swapped
    FROM conversion AS c
    WHERE c.relid = $1 AND c.outcome IS NULL
), old (relid, name, kind) AS (
    SELECT x.indrelid, i.relname, i.relkind
    FROM target AS t
         JOIN tree AS m ON m.conversion = t.id AND m.root = t.relid
         JOIN pg_index AS x ON x.indrelid = m.relid
         JOIN pg_class AS i ON i.oid = x.indexrelid AND i.relname ~ '^pgwiden_oldidx_[0-9]+$'
    WHERE t.swapped AND NOT EXISTS (SELECT FROM pg_inherits AS h WHERE h.inhrelid = i.oid)
    UNION ALL
    -- in plan: those that swap/30_indexes.sql will not drop
    SELECT d.relid, format('pgwiden_oldidx_%s', d.number), i.relkind
    FROM target AS t
         JOIN definition AS d ON d.conversion = t.id AND d.kind = 'index' AND NOT d.detail ? 'constraint'
         JOIN pg_index AS x ON x.indexrelid = d.oid AND NOT x.indisunique
         JOIN pg_class AS i ON i.oid = d.oid
    WHERE NOT t.swapped AND NOT EXISTS (SELECT FROM pg_inherits AS h WHERE h.inhrelid = i.oid)
      AND NOT EXISTS (SELECT FROM pg_depend AS p
                      WHERE p.classid = 'pg_class'::regclass AND p.objid = d.oid
                        AND p.refclassid IN ('pg_proc'::regclass, 'pg_operator'::regclass))
)
SELECT format('index %I.%I', n.nspname, o.name) AS object,
       format('DROP INDEX %s%I.%I', CASE o.kind WHEN 'I' THEN '' ELSE 'CONCURRENTLY ' END, n.nspname, o.name) AS statement,
       CASE o.kind WHEN 'I' THEN 'ACCESS EXCLUSIVE' ELSE 'SHARE UPDATE EXCLUSIVE' END AS lock,
       CASE o.kind WHEN 'I' THEN m.tab END AS relation,
       CASE o.kind WHEN 'I' THEN
           (SELECT string_agg(p.tab, ', ONLY ' ORDER BY p.level, p.relid)
            FROM tree AS p WHERE p.conversion = t.id AND p.root = t.relid AND p.level > m.level) END AS also
FROM target AS t
     CROSS JOIN old AS o
     JOIN tree AS m ON m.conversion = t.id AND m.root = t.relid AND m.relid = o.relid
     JOIN pg_class AS r ON r.oid = o.relid
     JOIN pg_namespace AS n ON n.oid = r.relnamespace
ORDER BY o.kind, o.name
