-- A foreign key's action fires in the byte order of its trigger's name, RI_ConstraintTrigger_a_<oid>: the newer one later,
-- but not when the oid has got a digit more (99999, 100000). With SET DEFAULT the key on the shadow must not be the first:
-- the copy trigger would undo its UPDATE, and the referenced row could not go. Then its trigger gets a name behind the old.
-- Only keys from our columns: where the shadow is referenced, the column that is set is an ordinary one.
-- $1: the table's oid. Lock: ACCESS EXCLUSIVE on the referenced table.
SELECT format('foreign key %I on %I.%I', d.name, cn.nspname, c.relname) AS object,
       format('ALTER TRIGGER %I ON %I.%I RENAME TO %I', ours.tgname, fn.nspname, f.relname,
              CASE WHEN old.tgname LIKE 'RI\_ConstraintTrigger\_a\_%' THEN 'RI_ConstraintTrigger_b_' || ours.oid
                   ELSE old.tgname || '~' END) AS statement,
       'ACCESS EXCLUSIVE' AS lock,
       format('%I.%I', fn.nspname, f.relname) AS relation,
       NULL::text AS also
FROM conversion v
JOIN definition d ON d.conversion = v.id AND d.kind = 'foreign-key' AND d.relid = v.relid
JOIN pg_constraint o ON o.conrelid = d.relid AND o.conname = d.name AND o.contype = 'f'
JOIN pg_constraint k ON k.conrelid = d.relid AND k.conname = format('pgwiden_fk_%s', d.number) AND k.contype = 'f'
JOIN pg_trigger old ON old.tgconstraint = o.oid
                   AND old.tgfoid IN ('"RI_FKey_setdefault_del"'::regproc, '"RI_FKey_setdefault_upd"'::regproc)
JOIN pg_trigger ours ON ours.tgconstraint = k.oid AND ours.tgfoid = old.tgfoid AND ours.tgname < old.tgname
JOIN pg_class c ON c.oid = k.conrelid
JOIN pg_namespace cn ON cn.oid = c.relnamespace
JOIN pg_class f ON f.oid = k.confrelid
JOIN pg_namespace fn ON fn.oid = f.relnamespace
WHERE v.relid = $1 AND v.outcome IS NULL AND v.swapped_at IS NULL
ORDER BY d.number, ours.tgname
