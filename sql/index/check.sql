-- The CHECKs on the shadows, NOT VALID, all that are missing in one ALTER TABLE; then their comments.
-- $1: the table's oid. Lock: ACCESS EXCLUSIVE, without a scan; SHARE UPDATE EXCLUSIVE for a comment.
WITH t AS (
    SELECT d.number, d.retargeted, k.oid AS id, d.detail ->> 'comment' AS comment,
           format('%I.%I', n.nspname, r.relname) AS tab, CASE WHEN d.relid = v.relid THEN w.also END AS also,
           format('constraint %I on %I.%I', d.name, n.nspname, r.relname) AS object
    FROM conversion v
    JOIN whole w ON w.conversion = v.id AND w.root = v.relid
    JOIN definition d ON d.conversion = v.id AND d.kind = 'check'
    JOIN pg_class r ON r.oid = d.relid
    JOIN pg_namespace n ON n.oid = r.relnamespace
    LEFT JOIN pg_constraint k ON k.conrelid = d.relid AND k.conname = format('pgwiden_check_%s', d.number)
    WHERE v.relid = $1 AND v.outcome IS NULL AND v.swapped_at IS NULL
)
SELECT format('table %s', tab) AS object,
       format('ALTER TABLE %s %s', tab, string_agg(retargeted, ', ' ORDER BY number)) AS statement,
       'ACCESS EXCLUSIVE' AS lock,
       tab AS relation,
       also
FROM t
WHERE id IS NULL
GROUP BY tab, also
UNION ALL
SELECT * FROM (
    SELECT object, format('COMMENT ON CONSTRAINT pgwiden_check_%s ON %s IS %L', number, tab, comment),
           'SHARE UPDATE EXCLUSIVE', NULL, NULL
    FROM t
    WHERE comment IS DISTINCT FROM obj_description(id, 'pg_constraint')
    ORDER BY number) c
