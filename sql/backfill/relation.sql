-- A table's file and size as they are now. The filenode is read first: if the table is rewritten in between, what
-- comes out is an old filenode, and the first chunk's guard finds that.
-- $1 oid. Columns: filenode, blocks, rows (estimate, -1: not known), rows_per_page (-1: not known).
-- Locks: ACCESS SHARE, for a moment.
SELECT f.filenode,
       b.blocks,
       CASE WHEN f.density < 0 THEN -1 ELSE (f.density * b.blocks)::bigint END AS rows,
       f.density AS rows_per_page
FROM (SELECT c.oid, pg_relation_filenode(c.oid) AS filenode,
             CASE WHEN c.relpages > 0 AND c.reltuples >= 0 THEN c.reltuples::float8 / c.relpages ELSE -1 END AS density
      FROM pg_class c
      WHERE c.oid = $1::oid
      OFFSET 0) f
CROSS JOIN LATERAL (SELECT pg_relation_size(f.oid) / current_setting('block_size')::bigint AS blocks OFFSET 0) b
