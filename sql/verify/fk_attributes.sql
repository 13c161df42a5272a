-- The comments of the new foreign keys.
-- $1: the table's oid. Lock: SHARE UPDATE EXCLUSIVE.
SELECT format('foreign key %I on %I.%I', d.name, n.nspname, c.relname) AS object,
       format('COMMENT ON CONSTRAINT %I ON %I.%I IS %L', coalesce(ours.conname, format('pgwiden_fk_%s', d.number)),
              n.nspname, c.relname, d.detail ->> 'comment') AS statement,
       'SHARE UPDATE EXCLUSIVE' AS lock,
       NULL::text AS relation,
       NULL::text AS also
FROM conversion v
JOIN definition d ON d.conversion = v.id AND d.kind = 'foreign-key' AND NOT d.detail ? 'late'
JOIN pg_class c ON c.oid = d.relid
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN LATERAL (
    SELECT k.oid, k.conname, k.convalidated
    FROM pg_constraint k
    WHERE k.conrelid = d.relid AND k.contype = 'f' AND k.conname IN (d.name, format('pgwiden_fk_%s', d.number))
      AND EXISTS (SELECT FROM tree_column o
                  WHERE o.conversion = v.id AND (k.conrelid = o.relid AND o.shadow = ANY (k.conkey)
                                                 OR k.confrelid = o.relid AND o.shadow = ANY (k.confkey)))) ours ON true
WHERE v.relid = $1 AND v.outcome IS NULL AND v.swapped_at IS NULL
  AND d.detail ->> 'comment' IS DISTINCT FROM obj_description(ours.oid, 'pg_constraint')
ORDER BY d.number
