-- Tables that were partitions and have been detached since: they keep our columns, CHECKs and indexes, but not the trigger,
-- so that what is inserted there fails. Before the swap all of ours is taken away, afterwards the old columns.
-- $1: the table's oid. Lock: ACCESS EXCLUSIVE on the detached table, without a scan.
WITH gone AS (
    SELECT v.id, p.relid, v.swapped_at IS NOT NULL AS swapped, format('%I.%I', n.nspname, c.relname) AS tab
    FROM conversion v
    JOIN partition p ON p.conversion = v.id
    JOIN pg_class c ON c.oid = p.relid AND NOT c.relispartition
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE v.relid = $1 AND v.outcome IS NULL
), actions AS (
    SELECT g.relid, 1 AS place, k.conname AS name, format('DROP CONSTRAINT %I', k.conname) AS action
    FROM gone g
    JOIN pg_constraint k ON k.conrelid = g.relid AND k.contype = 'c' AND k.conname ~ '^pgwiden_(check|eq|full)_[0-9]+$'
    WHERE NOT g.swapped
    UNION ALL
    SELECT g.relid, 2, a.attname, format('DROP COLUMN %I', a.attname)
    FROM gone g
    JOIN conversion_column o ON o.conversion = g.id
    JOIN pg_attribute a ON a.attrelid = g.relid AND NOT a.attisdropped
                       AND a.attname = format(CASE WHEN g.swapped THEN 'pgwiden_old_%s' ELSE 'pgwiden_new_%s' END, o.from_attnum)
)
SELECT format('table %s, which was detached', g.tab) AS object,
       format('ALTER TABLE %s %s', g.tab, string_agg(a.action, ', ' ORDER BY a.place, a.name)) AS statement,
       'ACCESS EXCLUSIVE' AS lock,
       g.tab AS relation,
       NULL::text AS also
FROM gone g
JOIN actions a USING (relid)
GROUP BY g.tab
ORDER BY g.tab
