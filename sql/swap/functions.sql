-- After the swap: PL/pgSQL routines that mention the table, one of its partitions or a view that was made again, or take
-- its rows. A session that ran one before holds plans with the old types (42804 type of parameter .. does not match), until
-- the row of pg_proc is touched: saying again what it is already makes every session compile it anew, and changes nothing
-- else. Functions of the table's triggers are touched in the swap itself.
-- Missing is what is neither in the journal nor newer than the swap; once more after materialized views were exchanged.
-- An error (an event trigger's, say) becomes a warning: reconnecting cures as well.
-- $1: the table's oid
-- Columns: object, statement, lock, relation, also
-- Lock: none
WITH target AS (
    SELECT c.id, c.relid,
           -- the journal's line is certainly younger than the swap's commit; a crash may have left it out
           (SELECT coalesce(min(age(j.xmin)), (SELECT min(age(a.xmin))
                                               FROM conversion_column AS cc
                                                    JOIN pg_attribute AS a ON a.attnum = cc.from_attnum
                                               WHERE cc.conversion = c.id AND a.attrelid = c.relid))
            FROM journal AS j
            WHERE j.conversion = c.id AND j.step IN ('swap', 'matview exchange')) AS age,
           (SELECT coalesce(max(j.number), 0) FROM journal AS j
            WHERE j.conversion = c.id AND j.step IN ('swap', 'matview exchange')) AS since,
           EXISTS (SELECT FROM conversion_column AS cc
                        JOIN pg_attribute AS a ON a.attnum = cc.to_attnum AND a.attname = cc.attname
                   WHERE cc.conversion = c.id AND a.attrelid = c.relid) AS swapped
    FROM conversion AS c
    WHERE c.relid = $1 AND c.outcome IS NULL
), tree AS (
    SELECT t.relid FROM target AS t
    UNION
    SELECT p.relid FROM target AS t, pg_partition_tree(t.relid) AS p
), leaf (first, last, count) AS (
    SELECT min(c.relname::text COLLATE "C"), max(c.relname::text COLLATE "C"), count(*)
    FROM target AS t JOIN tree AS r ON r.relid <> t.relid JOIN pg_class AS c ON c.oid = r.relid
), called (name, more) AS (
    SELECT c.relname, ''
    FROM target AS t JOIN tree AS r ON r.relid = t.relid OR (SELECT l.count FROM leaf AS l) <= 10
         JOIN pg_class AS c ON c.oid = r.relid
    UNION
    -- of many partitions what their names have in common: hundreds of names make a slow pattern
    SELECT (SELECT left(l.first, n) FROM generate_series(length(l.first), 3, -1) AS n
            WHERE left(l.first, n) = left(l.last, n) LIMIT 1), '[\w$]*'
    FROM leaf AS l
    WHERE l.count > 10
    UNION
    SELECT d.name, '' FROM target AS t JOIN definition AS d ON d.conversion = t.id
    WHERE d.kind IN ('view', 'materialized-view')
), mention (pattern) AS (
    -- quoted, and bare where SQL can say it so
    SELECT format('(^|[^\w$"])(%s)(?![\w$"])', string_agg(
               format('"%s%s"', regexp_replace(replace(c.name, '"', '""'), '(\W)', '\\\1', 'g'), c.more)
               || CASE WHEN c.name ~ '^[[:alpha:]_][\w$]*$' AND c.name = lower(c.name)
                       THEN '|' || replace(c.name, '$', '\$') || c.more ELSE '' END, '|'))
    FROM called AS c
    WHERE c.name IS NOT NULL
), row_type (oid) AS (
    SELECT unnest(ARRAY[y.oid, y.typarray]) FROM tree AS r JOIN pg_type AS y ON y.typrelid = r.relid
), routine AS (
    SELECT p.oid, o.object, p.prosecdef,
           format('%I.%I(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid)) AS signature
    FROM target AS t
         CROSS JOIN mention AS m
         CROSS JOIN (SELECT array_agg(oid) FROM row_type) AS y (types)
         JOIN pg_proc AS p ON p.prosrc COLLATE "C" ~* m.pattern
                           OR p.prorettype || coalesce(p.proallargtypes, p.proargtypes::oid[]) && y.types
         JOIN pg_language AS l ON l.oid = p.prolang AND l.lanname = 'plpgsql'
         JOIN pg_namespace AS n ON n.oid = p.pronamespace
                               AND n.nspname !~ '^(pg_|information_schema$|pgwiden$)'
         CROSS JOIN LATERAL (SELECT format('%s %s', CASE p.prokind WHEN 'p' THEN 'procedure' ELSE 'function' END,
                                           p.oid::regprocedure)) AS o (object)
    WHERE p.prokind IN ('f', 'p') AND pg_has_role(p.proowner, 'USAGE')
      AND (NOT t.swapped OR age(p.xmin) > t.age)
      AND NOT EXISTS (SELECT FROM tree AS r JOIN pg_trigger AS g ON g.tgrelid = r.relid
                      WHERE g.tgfoid = p.oid AND NOT g.tgisinternal)
      AND NOT EXISTS (SELECT FROM journal AS j
                      WHERE j.conversion = t.id AND j.number > t.since AND j.step = 'functions' AND j.object = o.object)
)
SELECT r.object,
       format('DO %L', format('BEGIN ALTER ROUTINE %s SECURITY %s; '
                              'EXCEPTION WHEN OTHERS THEN RAISE WARNING USING MESSAGE = %L || SQLERRM; END',
                              r.signature, CASE WHEN r.prosecdef THEN 'DEFINER' ELSE 'INVOKER' END, r.object || ': '))
           AS statement,
       NULL AS lock, NULL AS relation, NULL AS also
FROM routine AS r
ORDER BY r.oid
