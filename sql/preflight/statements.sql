-- What the server remembers of clients' statements, where pg_stat_statements is installed and readable: a query for it
-- that finds statements which count on the columns' number or order, or on the identity's old sequence. Of each kind the
-- five that are called most. pg_stat_statements need not exist when this text is parsed, hence the detour.
-- $1: oid of the table, $2: numbers of the columns
-- statement: gives code, object, reason, hint; no row: there is no pg_stat_statements. Lock: none.
WITH tab AS (
    SELECT c.oid, c.relname, n.nspname
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.oid = $1::oid
), seen AS (
    SELECT format('%I.%I', n.nspname, v.relname) AS view
    FROM pg_extension e
    JOIN pg_class v ON v.relnamespace = e.extnamespace AND v.relname = e.extname
    JOIN pg_namespace n ON n.oid = v.relnamespace
    WHERE e.extname = 'pg_stat_statements'
      AND has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(v.oid, 'SELECT')
), called(what, name) AS (
    SELECT 'schema', t.nspname FROM tab t
    UNION ALL
    SELECT 'table', t.relname FROM tab t
), spelled AS (
    -- as regular expressions: quoted, and bare where SQL can say it so
    SELECT c.what, format('"%s"', regexp_replace(replace(c.name, '"', '""'), '(\W)', '\\\1', 'g'))
                   || CASE WHEN c.name ~ '^[[:alpha:]_][\w$]*$' AND c.name = lower(c.name)
                            AND NOT EXISTS (SELECT FROM pg_get_keywords() k WHERE k.word = c.name AND k.catcode = 'R')
                           THEN '|' || replace(c.name, '$', '\$') ELSE '' END AS name
    FROM called c
), name AS (
    SELECT format('((%s)\s*\.\s*)?(%s)(?![\w$"])', s.name, t.name) AS pattern
    FROM spelled s JOIN spelled t ON t.what = 'table'
    WHERE s.what = 'schema'
)
SELECT format($query$
WITH said AS (
    SELECT s.query AS text, sum(s.calls)::bigint AS calls
    FROM %1$s s
    WHERE s.dbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())
      AND s.query !~ 'pgwiden' AND (strpos(lower(s.query COLLATE "C"), %2$L) > 0 OR %6$L AND s.query ~* 'currval|lastval')
    GROUP BY s.query
), found AS (
    SELECT 'column-position' AS code, s.text, s.calls,
           CASE WHEN s.text ~* '^\s*copy\M' THEN 'it fails (22P04) from prepare on, when the table gets a column'
                ELSE 'its values go by the columns'' order, where the widened column becomes the last one' END AS reason,
           'Name the columns in it before the swap.' AS hint
    FROM said s
    WHERE s.text ~* %4$L
    UNION ALL
    SELECT 'select-star', s.text, s.calls,
           'it gets all columns: one more from prepare to cleanup, and the widened one as the last from the swap on',
           'Name the columns in it, or see that the client goes by their names.'
    FROM said s
    WHERE s.text ~* %3$L AND s.text ~* %5$L
    UNION ALL
    SELECT 'identity-currval', s.text, s.calls,
           'it can fail (55000) in a session that has inserted before the swap and not since', 'Use INSERT .. RETURNING.'
    FROM said s
    WHERE %6$L AND s.text ~* '\m(currval|lastval)\M'
), numbered AS (
    SELECT f.*, count(*) OVER (PARTITION BY f.code) AS of_all,
           row_number() OVER (PARTITION BY f.code ORDER BY f.calls DESC, f.text) AS place
    FROM found f
)
SELECT n.code, 'statement ' || left(btrim(regexp_replace(n.text, '\s+', ' ', 'g')), 80) AS object,
       format('%%s (%%s %%s, says pg_stat_statements).', n.reason, n.calls, CASE n.calls WHEN 1 THEN 'call' ELSE 'calls' END),
       n.hint
FROM numbered n
WHERE n.place <= 5
UNION ALL
SELECT n.code, format('%%s more statements', n.of_all - 5), 'what is said of the other statements holds for these, too.',
       'They are in pg_stat_statements.'
FROM numbered n
WHERE n.place = 6$query$,
    v.view, lower(replace(t.relname, '"', '""') COLLATE "C"), '(^|[^\w$".])' || n.pattern,
    format('\minsert\s+into\s+%1$s\s+(as\s+[\w$"]+\s+)?(overriding\s+\w+\s+value\s+)?\(*\s*(values|select|with|table)\M'
           '|\mcopy\s+%1$s\s+from\M', n.pattern),
    format('\m(select|returning)\s+((all|distinct)\s+)?([\w$"]+\s*\.\s*)*\*|,\s*([\w$"]+\s*\.\s*)+\*|\mcopy\s+%s\s+to\M',
           n.pattern),
    EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = t.oid AND a.attnum = ANY ($2::int2[]) AND a.attidentity <> '')
    ) AS statement
FROM tab t, seen v, name n
