-- Our foreign keys, on either side of the table.
-- $1: the table's oid. Lock: ACCESS EXCLUSIVE on both tables.
SELECT format('foreign key %I on %I.%I', k.conname, cn.nspname, c.relname) AS object,
       format('ALTER TABLE %I.%I DROP CONSTRAINT %I', cn.nspname, c.relname, k.conname) AS statement,
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
JOIN pg_constraint k ON k.contype = 'f' AND k.conname LIKE 'pgwiden\_fk\_%'
                    AND k.conparentid = 0
JOIN pg_class c ON c.oid = k.conrelid
JOIN pg_namespace cn ON cn.oid = c.relnamespace
JOIN pg_class f ON f.oid = k.confrelid
JOIN pg_namespace fn ON fn.oid = f.relnamespace
WHERE v.relid = $1 AND v.outcome IS NULL AND v.swapped_at IS NULL
  AND EXISTS (SELECT FROM tree_column o
              WHERE o.conversion = v.id AND (k.conrelid = o.relid AND o.shadow = ANY (k.conkey)
                                             OR k.confrelid = o.relid AND o.shadow = ANY (k.confkey)))
ORDER BY k.oid
