-- Functions and procedures whose text mentions the table: a string to PostgreSQL, so that nothing of it is carried or
-- checked. What they lose, one row a routine; of more than 20 with one code only the number is told.
-- $1: oid of the table, $2: numbers of the columns
-- code, object, reason, hint. Lock: none. One pass over the texts of pg_proc: 0.1 s for 10,000 routines.
WITH tab AS (
    SELECT c.oid, c.reltype, c.relname, n.nspname
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.oid = $1::oid
), fed AS (
    SELECT s.oid, s.relname
    FROM pg_depend d JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S'
    WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = $1
      AND d.refobjsubid = ANY ($2::int2[]) AND d.deptype = 'i'
), called(what, name) AS (
    SELECT 'schema', t.nspname FROM tab t
    UNION ALL
    SELECT 'table', t.relname FROM tab t
    UNION ALL
    SELECT 'column', a.attname FROM pg_attribute a WHERE a.attrelid = $1 AND a.attnum = ANY ($2)
    UNION ALL
    SELECT 'sequence', f.relname FROM fed f
), spelled AS (
    -- as regular expressions: quoted, and bare where SQL can say it so
    SELECT c.what, string_agg(format('"%s"', regexp_replace(replace(c.name, '"', '""'), '(\W)', '\\\1', 'g'))
                              || CASE WHEN c.name ~ '^[[:alpha:]_][\w$]*$' AND c.name = lower(c.name)
                                       AND NOT EXISTS (SELECT FROM pg_get_keywords() k
                                                       WHERE k.word = c.name AND k.catcode = 'R')
                                      THEN '|' || replace(c.name, '$', '\$') ELSE '' END, '|') AS name
    FROM called c
    GROUP BY c.what
), pattern AS (
    SELECT format('(^|[^\w$".])((%s)\s*\.\s*)?(%s)(?![\w$"])', s.name, t.name) AS mention,
           format('(^|[^\w$"])(%s)(?![\w$"])', c.name) AS widened,
           CASE WHEN q.name IS NOT NULL
                THEN format('\mlastval\M|\mcurrval\M.*(^|[^\w$"])(%s|%s)(?![\w$"])', t.name, q.name) END AS currval
    FROM spelled s
    JOIN spelled t ON t.what = 'table'
    JOIN spelled c ON c.what = 'column'
    LEFT JOIN spelled q ON q.what = 'sequence'
    WHERE s.what = 'schema'
), routine AS MATERIALIZED (
    -- the cheap test first: most texts mention nothing of it
    SELECT p.*, l.lanname = 'plpgsql' AS is_plpgsql, coalesce(p.proallargtypes, p.proargtypes::oid[]) AS types,
           p.oid IN (SELECT g.tgfoid FROM pg_trigger g WHERE g.tgrelid = $1 AND NOT g.tgisinternal) AS is_trigger
    FROM pg_proc p
    JOIN pg_language l ON l.oid = p.prolang AND l.lanname NOT IN ('internal', 'c')
    CROSS JOIN LATERAL (SELECT lower(p.prosrc COLLATE "C") OFFSET 0) t(text)
    WHERE p.prosqlbody IS NULL AND p.prokind IN ('f', 'p')
      AND (strpos(t.text, (SELECT lower(replace(b.relname, '"', '""') COLLATE "C") FROM tab b)) > 0
           OR strpos(t.text, 'currval') > 0 OR strpos(t.text, 'lastval') > 0
           OR p.oid IN (SELECT g.tgfoid FROM pg_trigger g WHERE g.tgrelid = $1 AND NOT g.tgisinternal))
), mentioning AS (
    SELECT r.*, m.mentions, p.currval IS NOT NULL AND r.prosrc ~* p.currval AS is_currval,
           (m.mentions OR r.is_trigger) AND r.prosrc ~* p.widened
           OR m.mentions AND r.prosrc ~* '(\mselect\s+((all|distinct)\s+)?|\mreturning\s+|[.,]\s*)\*' AS widened
    FROM routine r
    JOIN pg_namespace n ON n.oid = r.pronamespace AND n.nspname !~ '^(pg_|information_schema$|pgwiden$)'
    CROSS JOIN pattern p
    CROSS JOIN LATERAL (SELECT r.prosrc ~* p.mention OFFSET 0) m(mentions)
    WHERE (r.is_trigger OR m.mentions OR r.prosrc ~* p.currval)
      AND NOT EXISTS (SELECT FROM pg_depend d
                      WHERE d.classid = 'pg_proc'::regclass AND d.objid = r.oid AND d.deptype = 'e')
), use AS (
    SELECT m.oid, i.returned AND m.is_plpgsql AND m.widened AND m.prosrc ~* '\mreturn\s+query\M' AS is_query,
           i.taken AND m.widened AS takes,
           (i.returned OR m.prosrc ~* '\m(int|int4|integer|int2|smallint)\M') AND m.widened AS holds,
           m.is_plpgsql AND NOT pg_has_role(m.proowner, 'USAGE') AS is_strange, m.is_trigger, m.proowner, m.is_currval,
           -- where the number of columns matters; SELECT * INTO a record or a row does not
           m.prosrc ~* '\minsert\s+into\M[^;]*\mselect\s+([\w$"]+\s*\.\s*)*\*'
           OR m.prosrc ~* '\mselect\s+([\w$"]+\s*\.\s*)*\*[^;]*\m(union|except|intersect)\M'
           OR m.prosrc ~* '\mselect\s+([\w$"]+\s*\.\s*)*\*\s*into\s+(strict\s+)?[\w$".]+\s*,'
           OR m.prorettype <> t.reltype
              AND (m.is_plpgsql AND m.prosrc ~* '\mreturn\s+query\s[^;]*\mselect\s+([\w$"]+\s*\.\s*)*\*'
                   OR NOT m.is_plpgsql AND m.prosrc ~* '\mselect\s+([\w$"]+\s*\.\s*)*\*'
                      AND (m.proretset OR m.prorettype = 'record'::regtype)) AS is_star
    FROM tab t, mentioning m
    CROSS JOIN LATERAL (
        SELECT count(*) FILTER (WHERE coalesce(m.proargmodes[a.place], 'i') IN ('i', 'b', 'v')) > 0 AS taken,
               count(*) FILTER (WHERE m.proargmodes[a.place] IN ('o', 'b', 't')) > 0
               OR m.prorettype IN ('int2'::regtype, 'int4'::regtype, 'int2[]'::regtype, 'int4[]'::regtype) AS returned
        FROM unnest(m.types) WITH ORDINALITY a(type, place)
        WHERE a.type IN ('int2'::regtype, 'int4'::regtype, 'int2[]'::regtype, 'int4[]'::regtype)) i
), finding AS (
    SELECT 'function-body' AS code, u.oid, (u.is_query OR u.is_strange)::int AS weight,
           'it ' || concat_ws('; it ',
               CASE WHEN u.is_strange AND u.is_trigger
                    THEN 'is a trigger''s, and this role can''t renew it: writes of sessions that fired it before the '
                         'swap fail in it (42804) until they reconnect'
                    WHEN u.is_strange
                    THEN 'mentions the table, and this role can''t renew it: sessions that ran it before the swap can '
                         'fail in it (42804) until they reconnect' END,
               CASE WHEN u.is_query
                    THEN 'returns integer by RETURN QUERY, which fails (42804) from the swap on if that is the column' END,
               CASE WHEN u.takes
                    THEN 'takes integer: a call with the column itself finds no function (42883) from the swap on' END,
               CASE WHEN u.holds
                    THEN 'has integer results, variables or casts, which fail (22003) once a value is too large' END)
           || '.' AS reason,
           concat_ws(' ',
               CASE WHEN u.takes OR u.holds OR u.is_query
                    THEN 'Declare and cast them as bigint, which works before the swap as well.' END,
               CASE WHEN u.is_strange
                    THEN format('Run as a member of %I, or let it say ALTER ROUTINE .. SECURITY INVOKER (or DEFINER, as it '
                                'is) right after the swap.', pg_get_userbyid(u.proowner)) END) AS hint
    FROM use u
    WHERE u.is_query OR u.takes OR u.holds OR u.is_strange
    UNION ALL
    SELECT 'select-star', u.oid, 0,
           'it passes on all columns with *: it can fail from prepare on (one more), and mix them up after cleanup (new order).',
           'Name the columns in it.'
    FROM use u
    WHERE u.is_star
    UNION ALL
    SELECT 'identity-currval', u.oid, 0,
           'it calls currval() or lastval(): an error (55000) in a session that has inserted before the swap and not since.',
           'Use INSERT .. RETURNING in it.'
    FROM use u
    WHERE u.is_currval
), numbered AS (
    SELECT f.*, count(*) OVER (PARTITION BY f.code) AS of_all,
           row_number() OVER (PARTITION BY f.code ORDER BY f.weight DESC, f.oid) AS place
    FROM finding f
)
SELECT n.code, format('%s %s', CASE p.prokind WHEN 'p' THEN 'procedure' ELSE 'function' END, p.oid::regprocedure) AS object,
       n.reason, n.hint
FROM numbered n JOIN pg_proc p ON p.oid = n.oid
WHERE n.place <= 20
UNION ALL
SELECT n.code, format('%s more functions', n.of_all - 20), 'what is said of the other functions holds for these, too.',
       format('SELECT oid::regprocedure FROM pg_proc WHERE prosrc ~* %L;', (SELECT mention FROM pattern))
FROM numbered n
WHERE n.place = 21
