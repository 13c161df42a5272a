-- Constraints and statistics of ours whose originals have been dropped since, or were made again in another way.
-- Numbers are looked for in all conversions: a foreign key on our shadow may be that of the other table's conversion.
-- $1: the table's oid. Lock: ACCESS EXCLUSIVE on the table (and on the other one of a foreign key); none for statistics.
WITH t AS (
    SELECT v.id, o.relid, array_agg(o.shadow) AS shadows
    FROM conversion v
    JOIN tree_column o ON o.conversion = v.id
    WHERE v.relid = $1 AND v.outcome IS NULL AND v.swapped_at IS NULL
    GROUP BY v.id, o.relid
)
SELECT DISTINCT format('%s %I on %I.%I', CASE contype WHEN 'f' THEN 'foreign key' ELSE 'constraint' END, k.conname,
              n.nspname, c.relname) AS object,
       format('ALTER TABLE %I.%I DROP CONSTRAINT %I', n.nspname, c.relname, k.conname) AS statement,
       'ACCESS EXCLUSIVE' AS lock,
       format('%I.%I', n.nspname, c.relname) AS relation,
       nullif(concat_ws(', ONLY ',
                 (SELECT string_agg(m.tab, ', ONLY ' ORDER BY m.level, m.relid)
                  FROM tree m WHERE m.conversion = t.id AND m.root = k.conrelid AND m.level > 0),
                 CASE WHEN k.confrelid NOT IN (0, k.conrelid) THEN format('%I.%I', fn.nspname, f.relname) END), '') AS also
FROM t
JOIN pg_constraint k ON k.conrelid = t.relid AND (k.contype = 'c' AND k.conname LIKE 'pgwiden\_check\_%'
                                                  OR k.contype = 'f' AND k.conkey && t.shadows)
                     OR k.confrelid = t.relid AND k.contype = 'f' AND k.confkey && t.shadows
JOIN pg_class c ON c.oid = k.conrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_class f ON f.oid = k.confrelid
LEFT JOIN pg_namespace fn ON fn.oid = f.relnamespace
WHERE k.conname LIKE 'pgwiden\_%' AND k.conparentid = 0 AND k.coninhcount = 0
  AND NOT EXISTS (SELECT FROM definition d
                  WHERE k.conname = format(CASE d.kind WHEN 'check' THEN 'pgwiden_check_%s' ELSE 'pgwiden_fk_%s' END, d.number))
UNION ALL
SELECT format('statistics %I.%I', n.nspname, s.stxname), format('DROP STATISTICS %I.%I', n.nspname, s.stxname),
       NULL, NULL, NULL
FROM t
JOIN pg_statistic_ext s ON s.stxrelid = t.relid AND s.stxname LIKE 'pgwiden\_stat\_%'
JOIN pg_namespace n ON n.oid = s.stxnamespace
WHERE NOT EXISTS (SELECT FROM definition d WHERE s.stxname = format('pgwiden_stat_%s', d.number))
