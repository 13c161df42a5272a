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
    SELECT p.pubname, to_jsonb(r) ->> 'prattrs' AS list
    FROM tab t
    JOIN pg_publication_rel r ON r.prrelid = t.oid
    JOIN pg_publication p ON p.oid = r.prpubid
    UNION ALL
    SELECT p.pubname, NULL
    FROM tab t
    JOIN of_schema s ON s.nspid = t.nspid
    JOIN pg_publication p ON p.oid = s.pubid
    UNION
    -- of single partitions; a list that names the column is told by partitions.sql
    SELECT p.pubname, NULL
    FROM tree t
    JOIN pg_publication_rel r ON r.prrelid = t.relid AND to_jsonb(r) ->> 'prattrs' IS NULL
    JOIN pg_publication p ON p.oid = r.prpubid
    WHERE t.relid <> $1
), updated AS (
    -- the tables that rows are in, each with the publications that it or a table above it is in, and as what it is published
    SELECT DISTINCT ON (c.oid, p.oid) c.oid, c.relreplident, format('%I.%I', n.nspname, c.relname) AS relation, p.pubname,
           CASE WHEN p.pubviaroot THEN above.relid ELSE c.oid END AS published_as, p.oid AS pubid
    FROM tree t
    JOIN pg_class c ON c.oid = t.relid AND c.relkind = 'r'
    JOIN pg_namespace n ON n.oid = c.relnamespace
    CROSS JOIN LATERAL (
        SELECT c.oid, 0 WHERE NOT c.relispartition
        UNION ALL
        SELECT a.relid, a.height
        FROM pg_partition_ancestors(c.oid) WITH ORDINALITY a(relid, height)) above(relid, height)
    JOIN pg_class b ON b.oid = above.relid
    JOIN pg_publication p ON p.pubupdate
        AND (EXISTS (SELECT FROM pg_publication_rel r WHERE r.prpubid = p.oid AND r.prrelid = b.oid)
             OR EXISTS (SELECT FROM of_schema s WHERE s.pubid = p.oid AND s.nspid = b.relnamespace))
    ORDER BY c.oid, p.oid, above.height DESC
), asked AS (
    -- names: numbers differ from table to table of a tree
    SELECT u.*, to_jsonb(r) ->> 'prattrs' IS NOT NULL AS has_list,
           (SELECT array_agg(a.attname::text) FROM pg_attribute a
            WHERE a.attrelid = r.prrelid AND a.attnum = ANY (translate(to_jsonb(r) ->> 'prattrs', '[] ', '{}')::int2[])) AS list,
           (SELECT array_agg(a.attname::text)
            FROM regexp_matches(to_jsonb(r) ->> 'prqual', ':varattno (\d+)', 'g') m
            JOIN pg_attribute a ON a.attrelid = r.prrelid AND a.attnum = m[1]::int2) AS filter,
           (SELECT array_agg(a.attname::text)
            FROM pg_index i
            CROSS JOIN unnest((i.indkey::int2[])[0:i.indnkeyatts - 1]) k
            JOIN pg_attribute a ON a.attrelid = u.oid AND a.attnum = k
            WHERE i.indrelid = u.oid AND i.indisvalid AND u.relreplident IN ('d', 'i')
              AND CASE u.relreplident WHEN 'd' THEN i.indisprimary AND i.indimmediate ELSE i.indisreplident END) AS identity
    FROM updated u
    LEFT JOIN pg_publication_rel r ON r.prpubid = u.pubid AND r.prrelid = u.published_as
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
              'ALTER PUBLICATION %I SET (publish = ''insert'');', min(p.relation), p.pubname)
FROM asked p
WHERE CASE WHEN p.relreplident = 'f' THEN p.has_list
           ELSE p.identity IS NULL OR p.has_list AND NOT p.identity <@ p.list OR NOT p.filter <@ p.identity END
GROUP BY p.pubname
ORDER BY 1, 2
