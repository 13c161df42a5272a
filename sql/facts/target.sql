-- What a TARGET means: one row for each way of reading its parts, the best first. Two parts have two readings.
-- $1, $2, $3: the parts, unquoted and folded; NULL where there are fewer
-- found     the thing that this reading names exists
-- relid, attnum, schema, table, column
-- name      schema.table.column, quoted (schema.table when the column is not known)
-- relation  schema.table, quoted
-- type, is_bigint
-- code, problem, hint: why it can't be widened; all NULL when it can, or is bigint already
-- Bare names are looked up in the user's own search_path, not in ours: it stands in pg_settings.reset_val, and
-- set_config() puts it in place while current_schemas() is called; each CTE takes a value of the one before, so that
-- they run in this order. Lock: none.
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
), reading AS (
    SELECT r.place, r.nspname, r.relname, r.attname
    FROM (VALUES (1, NULL::text, $1::text, NULL::text, $2::text IS NULL),
                 (2, NULL, $1, $2, $2 IS NOT NULL AND $3::text IS NULL),
                 (3, $1, $2, NULL, $2 IS NOT NULL AND $3 IS NULL),
                 (4, $1, $2, $3, $3 IS NOT NULL)) r(place, nspname, relname, attname, applies)
    WHERE r.applies
), named AS (
    SELECT r.place, r.nspname AS nsp_given, r.relname AS rel_given, r.attname AS att_given,
           c.oid AS relid, c.nspname, c.relname, c.relkind, c.relpersistence,
           k.columns AS key_columns, a.attnum, a.attname, a.atttypid, a.atttypmod,
           EXISTS (SELECT FROM pg_namespace n WHERE n.nspname = r.nspname) AS schema_exists
    FROM reading r
    CROSS JOIN search s
    LEFT JOIN LATERAL (
        SELECT c.oid, n.nspname, c.relname, c.relkind, c.relpersistence
        FROM unnest(CASE WHEN r.nspname IS NULL THEN s.schemas ELSE ARRAY[r.nspname::name] END)
             WITH ORDINALITY u(nspname, place)
        JOIN pg_namespace n ON n.nspname = u.nspname
        JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = r.relname
        ORDER BY u.place
        LIMIT 1) c ON true
    LEFT JOIN LATERAL (
        SELECT cardinality(o.conkey) AS columns, o.conkey[1] AS attnum
        FROM pg_constraint o
        WHERE o.conrelid = c.oid AND o.contype = 'p') k ON true
    LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        AND CASE WHEN r.attname IS NULL THEN a.attnum = k.attnum AND k.columns = 1 ELSE a.attname = r.attname END
), typed AS (
    SELECT n.*, t.typtype, b.basetype,
           n.relid IS NOT NULL AND (n.att_given IS NULL OR n.attnum IS NOT NULL) AS found,
           concat(quote_ident(coalesce(n.nspname, n.nsp_given)) || '.',
                  quote_ident(coalesce(n.relname, n.rel_given))) AS relation
    FROM named n
    LEFT JOIN pg_type t ON t.oid = n.atttypid
    LEFT JOIN LATERAL (
        WITH RECURSIVE base(oid) AS (
            SELECT n.atttypid
            UNION ALL
            SELECT d.typbasetype FROM base b JOIN pg_type d ON d.oid = b.oid WHERE d.typtype = 'd')
        SELECT b.oid AS basetype
        FROM base b JOIN pg_type d ON d.oid = b.oid
        WHERE d.typtype <> 'd') b ON true
), judged AS (
    SELECT t.*,
           CASE WHEN t.relid IS NULL AND t.nsp_given IS NOT NULL AND NOT t.schema_exists THEN 'no schema'
                WHEN t.relid IS NULL THEN 'no table'
                WHEN t.relid < 16384 OR t.nspname IN ('pg_catalog', 'information_schema', 'pg_toast') THEN 'catalog'
                WHEN t.relkind NOT IN ('r', 'p') THEN 'kind'
                WHEN t.relpersistence = 't' THEN 'temporary'
                WHEN t.nspname = 'pgwiden' AND t.relname IS DISTINCT FROM current_setting('pgwiden.sample', true)  -- a rehearsal's
                  OR t.attname ~ '^pgwiden_(new|old)_[0-9]+$' THEN 'ours'
                WHEN t.att_given IS NOT NULL AND t.attnum IS NULL THEN 'no column'
                WHEN t.attnum IS NULL AND t.key_columns IS NULL THEN 'no key'
                WHEN t.attnum IS NULL THEN 'composite key'
                WHEN t.atttypid IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype) THEN NULL
                WHEN t.typtype = 'd' AND t.basetype IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype) THEN 'domain'
                ELSE 'type' END AS trouble
    FROM typed t
)
SELECT j.found, j.relid, j.attnum, coalesce(j.nspname, j.nsp_given) AS schema,
       coalesce(j.relname, j.rel_given) AS table, coalesce(j.attname, j.att_given) AS column,
       concat(j.relation, '.' || quote_ident(coalesce(j.attname, j.att_given))) AS name,
       j.relation, format_type(j.atttypid, j.atttypmod) AS type,
       coalesce(j.atttypid = 'int8'::regtype, false) AS is_bigint,
       CASE WHEN j.trouble IN ('catalog', 'kind', 'temporary', 'ours') THEN 'not-a-table'
            WHEN j.trouble = 'domain' THEN 'domain'
            WHEN j.trouble = 'type' THEN 'not-integer' END AS code,
       CASE j.trouble
            WHEN 'no schema' THEN format('schema "%s" does not exist', j.nsp_given)
            WHEN 'no table' THEN format('table "%s" does not exist', concat(j.nsp_given || '.', j.rel_given))
            WHEN 'catalog' THEN format('%s is a system catalog', j.relation)
            WHEN 'kind' THEN format('%s is %s, not a table', j.relation,
                CASE j.relkind WHEN 'v' THEN 'a view' WHEN 'm' THEN 'a materialized view' WHEN 'f' THEN 'a foreign table'
                               WHEN 'S' THEN 'a sequence' WHEN 'c' THEN 'a composite type' ELSE 'an index' END)
            WHEN 'temporary' THEN format('%s is a temporary table', j.relation)
            WHEN 'ours' THEN format('%s belongs to pgwiden itself', concat(j.relation, '.' || quote_ident(j.attname)))
            WHEN 'no column' THEN format('column "%s" of table %s does not exist', j.att_given, j.relation)
            WHEN 'no key' THEN format('table %s has no primary key, so the column must be named', j.relation)
            WHEN 'composite key' THEN format('the primary key of table %s has %s columns, so one must be named',
                                             j.relation, j.key_columns)
            WHEN 'domain' THEN format('the type of column %s.%I is the domain %s', j.relation, j.attname,
                                      format_type(j.atttypid, j.atttypmod))
            WHEN 'type' THEN format('column %s.%I is %s, not integer or smallint', j.relation, j.attname,
                                    format_type(j.atttypid, j.atttypmod)) END AS problem,
       CASE WHEN j.trouble IN ('no schema', 'no table', 'no column') THEN (
                SELECT 'Did you mean ' || string_agg(n.name, ', ' ORDER BY n.likeness DESC, n.name) || '?'
                FROM (SELECT o.name, l.likeness
                      FROM (SELECT format('%I.%I', n.nspname, c.relname) AS name, c.relname AS bare, j.rel_given AS wanted
                            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                            WHERE j.relid IS NULL AND c.relkind IN ('r', 'p') AND c.relpersistence <> 't'
                              AND c.oid >= 16384 AND n.nspname <> 'pgwiden' AND has_schema_privilege(n.oid, 'USAGE')
                            UNION ALL
                            SELECT format('%s.%I', j.relation, a.attname), a.attname, j.att_given
                            FROM pg_attribute a
                            WHERE a.attrelid = j.relid AND a.attnum > 0 AND NOT a.attisdropped) o
                      CROSS JOIN LATERAL (
                          -- pairs of letters in common, by all pairs: 1 is the same but for case
                          SELECT 2.0 * count(*) / (length(o.bare::text) + length(o.wanted) + 2) AS likeness
                          FROM (SELECT substr(' ' || lower(o.bare::text) || ' ', i, 2)
                                FROM generate_series(1, length(o.bare::text) + 1) i
                                INTERSECT
                                SELECT substr(' ' || lower(o.wanted) || ' ', i, 2)
                                FROM generate_series(1, length(o.wanted) + 1) i) common) l
                      WHERE l.likeness >= 0.4
                      ORDER BY l.likeness DESC, o.name
                      LIMIT 3) n)
            WHEN j.trouble IN ('no key', 'composite key') THEN coalesce((
                SELECT 'Name one of its integer columns: '
                       || string_agg(format('%s.%I', j.relation, a.attname), ', ' ORDER BY a.attnum) || '.'
                FROM pg_attribute a
                WHERE a.attrelid = j.relid AND a.attnum > 0 AND NOT a.attisdropped
                  AND a.atttypid IN ('int2'::regtype, 'int4'::regtype)), 'It has no integer column.')
            WHEN j.trouble = 'kind' AND j.relkind IN ('v', 'm') THEN 'Name the column of the table that it reads.'
            WHEN j.trouble = 'kind' AND j.relkind = 'f' THEN 'Run pgwiden on the server that holds the table.'
            WHEN j.trouble = 'kind' AND j.relkind = 'S' THEN
                'Name the column that the sequence feeds; the sequence becomes bigint with it.'
            WHEN j.trouble = 'temporary' THEN 'Only its own session sees it: use ALTER TABLE there.'
            WHEN j.trouble = 'domain' THEN format(
                'Give the column its base type first (no rewrite): ALTER TABLE %s ALTER %I TYPE %s; and its CHECKs to the table.',
                j.relation, j.attname, format_type(j.basetype, NULL)) END AS hint
FROM judged j
ORDER BY j.found DESC, j.relid IS NOT NULL DESC, j.relid IS NULL AND j.schema_exists DESC, j.place
