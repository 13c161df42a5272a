-- Foreign keys that a swap has exchanged before it was given up: the old one will be made beside ours, and be the newer one.
-- A SET DEFAULT of ours must fire after that of the old one, where the key is one of our columns (verify/fk_order.sql).
-- $1: the table's oid. Lock: ACCESS EXCLUSIVE on the referenced table.
SELECT format('foreign key %I on %s', f.name, f.tab) AS object,
       format('ALTER TRIGGER %I ON %I.%I RENAME TO %I', g.tgname, n.nspname, c.relname,
              'RI_ConstraintTrigger_b_' || g.oid) AS statement,
       'ACCESS EXCLUSIVE' AS lock,
       format('%I.%I', n.nspname, c.relname) AS relation,
       NULL::text AS also
FROM conversion AS v
     JOIN foreign_key AS f ON f.conversion = v.id AND f.relid = v.relid
     JOIN shadow_key AS k ON k.conversion = v.id AND k.conrelid = f.relid AND k.conname = f.name
     JOIN pg_trigger AS g ON g.tgconstraint = k.oid AND g.tgname LIKE 'RI\_ConstraintTrigger\_a\_%'
                         AND g.tgfoid IN ('"RI_FKey_setdefault_del"'::regproc, '"RI_FKey_setdefault_upd"'::regproc)
     JOIN pg_class AS c ON c.oid = f.referenced
     JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE v.relid = $1 AND v.outcome IS NULL AND v.swapped_at IS NULL
ORDER BY f.number, g.tgname
