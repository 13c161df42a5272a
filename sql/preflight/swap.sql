-- How long the swap will hold its lock, and how many locks it will take: 6 ms, 0.5 ms more a view, and of a table that is
-- not partitioned 0.3 ms an index of the columns, 0.4 ms a foreign key that is exchanged under the lock and 0.2 ms a trigger,
-- policy or function that is made again. For a partitioned table 16 ms, 0.4 ms a table of the tree and column, 0.4 ms an
-- index of a constraint or a unique one (dropped and made again), 0.02 ms another index, and for a table of the tree and
-- foreign key 0.25 ms and 0.001 ms more with each table. RUNBOOK.md, long-swap, has what was measured (idle, two cores).
-- $1: oid of the table, $2: numbers of the columns
-- code, object, reason, hint, ms. The first row is always there, its code is NULL when there is nothing to tell. Lock: none.
WITH RECURSIVE member (relid) AS (
    SELECT $1::oid
    UNION ALL
    SELECT i.inhrelid FROM member m JOIN pg_inherits i ON i.inhparent = m.relid
), col AS (
    SELECT m.relid, array_agg(a.attnum) AS attnums
    FROM member m
    LEFT JOIN (pg_attribute r JOIN pg_attribute a ON a.attname = r.attname)
           ON r.attrelid = $1 AND r.attnum = ANY ($2::int2[]) AND a.attrelid = m.relid
    GROUP BY m.relid
), counted AS (
    SELECT count(*) AS members, sum(x.indexes) AS indexes, sum(x.ours) AS ours, sum(x.keys) AS keys
    FROM col c
    CROSS JOIN LATERAL (
        SELECT count(*) AS indexes, count(*) FILTER (WHERE i.indkey::int2[] && c.attnums) AS ours,
               count(*) FILTER (WHERE i.indkey::int2[] && c.attnums AND i.indisunique) AS keys
        FROM pg_index i JOIN pg_class o ON o.oid = i.indexrelid
        WHERE i.indrelid = c.relid AND o.relname !~ '^pgwiden_(idx|oldidx)_') x
), reader (id) AS (
    -- those that read the columns, and what reads these: at most so many are made again
    SELECT w.ev_class
    FROM col c
    JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = c.relid
                    AND d.refobjsubid = ANY (c.attnums)
    JOIN pg_rewrite w ON w.oid = d.objid AND w.rulename = '_RETURN'
    UNION
    SELECT w.ev_class
    FROM reader r
    JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = r.id AND d.classid = 'pg_rewrite'::regclass
    JOIN pg_rewrite w ON w.oid = d.objid AND w.rulename = '_RETURN'
    JOIN pg_class v ON v.oid = w.ev_class AND v.relkind = 'v'
), view AS (
    SELECT count(*) AS views FROM reader
), foreign_key AS (
    -- acting: swap/08_keys.sql
    SELECT count(*) AS fks,
           count(*) FILTER (WHERE o.conrelid = $1 AND o.conkey && $2
                              AND (o.confdeltype IN ('n', 'd') OR o.confupdtype IN ('c', 'n', 'd'))) AS acting
    FROM pg_constraint o
    WHERE o.contype = 'f' AND o.conparentid = 0
      AND (o.conrelid = $1 AND o.conkey && $2::int2[] OR o.confrelid = $1 AND o.confkey && $2::int2[])
), text AS (
    SELECT count(DISTINCT (d.classid, d.objid)) AS texts
    FROM pg_depend d
    WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = $1 AND d.refobjsubid = ANY ($2)
      AND d.classid IN ('pg_trigger'::regclass, 'pg_policy'::regclass, 'pg_proc'::regclass)
), predicted AS (
    SELECT 6 + 0.5 * views
           + CASE WHEN members = 1 THEN 0.3 * ours + 0.4 * acting + 0.2 * texts
                  ELSE 10 + 0.4 * members * cardinality($2::int2[]) + 0.4 * keys + 0.02 * (ours - keys)
                       + (0.25 + 0.001 * members) * members * fks END AS ms,
           -- of a tree counted at 10 .. 200 partitions: 12 a partition with a key and two indexes, 2 a foreign key and
           -- partition
           20 + 2 * views
           + CASE WHEN members = 1 THEN 4 * indexes + 4 * fks
                  ELSE 4 * members + 4 * keys + 2 * (ours - keys) + 2 * members * fks END AS locks,
           current_setting('max_locks_per_transaction')::bigint
           * (current_setting('max_connections')::bigint + current_setting('max_prepared_transactions')::bigint) AS room
    FROM counted, view, foreign_key, text
)
SELECT CASE WHEN p.ms > 50 THEN 'long-swap' END AS code, format('table %I.%I', n.nspname, c.relname) AS object,
       format('the swap will hold its lock for about %s ms: on %s, with %s to be made again.', round(p.ms::numeric),
              CASE k.members WHEN 1 THEN 'one table' ELSE format('all %s tables of the tree', k.members) END,
              CASE v.views WHEN 0 THEN 'no view' WHEN 1 THEN 'one view' ELSE v.views || ' views' END) AS reason,
       'Detach or drop partitions, or drop views, that nobody needs; or accept it: --allow long-swap' AS hint, p.ms::float8 AS ms
FROM predicted p, counted k, view v, pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.oid = $1
UNION ALL
SELECT 'lock-table-full', format('table %I.%I', n.nspname, c.relname),
       format('the swap takes about %s locks, the server''s table holds %s for everyone.', p.locks, p.room),
       'Raise max_locks_per_transaction (restart), or drop indexes and foreign keys that nobody needs.', p.ms
FROM predicted p, pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.oid = $1 AND p.locks > p.room / CASE c.relkind WHEN 'p' THEN 2 ELSE 4 END
