-- The table whose rows stand for a partitioned table's: its largest partition; a plain table is its own.
-- $1: the table's oid
-- Columns: relid, leaves (how many there are), blocks (of all), own (of that one), foreign keys and views (left out of the copy)
-- Lock: ACCESS SHARE on each leaf, for a moment (sizes)
WITH RECURSIVE tree (relid) AS (
    SELECT $1::oid
    UNION ALL
    SELECT i.inhrelid FROM tree AS t JOIN pg_inherits AS i ON i.inhparent = t.relid
), leaf AS MATERIALIZED (
    SELECT c.oid, pg_relation_size(c.oid) / current_setting('block_size')::bigint AS blocks
    FROM tree AS t JOIN pg_class AS c ON c.oid = t.relid
    WHERE c.relkind <> 'p'
)
SELECT l.oid AS relid, count(*) OVER () AS leaves, sum(l.blocks) OVER () AS blocks, l.blocks AS own,
       (SELECT count(*) FROM pg_constraint AS k
        WHERE k.contype = 'f' AND k.conparentid = 0 AND $1::oid IN (k.conrelid, k.confrelid)) AS foreign_keys,
       (SELECT count(DISTINCT v.oid) FROM pg_depend AS d
               JOIN pg_rewrite AS r ON d.classid = 'pg_rewrite'::regclass AND r.oid = d.objid
               JOIN pg_class AS v ON v.oid = r.ev_class AND v.relkind IN ('v', 'm')
        WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = $1::oid) AS views
FROM leaf AS l
ORDER BY l.blocks DESC, l.oid
LIMIT 1
