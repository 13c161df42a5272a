-- Foreign keys that a swap has exchanged before it was given up: ours gets its own name back, the old one is made again
-- beside it, NOT VALID, with its comment. A SET DEFAULT of ours must fire after that of the old one, which is the newer
-- one now (verify/fk_order.sql).
-- A partitioned table's old key is made at once and read under the lock: before 18 it can't be NOT VALID (RUNBOOK.md, Half
-- done).
-- $1: the table's oid. Lock: ACCESS EXCLUSIVE on the referencing table, SHARE ROW EXCLUSIVE on the referenced one, or
-- ACCESS EXCLUSIVE for a trigger's name.
SELECT format('foreign key %I on %I.%I', d.name, cn.nspname, c.relname) AS object,
       concat_ws('; ',
           format('ALTER TABLE %I.%I RENAME CONSTRAINT %I TO pgwiden_fk_%s', cn.nspname, c.relname, d.name, d.number),
           (SELECT string_agg(format('ALTER TRIGGER %I ON %I.%I RENAME TO %I', tgname, fn.nspname, f.relname,
                                     'RI_ConstraintTrigger_b_' || g.oid), '; ')
            FROM pg_trigger g
            WHERE tgconstraint = k.oid AND tgname LIKE 'RI\_ConstraintTrigger\_a\_%'
              AND tgfoid IN ('"RI_FKey_setdefault_del"'::regproc, '"RI_FKey_setdefault_upd"'::regproc)),
           -- a partitioned table's can't be NOT VALID before 18
           CASE WHEN c.relkind = 'p' AND (d.detail ->> 'validated')::bool AND (d.detail ->> 'enforced')::bool
                THEN left(d.original, -length(' NOT VALID')) ELSE d.original END,
           format('COMMENT ON CONSTRAINT %I ON %I.%I IS ', d.name, cn.nspname, c.relname)
               || quote_literal(d.detail ->> 'comment')) AS statement,
       'ACCESS EXCLUSIVE' AS lock,
       format('%I.%I', cn.nspname, c.relname) AS relation,
       (SELECT string_agg(m.tab, ', ONLY ' ORDER BY m.root <> c.oid, m.level, m.relid)
        FROM tree m
        WHERE m.conversion = v.id
          AND (m.root = c.oid AND m.level > 0
               OR m.root = f.oid AND f.oid <> c.oid
                  AND (has_table_privilege(m.relid, 'UPDATE, DELETE, TRUNCATE')
                       OR CASE WHEN current_setting('server_version_num')::int >= 170000
                               THEN has_table_privilege(m.relid, 'MAINTAIN') END))) AS also
FROM conversion v
JOIN definition d ON d.conversion = v.id AND d.kind = 'foreign-key' AND NOT d.detail ? 'late'
JOIN pg_constraint k ON k.conrelid = d.relid AND k.conname = d.name AND k.contype = 'f'
JOIN pg_class c ON c.oid = d.relid
JOIN pg_namespace cn ON cn.oid = c.relnamespace
JOIN pg_class f ON f.oid = k.confrelid
JOIN pg_namespace fn ON fn.oid = f.relnamespace
WHERE v.relid = $1 AND v.outcome IS NULL AND v.swapped_at IS NULL
  AND EXISTS (SELECT FROM tree_column o
              WHERE o.conversion = v.id AND (k.conrelid = o.relid AND o.shadow = ANY (k.conkey)
                                             OR k.confrelid = o.relid AND o.shadow = ANY (k.confkey)))
ORDER BY d.number
