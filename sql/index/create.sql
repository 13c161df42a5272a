-- Every index on the shadows; the unique ones last: from then on concurrent upserts of the same new key can meet two
-- unique indexes, and fail on the one that they did not name. Those of deferrable constraints come after the others: a
-- foreign key takes the unique index with the lowest oid that fits, and ours are deferrable only from the swap on.
-- $1: the table's oid. Lock: SHARE UPDATE EXCLUSIVE (CONCURRENTLY).
SELECT format('index %I.%I', n.nspname, d.name) AS object,
       d.retargeted AS statement,
       'SHARE UPDATE EXCLUSIVE' AS lock,
       NULL::text AS relation,
       NULL::text AS also
FROM conversion v
JOIN definition d ON d.conversion = v.id AND d.kind = 'index'
JOIN pg_class r ON r.oid = v.relid
JOIN pg_namespace n ON n.oid = r.relnamespace
WHERE v.relid = $1 AND v.outcome IS NULL AND v.swapped_at IS NULL
  AND NOT EXISTS (SELECT FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid
                  WHERE i.indrelid = v.relid AND i.indisvalid AND x.relname = format('pgwiden_idx_%s', d.number))
ORDER BY (d.detail ->> 'unique')::bool, coalesce((d.detail -> 'constraint' ->> 'deferrable')::bool, false), d.oid
