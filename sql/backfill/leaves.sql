-- The leaves of a tree, files and sizes as they are now; a plain table is the tree of one leaf. A filenode is read before
-- the size: if the leaf is rewritten in between, what comes out is an old filenode, and the first chunk's guard finds that.
-- $1 oid of the root, $2 conversion. Columns: relid, name (as after UPDATE), filenode, blocks, rows (estimate, -1: not known),
-- window; largest first. window: blocks that a sweep should have at a time at most, to find them in shared_buffers
-- again and not to write their full-page images once more behind each checkpoint (about 30 kB of WAL a block).
-- One row of NULLs: a tree without leaves. No row: no such table.
-- Locks: ACCESS SHARE on each leaf, for a moment.
WITH leaf AS MATERIALIZED (
    SELECT c.oid, t.tab AS name, pg_relation_filenode(c.oid) AS filenode,
           CASE WHEN c.relpages > 0 AND c.reltuples >= 0 THEN c.reltuples::float8 / c.relpages ELSE -1 END AS density
    FROM tree t
    JOIN pg_class c ON c.oid = t.relid
    WHERE t.conversion = $2::int AND t.root = $1::oid AND t.leaf
), sized AS MATERIALIZED (
    SELECT l.*, pg_relation_size(l.oid) / current_setting('block_size')::bigint AS blocks
    FROM leaf l
)
SELECT s.oid AS relid, s.name, s.filenode, s.blocks,
       CASE WHEN s.blocks = 0 THEN 0 WHEN s.density < 0 THEN -1 ELSE (s.density * s.blocks)::bigint END AS rows,
       least(pg_size_bytes(current_setting('shared_buffers')) / current_setting('block_size')::bigint / 4,
             pg_size_bytes(current_setting('max_wal_size')) / 2 / 30000) AS window
FROM pg_class r
LEFT JOIN sized s ON s.filenode IS NOT NULL AND s.blocks IS NOT NULL  -- NULL: dropped this very moment
WHERE r.oid = $1::oid
ORDER BY s.blocks DESC, s.oid
