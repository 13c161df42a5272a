-- The swap's message: the new indexes and extended statistics take the names of the old ones, which are called
-- pgwiden_oldidx_D and pgwiden_oldstat_D until cleanup. Indexes of constraints were named by their constraint; those of
-- partitions get their names after the swap (sql/swap/partitions.sql).
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
), named AS (
    SELECT d.number, 'index' AS kind, n.nspname, c.relname AS name, 'idx' AS what,
           -- what 30_indexes.sql has dropped needs no other name
           NOT (i.indisunique
                OR EXISTS (SELECT FROM pg_depend AS p
                           WHERE p.classid = 'pg_class'::regclass AND p.objid = d.oid
                             AND p.refclassid IN ('pg_proc'::regclass, 'pg_operator'::regclass))) AS stays
    FROM target AS t
         JOIN definition AS d ON d.conversion = t.id AND d.kind = 'index'
         JOIN pg_index AS i ON i.indexrelid = d.oid
         JOIN pg_class AS c ON c.oid = d.oid
         JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE (d.relid = t.relid OR c.relkind = 'I')
      AND NOT EXISTS (SELECT FROM pg_constraint AS k WHERE k.conindid = d.oid AND k.conrelid = d.relid
                                                       AND k.contype IN ('p', 'u'))
    UNION ALL
    SELECT d.number, 'statistics', n.nspname, s.stxname, 'stat', true
    FROM target AS t
         JOIN definition AS d ON d.conversion = t.id AND d.kind = 'statistics'
         JOIN pg_statistic_ext AS s ON s.oid = d.oid
         JOIN pg_namespace AS n ON n.oid = s.stxnamespace
)
SELECT format('%s %I.%I', kind, nspname, name) AS object,
       concat(CASE WHEN stays THEN format('ALTER %s %I.%I RENAME TO pgwiden_old%s_%s; ', upper(kind), nspname, name,
                                          what, number) END,
              format('ALTER %s %I.pgwiden_%s_%s RENAME TO %I', upper(kind), nspname, what, number, name)) AS statement,
       'ACCESS EXCLUSIVE' AS lock, t.relation::text AS relation, NULL AS also
FROM target AS t, named
ORDER BY number
