-- Replicas: empty temporary stand-ins of what changes (the table with bigint columns, views whose output types change), on
-- which texts are tried before anything is touched. pgwiden_replica_<oid> stands for relation <oid>. It bears that relation's
-- name only while a text runs, so that neither our queries nor our state tables (temporary in plan) meet a user's name.
--
-- How a text is tried: refs := capture_reads(class, oid), path := capture_path(refs), read the text with search_path = path
-- and pg_temp last (capture_viewdef and the like: only functions that are qualified run under a user's search_path), then
-- capture_try(text, path, refs): under the same path with pg_temp first its bare names mean the replicas.

-- The replica of a relation; NULL: it has none, it does not change.
CREATE OR REPLACE FUNCTION pg_temp.capture_replica(id oid)
RETURNS oid LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT to_regclass('pg_temp.pgwiden_replica_' || id)::oid
$$;

-- Which relations that have a replica an object (a rule, policy, trigger, function ..) reads, by columns or row type.
CREATE OR REPLACE FUNCTION pg_temp.capture_reads(class oid, id oid)
RETURNS oid[] LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(array_agg(DISTINCT r.relid), '{}')
    FROM pg_depend d
    LEFT JOIN pg_type t ON d.refclassid = 'pg_type'::regclass AND t.oid = d.refobjid
    LEFT JOIN pg_type e ON e.oid = t.typelem
    CROSS JOIN LATERAL (VALUES (CASE WHEN d.refclassid = 'pg_class'::regclass THEN d.refobjid END),
                               (t.typrelid), (e.typrelid)) r (relid)
    WHERE d.classid = class AND d.objid = id AND pg_temp.capture_replica(r.relid) IS NOT NULL
$$;

CREATE OR REPLACE FUNCTION pg_temp.capture_visible(refs oid[], path text)
RETURNS bool LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    r oid;
BEGIN
    PERFORM set_config('search_path', path || ', pg_temp', true);
    FOREACH r IN ARRAY refs LOOP
        IF NOT pg_catalog.pg_table_is_visible(r) THEN
            RETURN false;
        END IF;
    END LOOP;
    RETURN true;
END $$;

-- A search_path under which all of refs are printed bare; NULL: there is none, or two have the same name.
CREATE OR REPLACE FUNCTION pg_temp.capture_path(refs oid[])
RETURNS text LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    path text;
BEGIN
    IF (SELECT count(*) <> count(DISTINCT relname) FROM pg_class WHERE oid = ANY (refs)) THEN
        RETURN NULL;
    END IF;
    FOR path IN
        WITH schema AS (SELECT DISTINCT relnamespace AS id FROM pg_class WHERE oid = ANY (refs))
        SELECT concat_ws(', ', quote_ident(n.nspname),
                         (SELECT string_agg(quote_ident(o.nspname), ', ' ORDER BY o.nspname)
                          FROM schema s JOIN pg_namespace o ON o.oid = s.id WHERE s.id <> n.oid), 'pg_catalog')
        FROM schema f JOIN pg_namespace n ON n.oid = f.id
        ORDER BY n.nspname
    LOOP
        IF pg_temp.capture_visible(refs, path) THEN
            RETURN path;
        END IF;
    END LOOP;
    RETURN CASE WHEN refs = '{}' THEN 'pg_catalog' END;
END $$;

-- Runs a statement on the replicas of refs. NULL: it works, and what it made is there; otherwise PostgreSQL's own message.
CREATE OR REPLACE FUNCTION pg_temp.capture_try(statement text, path text, refs oid[])
RETURNS text LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    away oid[] := (
        -- ours whose names the user's schemas know as well
        SELECT coalesce(array_agg(c.oid), '{}')
        FROM pg_class c
        WHERE c.relnamespace = pg_my_temp_schema() AND c.relname NOT LIKE 'pgwiden\_%'
          AND (EXISTS (SELECT FROM pg_class o WHERE o.relname = c.relname
                          AND o.relnamespace IN (SELECT relnamespace FROM pg_class WHERE oid = ANY (refs)))
               OR EXISTS (SELECT FROM pg_type o WHERE o.typname = c.relname
                             AND o.typnamespace IN (SELECT relnamespace FROM pg_class WHERE oid = ANY (refs)))));
    names name[] := (SELECT array_agg(relname ORDER BY oid) FROM pg_class WHERE oid = ANY (away));
BEGIN
    away := (SELECT coalesce(array_agg(a ORDER BY a), '{}') FROM unnest(away) a);
    FOR i IN 1 .. cardinality(away) LOOP
        EXECUTE format('ALTER TABLE pg_temp.%I RENAME TO pgwiden_away_%s', names[i], i);
    END LOOP;
    FOR i IN 1 .. cardinality(refs) LOOP
        EXECUTE format('ALTER TABLE pg_temp.pgwiden_replica_%s RENAME TO %I', refs[i],
                       (SELECT relname FROM pg_class WHERE oid = refs[i]));
    END LOOP;
    PERFORM set_config('search_path', path, true);
    EXECUTE statement;
    PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
    FOR i IN 1 .. cardinality(refs) LOOP
        EXECUTE format('ALTER TABLE pg_temp.%I RENAME TO pgwiden_replica_%s',
                       (SELECT relname FROM pg_class WHERE oid = refs[i]), refs[i]);
    END LOOP;
    FOR i IN 1 .. cardinality(away) LOOP
        EXECUTE format('ALTER TABLE pg_temp.pgwiden_away_%s RENAME TO %I', i, names[i]);
    END LOOP;
    RETURN NULL;
EXCEPTION WHEN OTHERS THEN
    -- a lock that was not got, a full disk, a shutdown say nothing about the text
    IF left(SQLSTATE, 2) IN ('08', '25', '40', '53', '55', '57', '58', 'XX') THEN
        RAISE;
    END IF;
    RETURN SQLERRM;
END $$;

-- The replica of a table of the tree: every column where it stands now, so that a text binds as it does now. Primary keys
-- are what GROUP BY needs.
CREATE OR REPLACE FUNCTION pg_temp.capture_replica_table(rel oid, c int)
RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pgwiden AS $$
DECLARE
    columns text := (
        SELECT string_agg(format('%I %s%s', attname,
                                 CASE WHEN attnum IN (SELECT attnum FROM tree_column WHERE conversion = c AND relid = rel)
                                      THEN 'bigint' ELSE format_type(atttypid, atttypmod) END,
                                 ' COLLATE ' || nullif(attcollation, 0)::regcollation), ', ' ORDER BY attnum)
        FROM pg_attribute WHERE attrelid = rel AND attnum > 0 AND NOT attisdropped);
    key text := (
        SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY k.n)
        FROM pg_constraint p
        CROSS JOIN unnest(p.conkey) WITH ORDINALITY k (attnum, n)
        JOIN pg_attribute a ON a.attrelid = rel AND a.attnum = k.attnum
        WHERE p.conrelid = rel AND p.contype = 'p');
BEGIN
    EXECUTE format('CREATE TEMPORARY TABLE pgwiden_replica_%s (%s) USING heap', rel, columns);
    IF key IS NOT NULL THEN
        EXECUTE format('ALTER TABLE pg_temp.pgwiden_replica_%s ADD PRIMARY KEY (%s)', rel, key);
    END IF;
    -- functions that take a row of the table take one of the replica
    EXECUTE format('CREATE CAST (pg_temp.pgwiden_replica_%s AS %s) WITH INOUT AS IMPLICIT', rel, rel::regclass);
END $$;

CREATE OR REPLACE FUNCTION pg_temp.capture_replica_drop()
RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    statement text;
BEGIN
    FOR statement IN
        WITH replica AS (
            SELECT relname, relkind, reltype FROM pg_class
            WHERE relnamespace = pg_my_temp_schema() AND relname LIKE 'pgwiden\_replica\_%' AND relkind IN ('v', 'r')
        ), part (place, text) AS (
            SELECT 1, format('DROP CAST (%s AS %s)', castsource::regtype, casttarget::regtype)
            FROM replica JOIN pg_cast ON castsource = reltype
            UNION ALL
            SELECT CASE relkind WHEN 'v' THEN 2 ELSE 3 END,
                   format('DROP %s %s', CASE relkind WHEN 'v' THEN 'VIEW' ELSE 'TABLE' END,
                          string_agg('pg_temp.' || quote_ident(relname), ', '))
            FROM replica GROUP BY relkind
        )
        SELECT text FROM part ORDER BY place
    LOOP
        EXECUTE statement;
    END LOOP;
END $$;
