-- The partitions' indexes become part of their parents' indexes, bottom-up; with the last one the parent becomes valid.
-- Those of constraints wait for the swap.
-- $1: the table's oid. Lock: ACCESS EXCLUSIVE on the partition (its index is locked so), catalog work only.
WITH pair AS MATERIALIZED (
    SELECT v.id, v.relid AS root, d.number, d.name, d.relid, p.number AS parent, p.relid AS parent_relid
    FROM conversion v
    JOIN definition d ON d.conversion = v.id AND d.kind = 'index'
    JOIN pg_inherits o ON o.inhrelid = d.oid
    -- OFFSET 0: looked up by oid one by one, not compared each with each
    JOIN LATERAL (SELECT p.number, p.relid FROM definition p
                  WHERE p.conversion = v.id AND p.kind = 'index' AND p.oid = o.inhparent AND NOT p.detail ? 'constraint'
                  OFFSET 0) p ON true
    WHERE v.relid = $1 AND v.outcome IS NULL AND v.swapped_at IS NULL
)
SELECT format('index %I.%I', n.nspname, d.name) AS object,
       format('ALTER INDEX %I.pgwiden_idx_%s ATTACH PARTITION %I.pgwiden_idx_%s', pn.nspname, d.parent, n.nspname, d.number)
           AS statement,
       'ACCESS EXCLUSIVE' AS lock,
       format('%I.%I', n.nspname, r.relname) AS relation,
       NULL::text AS also
FROM pair d
JOIN tree m ON m.conversion = d.id AND m.root = d.root AND m.relid = d.relid
JOIN pg_class r ON r.oid = d.relid
JOIN pg_namespace n ON n.oid = r.relnamespace
JOIN pg_class pr ON pr.oid = d.parent_relid
JOIN pg_namespace pn ON pn.oid = pr.relnamespace
WHERE NOT EXISTS (SELECT FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_inherits h ON h.inhrelid = x.oid
                  WHERE i.indrelid = d.relid AND x.relname = format('pgwiden_idx_%s', d.number))
ORDER BY m.level DESC, d.parent, d.number
