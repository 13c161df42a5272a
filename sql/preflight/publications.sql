-- Publications whose subscribers would stop at our columns or at our own tables, or that let no UPDATE through.
-- $1: oid of the table, $2: numbers of the columns
-- code, object, reason, hint. Lock: none. PostgreSQL 14 has neither lists nor schemas in publications: to_jsonb, pg_depend.
WITH RECURSIVE tree (relid) AS (
    SELECT $1::oid
    UNION ALL
    SELECT i.inhrelid FROM tree t JOIN pg_inherits i ON i.inhparent = t.relid
), tab AS (
    SELECT c.oid, c.relreplident, n.oid AS nspid, format('%I.%I', n.nspname, c.relname) AS relation, quote_ident(n.nspname) AS schema
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
), published AS (
    SELECT p.pubname, p.pubupdate, to_jsonb(r) ->> 'prattrs' AS list, to_jsonb(r) ->> 'prqual' AS filter
    FROM tab t
    JOIN pg_publication_rel r ON r.prrelid = t.oid
    JOIN pg_publication p ON p.oid = r.prpubid
    UNION ALL
    SELECT p.pubname, p.pubupdate, NULL, NULL
    FROM tab t
    JOIN of_schema s ON s.nspid = t.nspid
    JOIN pg_publication p ON p.oid = s.pubid
    UNION
    -- of single partitions; a list that names the column is told by partitions.sql
    SELECT p.pubname, false, NULL, NULL
    FROM tree t
    JOIN pg_publication_rel r ON r.prrelid = t.relid AND to_jsonb(r) ->> 'prattrs' IS NULL
    JOIN pg_publication p ON p.oid = r.prpubid
    WHERE t.relid <> $1
), identity AS (
    SELECT array_agg(k) AS attnums
    FROM tab t
    JOIN pg_index i ON i.indrelid = t.oid AND i.indisvalid
                   AND CASE t.relreplident WHEN 'd' THEN i.indisprimary AND i.indimmediate ELSE i.indisreplident END
    CROSS JOIN unnest((i.indkey::int2[])[0:i.indnkeyatts - 1]) k
    WHERE t.relreplident IN ('d', 'i')
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
FROM published p, subscriber s
WHERE p.list IS NULL
UNION ALL
-- as PostgreSQL looks at it before each UPDATE (CheckCmdReplicaIdentity)
SELECT 'publication', format('publication %I', p.pubname),
       'it publishes updates, but the table has no replica identity, or the column list or row filter does not go with it: '
       'PostgreSQL lets no UPDATE of the table through, and none of the backfill.',
       format('ALTER TABLE %s REPLICA IDENTITY ..; so that the publication''s columns have it all, or '
              'ALTER PUBLICATION %I SET (publish = ''insert'');', t.relation, p.pubname)
FROM tab t, identity i, published p
WHERE p.pubupdate
  AND CASE WHEN t.relreplident = 'f' THEN p.list IS NOT NULL
           ELSE i.attnums IS NULL
                OR NOT i.attnums <@ translate(p.list, '[] ', '{}')::int2[]
                OR EXISTS (SELECT FROM regexp_matches(p.filter, ':varattno (\d+)', 'g') m
                           WHERE m[1]::int2 <> ALL (i.attnums)) END
ORDER BY 1, 2
