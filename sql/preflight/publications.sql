-- Publications whose subscribers would stop at our columns or at our own tables. A column list or row filter that names
-- the column is told by closure.sql.
-- $1: oid of the table, $2: numbers of the columns
-- code, object, reason, hint. Lock: none. PostgreSQL 14 has neither lists nor schemas in publications: to_jsonb, pg_depend.
WITH tab AS (
    SELECT c.oid, n.oid AS nspid, format('%I.%I', n.nspname, c.relname) AS relation, quote_ident(n.nspname) AS schema
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.oid = $1::oid
), subscriber AS (
    -- what the table needs there: both names, and a wide key
    SELECT format('ALTER TABLE %s %s;', t.relation, string_agg(
               format('ALTER %1$I TYPE bigint, ADD pgwiden_new_%2$s bigint, ADD pgwiden_old_%2$s %3$s', a.attname, a.attnum,
                      format_type(a.atttypid, a.atttypmod)), ', ' ORDER BY a.attnum)) AS before,
           format('ALTER TABLE %s %s;', t.relation, string_agg(
               format('DROP pgwiden_new_%1$s, DROP pgwiden_old_%1$s', a.attnum), ', ' ORDER BY a.attnum)) AS after
    FROM tab t JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = ANY ($2::int2[])
    GROUP BY t.relation
), of_schema AS (
    SELECT d.refobjid AS nspid, p.refobjid AS pubid
    FROM pg_depend d
    JOIN pg_depend p ON p.classid = d.classid AND p.objid = d.objid AND p.refclassid = 'pg_publication'::regclass
    WHERE d.classid = to_regclass('pg_publication_namespace') AND d.refclassid = 'pg_namespace'::regclass
)
SELECT 'publication-all-tables' AS code, format('publication %I', p.pubname) AS object,
       'it publishes pgwiden''s own tables as well, and subscribers that lack them stop.' AS reason,
       'Publish the tables by name (CREATE PUBLICATION .. FOR TABLE ..), or all but schema pgwiden by schema.' AS hint
FROM pg_publication p
WHERE p.puballtables
   OR EXISTS (SELECT FROM of_schema s WHERE s.pubid = p.oid AND s.nspid = to_regnamespace('pgwiden'))
UNION ALL
SELECT 'publication-no-column-list', format('publication %I', p.pubname),
       'it publishes all columns of the table; subscribers stop when one appears that they do not have, twice.',
       format('Publish a list of columns without it; or say on every subscriber: %s then --allow '
              'publication-no-column-list, and after cleanup on every subscriber: %s', s.before, s.after)
FROM tab t
CROSS JOIN subscriber s
JOIN pg_publication p ON
    EXISTS (SELECT FROM pg_publication_rel r
            WHERE r.prpubid = p.oid AND r.prrelid = t.oid AND to_jsonb(r)->>'prattrs' IS NULL)
    OR EXISTS (SELECT FROM of_schema s WHERE s.pubid = p.oid AND s.nspid = t.nspid)
ORDER BY 1, 2
