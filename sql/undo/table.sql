-- The copy trigger, our CHECKs and the shadow columns; one row with what there is of it. No CASCADE: what others have built on
-- a shadow meanwhile is an error that names it. Without shadows nothing is filled: whoever thinks better of it begins anew.
-- $1: the table's oid. Lock: ACCESS EXCLUSIVE, without a scan.
WITH t AS (
    SELECT v.id, v.relid, w.tab, w.also
    FROM conversion v
    JOIN whole w ON w.conversion = v.id AND w.root = v.relid
    WHERE v.relid = $1 AND v.outcome IS NULL AND v.swapped_at IS NULL
), actions AS (
    SELECT m.relid, m.level, m.tab, 1 AS place, conname, format('DROP CONSTRAINT %I', conname) AS action
    FROM t
    JOIN tree m ON m.conversion = t.id AND m.root = t.relid
    JOIN pg_constraint ON conrelid = m.relid AND contype = 'c' AND conname ~ '^pgwiden_(check|eq|full)_[0-9]+$' AND coninhcount = 0
    UNION ALL
    SELECT t.relid, 0, t.tab, 2, a.attname, format('DROP COLUMN %I', a.attname)
    FROM t
    JOIN conversion_column o ON o.conversion = t.id
    JOIN pg_attribute a ON a.attrelid = t.relid AND a.attname = format('pgwiden_new_%s', o.from_attnum) AND NOT attisdropped
), tables AS (
    SELECT relid, level, 'ALTER TABLE ' || tab || ' ' || string_agg(action, ', ' ORDER BY place, conname) AS text
    FROM actions
    GROUP BY relid, level, tab
), statements AS (
    SELECT tab, also, concat_ws('; ',
               (SELECT string_agg(format('DROP TRIGGER %I ON %s', tgname, tab), '; ')
                FROM pg_trigger WHERE tgrelid = t.relid AND tgfoid = to_regprocedure(format('pgwiden.copy_%s()', t.relid))),
               (SELECT string_agg(text, '; ' ORDER BY level DESC, relid) FROM tables),
               (SELECT format('DELETE FROM backfill_range WHERE conversion = %s', t.id)
                WHERE EXISTS (SELECT FROM actions WHERE place = 2))) AS statement
    FROM t
)
SELECT format('table %s', tab) AS object,
       statement,
       'ACCESS EXCLUSIVE' AS lock,
       tab AS relation,
       also
FROM statements
WHERE statement <> ''
