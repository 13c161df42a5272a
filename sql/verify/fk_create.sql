-- The new foreign keys beside the old ones, NOT VALID; a row each. One that the swap has exchanged already is done.
-- The referenced table can be locked beforehand only by who has more than REFERENCES on it.
-- $1: the table's oid. Lock: SHARE ROW EXCLUSIVE on both tables.
SELECT format('foreign key %I on %I.%I', d.name, cn.nspname, c.relname) AS object,
       d.retargeted AS statement,
       'SHARE ROW EXCLUSIVE' AS lock,
       format('%I.%I', cn.nspname, c.relname) AS relation,
       CASE WHEN f.oid <> c.oid
             AND (has_table_privilege(f.oid, 'UPDATE, DELETE, TRUNCATE')
                  OR CASE WHEN current_setting('server_version_num')::int >= 170000
                          THEN has_table_privilege(f.oid, 'MAINTAIN') END)
            THEN format('%I.%I', fn.nspname, f.relname) END AS also
FROM conversion v
JOIN definition d ON d.conversion = v.id AND d.kind = 'foreign-key'
JOIN pg_class c ON c.oid = d.relid
JOIN pg_namespace cn ON cn.oid = c.relnamespace
JOIN pg_class f ON f.oid = (d.detail ->> 'references')::oid
JOIN pg_namespace fn ON fn.oid = f.relnamespace
LEFT JOIN LATERAL (
    SELECT k.oid, k.conname, k.convalidated
    FROM pg_constraint k
    WHERE k.conrelid = d.relid AND k.contype = 'f' AND k.conname IN (d.name, format('pgwiden_fk_%s', d.number))
      AND EXISTS (SELECT FROM conversion_column o
                  WHERE o.conversion = v.id AND (k.conrelid = v.relid AND o.to_attnum = ANY (k.conkey)
                                                 OR k.confrelid = v.relid AND o.to_attnum = ANY (k.confkey)))) ours ON true
WHERE v.relid = $1 AND v.outcome IS NULL AND v.swapped_at IS NULL
  AND ours.oid IS NULL
ORDER BY d.number
