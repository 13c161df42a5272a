-- Compares the parts of a conversion's backfill with the leaves that there are now:
--   a leaf without a part gets one of all its blocks ("new" when there were parts before: it was attached);
--   a leaf whose rows were moved to another file before it was done (VACUUM FULL, CLUSTER, TRUNCATE) begins anew
--   with the size of the new file ("moved");
--   the parts of a leaf that is gone from the tree (DROP, DETACH) are dropped ("gone").
-- $1 conversion, $2 oid[] leaves, $3 oid[] their filenodes, $4 bigint[] their blocks (as leaves.sql has read them).
-- Columns: relid, name (NULL: it is no more), change. No row: nobody needs to be told. Locks: none of the user's.
WITH leaf AS (
    SELECT l.relid, l.filenode, l.blocks
    FROM unnest($2::oid[], $3::oid[], $4::bigint[]) AS l (relid, filenode, blocks)
), stored AS (
    SELECT r.relid, max(r.part) AS last,
           CASE WHEN l.relid IS NULL THEN 'gone'
                WHEN NOT bool_and(r.done) AND bool_or(r.filenode <> l.filenode) THEN 'moved' END AS change
    FROM backfill_range r
    LEFT JOIN leaf l ON l.relid = r.relid
    WHERE r.conversion = $1::int
    GROUP BY r.relid, l.relid
), dropped AS (
    DELETE FROM backfill_range r
    USING stored s
    WHERE r.conversion = $1::int AND r.relid = s.relid AND s.change IS NOT NULL
), made AS (
    INSERT INTO backfill_range (conversion, part, relid, filenode, block_from, block_to, window_start, block, done)
    SELECT $1::int,
           COALESCE((SELECT max(s.last) FROM stored s), -1) + row_number() OVER (ORDER BY l.blocks DESC, l.relid),
           l.relid, l.filenode, 0, l.blocks, 0, 0, l.blocks = 0
    FROM leaf l
    WHERE NOT EXISTS (SELECT FROM stored s WHERE s.relid = l.relid AND s.change IS NULL)
), told AS (
    SELECT s.relid, s.change FROM stored s WHERE s.change IS NOT NULL
    UNION ALL
    SELECT l.relid, 'new' FROM leaf l
    WHERE l.blocks > 0 AND EXISTS (SELECT FROM stored) AND l.relid NOT IN (SELECT s.relid FROM stored s)
)
SELECT t.relid, quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS name, t.change
FROM told t
LEFT JOIN (pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace) ON c.oid = t.relid
ORDER BY t.relid
