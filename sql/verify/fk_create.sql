-- The new foreign keys beside the old ones, NOT VALID; a row each. One that the swap has exchanged already is done.
-- A partitioned table can't have one that is NOT VALID (before 18): its partitions get theirs first, which it adopts when
-- they are proved (fk_adopt.sql). One that references the partitioned table itself has to wait for the swap.
-- The referenced table can be locked beforehand only by who has more than REFERENCES on it.
-- $1: the table's oid. Lock: SHARE ROW EXCLUSIVE on both tables.
SELECT format('foreign key %I on %s', d.name, m.tab) AS object,
       CASE WHEN m.relid = c.oid THEN d.retargeted
            ELSE format('ALTER TABLE %s ADD CONSTRAINT pgwiden_fk_%s%s', m.tab, d.number,
                        substr(d.retargeted, length(format('ALTER TABLE %I.%I ADD CONSTRAINT pgwiden_fk_%s', cn.nspname, c.relname,
                                                           d.number)) + 1)) END AS statement,
       'SHARE ROW EXCLUSIVE' AS lock,
       m.tab AS relation,
       (SELECT string_agg(o.tab, ', ONLY ' ORDER BY o.level, o.relid)
        FROM tree o
        WHERE o.conversion = v.id AND o.root = f.oid AND f.oid <> c.oid
          AND (has_table_privilege(o.relid, 'UPDATE, DELETE, TRUNCATE')
               OR CASE WHEN current_setting('server_version_num')::int >= 170000
                       THEN has_table_privilege(o.relid, 'MAINTAIN') END)) AS also
FROM conversion v
JOIN definition d ON d.conversion = v.id AND d.kind = 'foreign-key' AND NOT d.detail ? 'late'
JOIN pg_class c ON c.oid = d.relid
JOIN pg_namespace cn ON cn.oid = c.relnamespace
JOIN pg_class f ON f.oid = (d.detail ->> 'references')::oid
CROSS JOIN LATERAL (SELECT c.relkind = 'p' AND (d.detail ->> 'validated')::bool AND (d.detail ->> 'enforced')::bool AS by_leaf) b
CROSS JOIN LATERAL (
    -- a partition's own foreign key: its own tree is not among those of the view
    SELECT c.oid AS relid, format('%I.%I', cn.nspname, c.relname) AS tab, 0 AS level WHERE NOT b.by_leaf
    UNION ALL
    SELECT t.relid, t.tab, t.level FROM tree t WHERE b.by_leaf AND t.conversion = v.id AND t.root = c.oid AND t.leaf) m
WHERE v.relid = $1 AND v.outcome IS NULL AND v.swapped_at IS NULL
  AND NOT EXISTS (
    SELECT FROM pg_constraint k
    WHERE k.contype = 'f'
      AND (k.conrelid = d.relid AND k.conname IN (d.name, format('pgwiden_fk_%s', d.number))
           OR k.conrelid = m.relid AND k.conname = format('pgwiden_fk_%s', d.number))
      AND (EXISTS (SELECT FROM tree_column o
                   WHERE o.conversion = v.id AND (k.conrelid = o.relid AND o.shadow = ANY (k.conkey)
                                                  OR k.confrelid = o.relid AND o.shadow = ANY (k.confkey)))))
ORDER BY d.number, m.level, m.relid
