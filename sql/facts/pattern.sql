-- What a pattern means: a row for each column, in the order in which they are worked on, also for tables that it
-- names but that have no such column (left_out).
-- $1 schema (NULL: tables that are visible in the user's own search_path), $2 table, $3 column (NULL: the primary key
-- of one column); $4, $5 bool: $1, $2 have * or ?
-- $6 oid[], $7 name[]: when not NULL, only these tables by these columns (those of conversions), whatever the key is
-- relid, attnum (NULL: none), schema, table, column, type, is_bigint; name, relation: quoted, as in target.sql
-- left_out  what the table has instead of such a column; NULL when it has one
-- refused   it has one, but target.sql refuses it: a domain
-- System schemas, ours, temporary tables and partitions (their root stands for them) never match. search_path as in
-- target.sql. LIKE compares whole characters, and without regard to collations. Lock: none.
WITH ours AS MATERIALIZED (
    SELECT current_setting('search_path') AS path
), theirs AS MATERIALIZED (
    SELECT o.path, set_config('search_path', s.reset_val, true) AS done
    FROM ours o, pg_settings s
    WHERE s.name = 'search_path'
), visible AS MATERIALIZED (
    SELECT t.path, current_schemas(t.done IS NOT NULL) AS schemas
    FROM theirs t
), search AS MATERIALIZED (
    SELECT v.schemas, set_config('search_path', v.path, v.schemas IS NOT NULL) AS done
    FROM visible v
), escaped AS (
    SELECT regexp_replace($1::text, '([\\%_])', '\\\1', 'g') AS nspname,
           regexp_replace($2::text, '([\\%_])', '\\\1', 'g') AS relname
), wanted AS MATERIALIZED (
    SELECT CASE WHEN $4::bool THEN translate(e.nspname, '*?', '%_') ELSE e.nspname END AS nspname,
           CASE WHEN $5::bool THEN translate(e.relname, '*?', '%_') ELSE e.relname END AS relname
    FROM escaped e
), matched AS MATERIALIZED (
    SELECT c.oid AS relid, n.nspname, c.relname
    FROM search s
    CROSS JOIN wanted w
    JOIN pg_namespace n ON CASE WHEN w.nspname IS NULL THEN n.nspname = ANY (s.schemas) ELSE n.nspname LIKE w.nspname END
    JOIN pg_class c ON c.relnamespace = n.oid AND c.relname LIKE w.relname
    WHERE n.nspname NOT IN ('information_schema', 'pgwiden') AND left(n.nspname::text, 3) <> 'pg_'
      AND c.relkind IN ('r', 'p') AND c.relpersistence <> 't' AND NOT c.relispartition AND c.oid >= 16384
      AND ($6::oid[] IS NULL OR c.oid = ANY ($6))
      -- of several with one name the first in the path is the visible one, whatever it is
      AND (w.nspname IS NOT NULL OR c.oid = (
          SELECT o.oid
          FROM unnest(s.schemas) WITH ORDINALITY u(nspname, place)
          JOIN pg_namespace m ON m.nspname = u.nspname
          JOIN pg_class o ON o.relnamespace = m.oid AND o.relname = c.relname
          ORDER BY u.place
          LIMIT 1))
), named AS (
    SELECT m.*, k.columns AS key_columns, a.attnum, a.attname, a.atttypid, a.atttypmod, t.typtype
    FROM matched m
    LEFT JOIN LATERAL (
        SELECT cardinality(o.conkey) AS columns, o.conkey[1] AS attnum
        FROM pg_constraint o
        WHERE o.conrelid = m.relid AND o.contype = 'p') k ON true
    LEFT JOIN pg_attribute a ON a.attrelid = m.relid AND a.attnum > 0 AND NOT a.attisdropped
        AND a.attname !~ '^pgwiden_(new|old)_[0-9]+$'
        AND ($3::text IS NULL OR a.attname = $3)
        AND CASE WHEN $7::name[] IS NOT NULL THEN EXISTS (
                     SELECT FROM unnest($6, $7) u(relid, attname) WHERE u.relid = m.relid AND u.attname = a.attname)
                 WHEN $3 IS NULL THEN a.attnum = k.attnum AND k.columns = 1
                 ELSE true END
    LEFT JOIN pg_type t ON t.oid = a.atttypid
    WHERE a.attnum IS NOT NULL OR ($3 IS NULL AND $7 IS NULL)
), judged AS (
    SELECT n.*, n.atttypid IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype) AS is_integer,
           n.typtype = 'd' AND EXISTS (
               WITH RECURSIVE base(oid) AS (
                   SELECT n.atttypid
                   UNION ALL
                   SELECT d.typbasetype FROM base b JOIN pg_type d ON d.oid = b.oid WHERE d.typtype = 'd')
               SELECT FROM base b
               WHERE b.oid IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype)) AS is_domain
    FROM named n
)
SELECT j.relid, j.attnum, j.nspname AS schema, j.relname AS table, j.attname AS column,
       concat(format('%I.%I', j.nspname, j.relname), '.' || quote_ident(j.attname)) AS name,
       format('%I.%I', j.nspname, j.relname) AS relation,
       format_type(j.atttypid, j.atttypmod) AS type,
       coalesce(j.atttypid = 'int8'::regtype, false) AS is_bigint,
       CASE WHEN j.is_integer OR j.is_domain THEN NULL
            WHEN j.attnum IS NULL AND j.key_columns IS NULL THEN 'no primary key'
            WHEN j.attnum IS NULL THEN 'a primary key of several columns'
            WHEN $3 IS NULL THEN 'a primary key that is not integer'
            ELSE format('a column "%s" that is not integer', $3) END AS left_out,
       coalesce(j.is_domain, false) AS refused
FROM judged j
ORDER BY j.nspname, j.relname, j.attnum
