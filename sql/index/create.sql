-- Every index on the shadows; the unique ones last: from then on concurrent upserts of the same new key can meet two
-- unique indexes, and fail on the one that they did not name. Those of deferrable constraints come after the others: a
-- foreign key takes the unique index with the lowest oid that fits, and ours are deferrable only from the swap on.
-- A partitioned table's index is made after those of its partitions, which will be attached to it; one of a constraint is
-- made by the swap out of theirs.
-- $1: the table's oid. Lock: SHARE UPDATE EXCLUSIVE (CONCURRENTLY); for a partitioned index SHARE ROW EXCLUSIVE.
SELECT format('index %I.%I', n.nspname, d.name) AS object,
       d.retargeted AS statement,
       CASE WHEN r.relkind = 'p' THEN 'SHARE ROW EXCLUSIVE' ELSE 'SHARE UPDATE EXCLUSIVE' END AS lock,
       CASE WHEN r.relkind = 'p' THEN format('%I.%I', n.nspname, r.relname) END AS relation,
       NULL::text AS also
FROM conversion v
JOIN definition d ON d.conversion = v.id AND d.kind = 'index'
JOIN pg_class r ON r.oid = d.relid
JOIN pg_namespace n ON n.oid = r.relnamespace
WHERE v.relid = $1 AND v.outcome IS NULL AND v.swapped_at IS NULL
  AND NOT EXISTS (SELECT FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid
                  WHERE i.indrelid = d.relid AND (i.indisvalid OR r.relkind = 'p')
                    AND x.relname = format('pgwiden_idx_%s', d.number))
  AND NOT (r.relkind = 'p' AND d.detail ? 'constraint')
ORDER BY (d.detail ->> 'unique')::bool, coalesce((d.detail -> 'constraint' ->> 'deferrable')::bool, false), r.relkind = 'p', d.oid
