-- The copy trigger, our CHECKs and the shadow columns; one row with what there is of it. No CASCADE: what others have built on
-- a shadow meanwhile is an error that names it.
-- $1: the table's oid. Lock: ACCESS EXCLUSIVE, without a scan.
WITH t AS (
    SELECT v.id, v.relid, format('%I.%I', n.nspname, r.relname) AS tab
    FROM conversion v
    JOIN pg_class r ON r.oid = v.relid
    JOIN pg_namespace n ON n.oid = r.relnamespace
    WHERE v.relid = $1 AND v.outcome IS NULL AND v.swapped_at IS NULL
), actions AS (
    SELECT tab, 1 AS place, conname, format('DROP CONSTRAINT %I', conname) AS action
    FROM t
    JOIN pg_constraint ON conrelid = t.relid AND contype = 'c' AND conname ~ '^pgwiden_(check|eq)_[0-9]+$'
    UNION ALL
    SELECT tab, 2, a.attname, format('DROP COLUMN %I', a.attname)
    FROM t
    JOIN conversion_column o ON o.conversion = t.id
    JOIN pg_attribute a ON a.attrelid = t.relid AND a.attname = format('pgwiden_new_%s', o.from_attnum) AND NOT attisdropped
), statements AS (
    SELECT tab, concat_ws('; ',
               (SELECT string_agg(format('DROP TRIGGER %I ON %s', tgname, tab), '; ')
                FROM pg_trigger WHERE tgrelid = t.relid AND tgfoid = to_regprocedure(format('pgwiden.copy_%s()', t.relid))),
               'ALTER TABLE ' || tab || (SELECT ' ' || string_agg(action, ', ' ORDER BY place, conname) FROM actions))
               AS statement
    FROM t
)
SELECT format('table %s', tab) AS object,
       statement,
       'ACCESS EXCLUSIVE' AS lock,
       tab AS relation,
       NULL::text AS also
FROM statements
WHERE statement <> ''
