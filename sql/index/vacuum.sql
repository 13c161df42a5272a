-- The backfill has left dead versions and cleared the visibility map: index-only scans and the builds that follow profit.
-- One statement a leaf of the tree (a plain table is the only one), largest first; those without rows to backfill are left
-- out. It leaves no trace in the catalogs: missing until the journal has it.
-- $1: the table's oid. Lock: SHARE UPDATE EXCLUSIVE. Not in a transaction.
WITH leaf AS (
    SELECT v.id, c.relpages, c.oid, t.tab AS name
    FROM conversion v
    JOIN tree t ON t.conversion = v.id AND t.root = v.relid AND t.leaf
    JOIN pg_class c ON c.oid = t.relid
    WHERE v.relid = $1 AND v.outcome IS NULL AND v.swapped_at IS NULL
      -- in plan the backfill has not begun
      AND (NOT EXISTS (SELECT FROM backfill_range r WHERE r.conversion = v.id)
           OR EXISTS (SELECT FROM backfill_range r WHERE r.conversion = v.id AND r.relid = t.relid AND r.block_to > 0))
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
