-- The comments of the new foreign keys.
-- $1: the table's oid. Lock: SHARE UPDATE EXCLUSIVE.
SELECT format('foreign key %I on %s', f.name, f.tab) AS object,
       format('COMMENT ON CONSTRAINT %I ON %s IS %L', coalesce(k.conname, f.our_name), f.tab, f.comment) AS statement,
       'SHARE UPDATE EXCLUSIVE' AS lock,
       NULL::text AS relation,
       NULL::text AS also
FROM conversion AS v
     JOIN foreign_key AS f ON f.conversion = v.id
     LEFT JOIN shadow_key AS k ON k.conversion = v.id AND k.conrelid = f.relid AND k.conname IN (f.name, f.our_name)
WHERE v.relid = $1 AND v.outcome IS NULL AND v.swapped_at IS NULL
  AND f.comment IS DISTINCT FROM obj_description(k.oid, 'pg_constraint')
ORDER BY f.number
