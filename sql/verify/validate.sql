-- PostgreSQL reads the table once and proves all CHECKs: equality, and the shadows' CHECKs whose originals are valid. Of a
-- partitioned table each partition by itself, so that the root is locked only when nothing is left to be read.
-- $1: the table's oid. Lock: SHARE UPDATE EXCLUSIVE.
WITH t AS (
    SELECT v.id, v.relid AS root, m.relid, m.level, m.tab
    FROM conversion v
    JOIN tree m ON m.conversion = v.id AND m.root = v.relid
    WHERE v.relid = $1 AND v.outcome IS NULL AND v.swapped_at IS NULL
), wanted AS (
    SELECT relid, level, tab, 1 AS place, o.from_attnum::int AS n, format('pgwiden_eq_%s', o.from_attnum) AS name
    FROM t JOIN conversion_column o ON o.conversion = t.id
    UNION ALL
    SELECT t.relid, level, tab, 1, o.from_attnum, format('pgwiden_full_%s', o.from_attnum)
    FROM t JOIN conversion_column o ON o.conversion = t.id
    WHERE EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = t.relid AND k.conname = format('pgwiden_full_%s', o.from_attnum))
    UNION ALL
    SELECT t.relid, level, tab, 2, d.number, format('pgwiden_check_%s', d.number)
    FROM t JOIN definition d ON d.conversion = t.id AND d.kind = 'check' AND d.relid IN (t.relid, t.root)
    WHERE (d.detail ->> 'validated')::bool AND (d.detail ->> 'enforced')::bool
)
SELECT format('table %s', tab) AS object,
       format('ALTER TABLE %s %s', tab, string_agg('VALIDATE CONSTRAINT ' || name, ', ' ORDER BY place, n)) AS statement,
       'SHARE UPDATE EXCLUSIVE' AS lock,
       NULL::text AS relation,
       NULL::text AS also
FROM wanted
WHERE NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = relid AND k.conname = name AND k.convalidated)
GROUP BY relid, level, tab
ORDER BY level DESC, relid
