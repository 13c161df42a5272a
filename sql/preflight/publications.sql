-- Publications whose subscribers would stop at our columns or at our own tables. A column list or row filter that names
-- the column is told by closure.sql.
-- $1: oid of the table
-- code, object, reason, hint. Lock: none. PostgreSQL 14 has neither lists nor schemas in publications: to_jsonb, pg_depend.
WITH RECURSIVE tree (relid) AS (
    SELECT $1::oid
    UNION ALL
    SELECT i.inhrelid FROM tree t JOIN pg_inherits i ON i.inhparent = t.relid
), tab AS (
    SELECT c.oid, c.relnamespace AS nspid FROM tree t JOIN pg_class c ON c.oid = t.relid
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
       'it publishes all columns of the table; subscribers stop when one appears that they do not have.',
       'Publish a list of columns without it, or give the table on every subscriber the shadow and the old column first '
       '(RUNBOOK.md), then --allow publication-no-column-list'
FROM pg_publication p
WHERE EXISTS (SELECT FROM pg_publication_rel r
              WHERE r.prpubid = p.oid AND r.prrelid IN (SELECT t.oid FROM tab t) AND to_jsonb(r)->>'prattrs' IS NULL)
   OR EXISTS (SELECT FROM of_schema s WHERE s.pubid = p.oid AND s.nspid IN (SELECT t.nspid FROM tab t))
ORDER BY 1, 2
