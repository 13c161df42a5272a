-- The backfill has left dead versions and cleared the visibility map: index-only scans and the builds that follow profit.
-- One statement a leaf of the tree (a plain table is the only one), largest first; those without rows to backfill are left
-- out. It leaves no trace in the catalogs: missing until the journal has it.
-- $1: the table's oid. Lock: SHARE UPDATE EXCLUSIVE. Not in a transaction.
WITH RECURSIVE target AS (
    SELECT v.id, v.relid
    FROM conversion v
    WHERE v.relid = $1 AND v.outcome IS NULL AND v.swapped_at IS NULL
), tree (relid) AS (
    SELECT t.relid FROM target t
    UNION ALL
    SELECT i.inhrelid
    FROM tree t
    JOIN pg_inherits i ON i.inhparent = t.relid AND NOT i.inhdetachpending
    JOIN pg_class c ON c.oid = i.inhrelid AND c.relispartition
), leaf AS (
    SELECT t.id, c.relpages, c.oid, format('%I.%I', n.nspname, c.relname) AS name
    FROM target t
    CROSS JOIN tree l
    JOIN pg_class c ON c.oid = l.relid AND c.relkind = 'r'
    JOIN pg_namespace n ON n.oid = c.relnamespace
    -- in plan the backfill has not begun
    WHERE NOT EXISTS (SELECT FROM backfill_range r WHERE r.conversion = t.id)
       OR EXISTS (SELECT FROM backfill_range r WHERE r.conversion = t.id AND r.relid = c.oid AND r.block_to > 0)
)
SELECT 'table ' || l.name AS object,
       'VACUUM (INDEX_CLEANUP auto, TRUNCATE off) ' || l.name AS statement,
       'SHARE UPDATE EXCLUSIVE' AS lock,
       NULL::text AS relation,
       NULL::text AS also
FROM leaf l
WHERE NOT EXISTS (SELECT FROM journal j
                  WHERE j.conversion = l.id AND j.phase = 'index' AND j.step = 'vacuum' AND j.object = 'table ' || l.name)
ORDER BY l.relpages DESC, l.oid
