-- A partitioned table's new foreign keys: its partitions have theirs, proved, and it adopts them without reading a row.
-- $1: the table's oid. Lock: SHARE ROW EXCLUSIVE on the table, its partitions and the referenced table.
SELECT format('foreign key %I on %I.%I', d.name, cn.nspname, c.relname) AS object,
       left(d.retargeted, -length(' NOT VALID')) AS statement,
       'SHARE ROW EXCLUSIVE' AS lock,
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
                 AND (d.detail ->> 'validated')::bool AND (d.detail ->> 'enforced')::bool
JOIN pg_class c ON c.oid = d.relid AND c.relkind = 'p'
JOIN pg_namespace cn ON cn.oid = c.relnamespace
JOIN pg_class f ON f.oid = (d.detail ->> 'references')::oid
WHERE v.relid = $1 AND v.outcome IS NULL AND v.swapped_at IS NULL
  AND NOT EXISTS (
    SELECT FROM pg_constraint k
    WHERE k.conrelid = d.relid AND k.contype = 'f' AND k.conname IN (d.name, format('pgwiden_fk_%s', d.number))
      AND EXISTS (SELECT FROM tree_column o
                  WHERE o.conversion = v.id AND (k.conrelid = o.relid AND o.shadow = ANY (k.conkey)
                                                 OR k.confrelid = o.relid AND o.shadow = ANY (k.confkey))))
ORDER BY d.number
