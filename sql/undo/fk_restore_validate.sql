-- Old foreign keys that were made again are proved, where they were valid before.
-- $1: the table's oid. Lock: SHARE UPDATE EXCLUSIVE on the referencing table, ROW SHARE on the referenced one.
SELECT format('foreign key %I on %I.%I', d.name, n.nspname, c.relname) AS object,
       format('ALTER TABLE %I.%I VALIDATE CONSTRAINT %I', n.nspname, c.relname, d.name) AS statement,
       'SHARE UPDATE EXCLUSIVE' AS lock,
       NULL::text AS relation,
       NULL::text AS also
FROM conversion v
JOIN definition d ON d.conversion = v.id AND d.kind = 'foreign-key' AND NOT d.detail ? 'late'
JOIN pg_constraint k ON k.conrelid = d.relid AND k.conname = d.name AND k.contype = 'f' AND NOT k.convalidated
JOIN pg_class c ON c.oid = d.relid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE v.relid = $1 AND v.outcome IS NULL AND v.swapped_at IS NULL
  AND (d.detail ->> 'validated')::bool AND (d.detail ->> 'enforced')::bool
ORDER BY d.number
