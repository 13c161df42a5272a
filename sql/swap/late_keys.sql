-- After the swap: foreign keys that the swap could only make NOT VALID are proved, where they were before.
-- $1: the table's oid
-- Columns: object, statement, lock, relation, also
-- Lock: SHARE UPDATE EXCLUSIVE on the referencing table, ROW SHARE on the referenced one
SELECT format('foreign key %I on %I.%I', d.name, n.nspname, r.relname) AS object,
       format('ALTER TABLE %I.%I VALIDATE CONSTRAINT %I', n.nspname, r.relname, d.name) AS statement,
       'SHARE UPDATE EXCLUSIVE' AS lock, NULL AS relation, NULL AS also
FROM conversion AS c
     JOIN definition AS d ON d.conversion = c.id AND d.kind = 'foreign-key' AND d.detail ? 'late'
     JOIN pg_class AS r ON r.oid = d.relid
     JOIN pg_namespace AS n ON n.oid = r.relnamespace
     JOIN pg_constraint AS k ON k.conrelid = d.relid AND k.conname = d.name AND k.contype = 'f'
WHERE c.relid = $1 AND c.outcome IS NULL
  AND (d.detail ->> 'validated')::bool AND (d.detail ->> 'enforced')::bool
  AND NOT (k.convalidated AND c.swapped_at IS NOT NULL)
ORDER BY d.number
