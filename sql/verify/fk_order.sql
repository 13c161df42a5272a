-- A foreign key's action fires in the byte order of its trigger's name, RI_ConstraintTrigger_a_<oid>: the newer one later,
-- but not when the oid has got a digit more (99999, 100000). With SET DEFAULT the key on the shadow must not be the first:
-- the copy trigger would undo its UPDATE, and the referenced row could not go. Then its trigger gets a name behind the old.
-- $1: the table's oid. Lock: ACCESS EXCLUSIVE on the referenced table.
SELECT format('foreign key %I on %I.%I', d.name, cn.nspname, c.relname) AS object,
       format('ALTER TRIGGER %I ON %I.%I RENAME TO %I', ours.tgname, fn.nspname, f.relname, old.tgname || '~') AS statement,
       'ACCESS EXCLUSIVE' AS lock,
       format('%I.%I', fn.nspname, f.relname) AS relation,
       NULL::text AS also
FROM conversion v
JOIN definition d ON d.conversion = v.id AND d.kind = 'foreign-key' AND d.relid = v.relid
JOIN pg_constraint k ON k.conrelid = d.relid AND k.conname = format('pgwiden_fk_%s', d.number) AND k.contype = 'f'
JOIN pg_trigger old ON old.tgconstraint = d.oid AND old.tgrelid = k.confrelid
JOIN pg_trigger ours ON ours.tgconstraint = k.oid AND ours.tgrelid = k.confrelid AND ours.tgtype = old.tgtype
JOIN pg_class c ON c.oid = k.conrelid
JOIN pg_namespace cn ON cn.oid = c.relnamespace
JOIN pg_class f ON f.oid = k.confrelid
JOIN pg_namespace fn ON fn.oid = f.relnamespace
WHERE v.relid = $1 AND v.outcome IS NULL AND v.swapped_at IS NULL
  AND (old.tgtype & 8 <> 0 AND k.confdeltype = 'd' OR old.tgtype & 16 <> 0 AND k.confupdtype = 'd')
  AND old.tgname > ours.tgname
ORDER BY d.number
