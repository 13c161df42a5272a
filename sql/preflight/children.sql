-- Columns that seem to hold the values of a widened column without a foreign key: integer or smallint, called as a
-- reference would be (order_id, orders_id, orderId, parent_order_id; the column's own name, unless that is just "id"), and
-- not known to the statistics with another range of values. Columns with a default or a foreign key are left out, and
-- schemas that have such a table themselves (tenants). Statistics only: no table is read. At most 100 are looked at.
-- $1: oid of the table, $2: numbers of the columns
-- code, object, reason, hint. Lock: none.
WITH widened AS (
    SELECT a.attrelid, a.attnum, c.relname, c.relnamespace, n.nspname, a.attname
    FROM pg_attribute a
    JOIN pg_class c ON c.oid = a.attrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE a.attrelid = $1::oid AND a.attnum = ANY ($2::int2[])
), called AS (
    -- as a regular expression: underscores may be missing, something may come before
    SELECT w.attnum, format('(^|_)(%s)$', string_agg(replace(regexp_replace(n.name, '(\W)', '\\\1', 'g'), '_', '_?'), '|'))
               AS pattern
    FROM widened w
    CROSS JOIN LATERAL (
        SELECT s.name || '_' || w.attname
        FROM (VALUES (w.relname::text), (regexp_replace(w.relname, 's$', '')), (regexp_replace(w.relname, 'es$', '')),
                     (regexp_replace(w.relname, 'ies$', 'y'))) s(name)
        UNION
        SELECT w.attname::text WHERE w.attname ~* '..id$') n(name)
    GROUP BY w.attnum
), place AS MATERIALIZED (
    SELECT n.oid, n.nspname
    FROM pg_namespace n
    WHERE n.nspname !~ '^(pg_|information_schema$|pgwiden$)'
      AND EXISTS (SELECT FROM widened w
                  WHERE w.relnamespace = n.oid
                     OR NOT EXISTS (SELECT FROM pg_class o WHERE o.relname = w.relname AND o.relnamespace = n.oid))
), narrow AS MATERIALIZED (
    -- table by table, and names last: among many tenants few columns are looked at, and a regular expression costs most
    SELECT a.attrelid, a.attnum, c.relname, p.nspname, a.attname, a.atttypid
    FROM place p
    JOIN pg_class c ON c.relnamespace = p.oid AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relpersistence <> 't'
    CROSS JOIN LATERAL (
        SELECT i.*
        FROM pg_attribute i
        WHERE i.attrelid = c.oid AND i.attnum > 0 AND i.atttypid IN ('int2'::regtype, 'int4'::regtype)
          AND NOT i.attisdropped AND i.attidentity = '' AND NOT i.atthasdef
        OFFSET 0) a
    WHERE NOT (a.attrelid = $1 AND a.attnum = ANY ($2))
), candidate AS (
    SELECT k.attnum AS key, n.*
    FROM called k
    JOIN narrow n ON n.attname ~* k.pattern
    WHERE NOT EXISTS (SELECT FROM pg_constraint o
                      WHERE o.conrelid = n.attrelid AND o.contype = 'f' AND n.attnum = ANY (o.conkey))
    LIMIT 100
), key AS MATERIALIZED (
    SELECT DISTINCT ON (w.attnum) w.attnum,
           (SELECT max(v) FROM unnest(s.histogram_bounds::text::bigint[] || s.most_common_vals::text::bigint[]) v) AS top
    FROM widened w
    JOIN pg_stats s ON s.schemaname = w.nspname AND s.tablename = w.relname AND s.attname = w.attname
    ORDER BY w.attnum, s.inherited DESC
), ranged AS (
    SELECT c.*, own.top, k.top AS key_top
    FROM candidate c
    LEFT JOIN key k ON k.attnum = c.key
    LEFT JOIN LATERAL (
        SELECT (SELECT max(v)
                FROM unnest(s.histogram_bounds::text::bigint[] || s.most_common_vals::text::bigint[]) v) AS top
        FROM pg_stats s
        WHERE s.schemaname = c.nspname AND s.tablename = c.relname AND s.attname = c.attname
        ORDER BY s.inherited DESC
        LIMIT 1) own ON true
), numbered AS (
    SELECT r.*, count(*) OVER () AS of_all, row_number() OVER (ORDER BY r.top DESC NULLS LAST, r.attrelid, r.attnum) AS place
    FROM ranged r
    WHERE r.top IS NULL OR r.key_top IS NULL OR r.top BETWEEN r.key_top / 2 AND r.key_top + r.key_top / 10 + 1
)
SELECT 'child-column-narrower' AS code,
       format('column %I.%I.%I', n.nspname, n.relname, n.attname) AS object,
       format('it is %s and, by its name%s, seems to hold values of the column without a foreign key: if so, it overflows '
              'next.', format_type(n.atttypid, NULL),
              CASE WHEN n.top IS NOT NULL AND n.key_top IS NOT NULL
                   THEN format(' and range (up to %s)', n.top) END) AS reason,
       format('pgwiden run %I.%I.%I', n.nspname, n.relname, n.attname) AS hint
FROM numbered n
WHERE n.place <= 10
UNION ALL
SELECT 'child-column-narrower', format('%s more columns', n.of_all - 10),
       'by their names they seem to hold such values, too.',
       format('Look for columns whose name matches %s.', (SELECT string_agg(pattern, ' or ') FROM called))
FROM numbered n
WHERE n.place = 11
