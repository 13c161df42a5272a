-- Expressions of indexes, CHECKs and statistics objects that use the columns, each as a statement that the server can parse
-- only if the expression's text means something on bigint columns. It reads no table.
-- $1: oid of the table, $2: numbers of the columns
-- object, statement. Lock: none.
WITH tab AS (
    SELECT c.oid, c.relname,
           -- OFFSET 0: no constant is seen through it, so that planning calls no function
           (SELECT string_agg(format('NULL::%s AS %I', CASE WHEN a.attnum = ANY ($2::int2[]) THEN 'bigint'
                                                            ELSE format_type(a.atttypid, a.atttypmod) END, a.attname), ', ')
            FROM pg_attribute a
            WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns
    FROM pg_class c
    WHERE c.oid = $1::oid
), expression AS (
    SELECT 'index ' || i.indexrelid::regclass AS object,
           concat_ws(', ', pg_get_expr(i.indexprs, i.indrelid), pg_get_expr(i.indpred, i.indrelid)) AS text,
           'pg_class'::regclass AS classid, i.indexrelid AS objid
    FROM pg_index i
    WHERE i.indrelid = $1 AND (i.indexprs IS NOT NULL OR i.indpred IS NOT NULL)
    UNION ALL
    SELECT format('constraint %I on %s', o.conname, o.conrelid::regclass), pg_get_expr(o.conbin, o.conrelid),
           'pg_constraint', o.oid
    FROM pg_constraint o
    WHERE o.conrelid = $1 AND o.contype = 'c'
    UNION ALL
    SELECT format('statistics object %I.%I', n.nspname, s.stxname), pg_get_expr(s.stxexprs, s.stxrelid),
           'pg_statistic_ext', s.oid
    FROM pg_statistic_ext s JOIN pg_namespace n ON n.oid = s.stxnamespace
    WHERE s.stxrelid = $1 AND s.stxexprs IS NOT NULL
)
SELECT e.object, format('SELECT %s FROM (SELECT %s OFFSET 0) AS %I WHERE false', e.text, t.columns, t.relname) AS statement
FROM tab t, expression e
WHERE EXISTS (SELECT FROM pg_depend d
              WHERE d.classid = e.classid AND d.objid = e.objid AND d.refclassid = 'pg_class'::regclass AND d.refobjid = $1
                AND d.refobjsubid = ANY ($2))
ORDER BY e.object
