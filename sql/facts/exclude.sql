-- Which of some targets a pattern of --exclude leaves out: their places in the list, from 1.
-- $1, $2, $3: the parts, unquoted and folded; NULL where there are fewer; $4, $5 bool: $1, $2 have * or ?
-- $6 oid[], $7 int2[]: the targets' tables and columns (0: not known)
-- A part alone is a table in any schema, two parts are schema.table and table.column both: what is meant to be left
-- out must not come through because it was not written in full. Lock: none.
WITH escaped AS (
    SELECT regexp_replace($1::text, '([\\%_])', '\\\1', 'g') AS first,
           regexp_replace($2::text, '([\\%_])', '\\\1', 'g') AS second
), wanted AS MATERIALIZED (
    SELECT CASE WHEN $4::bool THEN translate(e.first, '*?', '%_') ELSE e.first END AS first,
           CASE WHEN $5::bool THEN translate(e.second, '*?', '%_') ELSE e.second END AS second
    FROM escaped e
)
SELECT t.place
FROM wanted w
CROSS JOIN unnest($6::oid[], $7::int2[]) WITH ORDINALITY t(relid, attnum, place)
JOIN pg_class c ON c.oid = t.relid
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_attribute a ON a.attrelid = t.relid AND a.attnum = t.attnum AND t.attnum > 0
WHERE CASE WHEN w.second IS NULL THEN c.relname LIKE w.first
           WHEN $3::text IS NOT NULL THEN n.nspname LIKE w.first AND c.relname LIKE w.second AND a.attname = $3
           ELSE (n.nspname LIKE w.first AND c.relname LIKE w.second)
                OR (c.relname LIKE w.first AND NOT $5 AND a.attname = $2) END
ORDER BY t.place
