-- Since 18 NOT NULL is a constraint with a name, a comment, NO INHERIT and validity of its own. The validated equality
-- CHECK spares the scan; the swap renames. A partition may have one that its parent has not. All
-- that are missing in one ALTER TABLE, then their comments.
-- $1: the table's oid. Lock: ACCESS EXCLUSIVE, without a scan; SHARE UPDATE EXCLUSIVE for a comment. No row before 18.
WITH t AS (
    SELECT o.number AS n, o.relid, o.level, o.tab,
           (SELECT string_agg(m.tab, ', ONLY ' ORDER BY m.level, m.relid)
            FROM tree m WHERE m.conversion = v.id AND m.root = v.relid AND m.level > o.level AND NOT o.leaf) AS also,
           k.conname, k.connoinherit, k.convalidated,
           obj_description(k.oid, 'pg_constraint') AS comment, ours.oid AS id
    FROM conversion v
    JOIN tree_column o ON o.conversion = v.id
    JOIN pg_constraint k ON k.conrelid = o.relid AND k.contype = 'n' AND k.conkey = ARRAY[o.attnum] AND k.coninhcount = 0
    LEFT JOIN pg_constraint ours ON ours.conrelid = o.relid AND ours.contype = 'n' AND ours.conkey = ARRAY[o.shadow]
    WHERE v.relid = $1 AND v.outcome IS NULL AND v.swapped_at IS NULL
)
SELECT * FROM (
SELECT format('table %s', tab) AS object,
       format('ALTER TABLE %s %s', tab, string_agg(
           format('ADD CONSTRAINT pgwiden_nn_%1$s NOT NULL pgwiden_new_%1$s', n)
           || CASE WHEN connoinherit THEN ' NO INHERIT' ELSE '' END
           || CASE WHEN convalidated THEN '' ELSE ' NOT VALID' END, ', ' ORDER BY n)) AS statement,
       'ACCESS EXCLUSIVE' AS lock,
       tab AS relation,
       also
FROM t
WHERE id IS NULL
GROUP BY tab, also, level, relid
ORDER BY level, relid) a
UNION ALL
SELECT * FROM (
    SELECT format('constraint %I on %s', conname, tab), format('COMMENT ON CONSTRAINT pgwiden_nn_%s ON %s IS %L', n, tab, comment),
           'SHARE UPDATE EXCLUSIVE', NULL, NULL
    FROM t
    WHERE comment IS DISTINCT FROM obj_description(id, 'pg_constraint')
    ORDER BY level, relid, n) c
