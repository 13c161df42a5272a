-- Views. One whose output types change with the column is dropped and made again; one whose types stay is replaced and
-- keeps its OID, so that what reads it is left alone. Which of both is seen on replicas (70_replica.sql), in the order in
-- which the views read each other.
--
-- definition.detail of a view:
--   level     1: reads only the table; otherwise one more than the highest view below it
--   fate      drop, replace; rename: dropped later, a materialized view hangs on it
--   drop      what detaches it before anything else is changed; absent: nothing binds it
--   error     why the text does not work on bigint; code: the refusal's name, when it is not function-signature

-- What becomes of it is decided here alone: does an object depend on a widened column, on a key that the swap exchanges, or
-- on a view that will be another one?
CREATE OR REPLACE FUNCTION pg_temp.capture_touched(c int, class oid, id oid, rel oid, widened int2[], dropped oid[])
RETURNS bool LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pgwiden AS $$
#variable_conflict use_column
BEGIN
    RETURN (
    SELECT EXISTS (
        SELECT FROM pg_depend d
        LEFT JOIN pg_type t ON d.refclassid = 'pg_type'::regclass AND t.oid = d.refobjid
        LEFT JOIN pg_type e ON e.oid = t.typelem
        LEFT JOIN pg_constraint k ON d.refclassid = 'pg_constraint'::regclass AND k.oid = d.refobjid
        WHERE d.classid = class AND d.objid = id
          AND (d.refclassid = 'pg_class'::regclass
               AND (d.refobjid = rel AND d.refobjsubid = ANY (widened) OR d.refobjid = ANY (dropped))
               OR t.typrelid = ANY (dropped) OR e.typrelid = ANY (dropped)
               OR k.conrelid = rel AND k.conindid IN (SELECT oid FROM definition WHERE conversion = c AND kind = 'index'))));
END $$;

-- Every view that reads rel, through other views as well, with its level.
CREATE OR REPLACE FUNCTION pg_temp.capture_readers(rel oid)
RETURNS TABLE (id oid, level int, rule oid) LANGUAGE plpgsql STABLE SET search_path = pg_catalog AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH RECURSIVE up (id, level, rule) AS (
        SELECT rel, 0, NULL::oid
        UNION
        SELECT w.ev_class, up.level + 1, w.oid
        FROM up
        JOIN pg_class b ON b.oid = up.id
        LEFT JOIN pg_type t ON t.oid = b.reltype
        JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass
                        AND (d.refclassid = 'pg_class'::regclass AND d.refobjid = up.id
                             OR d.refclassid = 'pg_type'::regclass AND d.refobjid IN (t.oid, t.typarray))
        JOIN pg_rewrite w ON w.oid = d.objid AND w.rulename = '_RETURN' AND w.ev_class <> up.id
        JOIN pg_class v ON v.oid = w.ev_class AND v.relkind = 'v'
        WHERE up.level < 100    -- views that read each other in a circle can be made, but not read
    )
    SELECT id, max(level), rule FROM up WHERE id <> rel GROUP BY id, rule;
END $$;

CREATE OR REPLACE FUNCTION pg_temp.capture_tree_readers(bases oid[])
RETURNS TABLE (id oid, level int, rule oid) LANGUAGE plpgsql STABLE SET search_path = pg_catalog AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT r.id, max(r.level), r.rule FROM unnest(bases) b CROSS JOIN LATERAL pg_temp.capture_readers(b) r GROUP BY r.id, r.rule;
END $$;

-- Deparsing under a user's search_path: these run nothing else under it.
CREATE OR REPLACE FUNCTION pg_temp.capture_viewdef(id oid, path text)
RETURNS text LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM set_config('search_path', path || ', pg_temp', true);
    RETURN pg_catalog.pg_get_viewdef(id);
END $$;
CREATE OR REPLACE FUNCTION pg_temp.capture_ruledef(id oid, path text)
RETURNS text LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM set_config('search_path', path || ', pg_temp', true);
    RETURN pg_catalog.pg_get_ruledef(id, true);
END $$;
CREATE OR REPLACE FUNCTION pg_temp.capture_expression(expression pg_node_tree, id oid, path text)
RETURNS text LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM set_config('search_path', path || ', pg_temp', true);
    RETURN pg_catalog.pg_get_expr(expression, id);
END $$;

CREATE OR REPLACE FUNCTION pg_temp.capture_view_columns(id oid)
RETURNS text LANGUAGE plpgsql STABLE SET search_path = pg_catalog AS $$
#variable_conflict use_column
BEGIN
    RETURN (
    SELECT coalesce(' (' || string_agg(quote_ident(attname), ', ' ORDER BY attnum) || ')', '')
    FROM pg_attribute WHERE attrelid = id AND attnum > 0 AND NOT attisdropped);
END $$;

-- Does the text bind to other columns of the table than the view does (through the rows that a function returns)?
CREATE OR REPLACE FUNCTION pg_temp.capture_misbound(id oid, replica oid, rel oid, widened int2[], dropped oid[])
RETURNS bool LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN (
    WITH bound AS (
        SELECT w.ev_class, d.refobjid, a.attname, d.refobjsubid
        FROM pg_rewrite w
        JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid AND d.refclassid = 'pg_class'::regclass
        LEFT JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid AND a.attnum <> 0
        WHERE w.ev_class IN (id, replica)
    )
    SELECT EXISTS (SELECT FROM bound
                   WHERE ev_class = replica
                     AND (refobjid = rel AND refobjsubid = ANY (widened) OR refobjid = ANY (dropped)
                          OR refobjid = pg_temp.capture_replica(rel)
                             AND attname NOT IN (SELECT attname FROM bound
                                                 WHERE ev_class = id AND refobjid = rel AND attname IS NOT NULL))));
END $$;

-- Does the text list all columns of the table by position, as `FROM t AS x(a, b)` and some joins do? The position changes in
-- the swap. Such a text shows a column that is added.
-- Materialized views (84_matviews.sql), whose replicas are views, get none.
CREATE OR REPLACE FUNCTION pg_temp.capture_positional(replica oid, rel oid)
RETURNS bool LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    text text;
BEGIN
    IF (SELECT relkind <> 'r' FROM pg_class WHERE oid = pg_temp.capture_replica(rel)) THEN
        RETURN false;
    END IF;
    EXECUTE format('ALTER TABLE pg_temp.pgwiden_replica_%s ADD COLUMN pgwiden_probe int', rel);
    text := pg_get_viewdef(replica);
    RAISE SQLSTATE 'PW009';    -- takes the column back
EXCEPTION WHEN SQLSTATE 'PW009' THEN
    RETURN strpos(text, 'pgwiden_probe') > 0;
END $$;

-- Why the text of a view does not mean the same on the widened table, as error and hint; NULL: it does.
CREATE OR REPLACE FUNCTION pg_temp.capture_meaning(id oid, replica oid, rel oid, widened int2[], dropped oid[])
RETURNS jsonb LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM pg_rewrite AS w
                    JOIN pg_depend AS d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid
               WHERE w.ev_class = replica AND d.refclassid = 'pg_class'::regclass AND d.refobjid = rel
                 AND d.refobjsubid = ANY (widened)) THEN
        RETURN jsonb_build_object(
            'error', 'it reads rows of the table through a function', 'hint',
            'Let the function return columns of its own (RETURNS TABLE ..), or drop the view and create it again after the '
            'conversion.');
    ELSIF pg_temp.capture_misbound(id, replica, rel, widened, dropped) OR pg_temp.capture_positional(replica, rel) THEN
        RETURN jsonb_build_object(
            'error', 'its text names columns of the table by their position, and the position changes', 'hint',
            'Write the columns by name: (SELECT a AS x, b AS y FROM t) instead of t AS t(x, y), no alias for a join as a whole.');
    END IF;
    RETURN NULL;
END $$;

-- Are the output types of the replica those of the view? A row of the table stays one, a row of another view doesn't.
CREATE OR REPLACE FUNCTION pg_temp.capture_types_stay(id oid, replica oid, rel oid)
RETURNS bool LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN (
    SELECT NOT EXISTS (
        SELECT FROM pg_attribute o
        JOIN pg_attribute n ON n.attrelid = replica AND n.attnum = o.attnum
        LEFT JOIN pg_class s ON s.oid = pg_temp.capture_replica(rel)
        LEFT JOIN pg_type row ON row.oid = s.reltype
        JOIN pg_class r ON r.oid = rel
        JOIN pg_type t ON t.oid = r.reltype
        WHERE o.attrelid = id AND o.attnum > 0
          AND (CASE n.atttypid WHEN row.oid THEN t.oid WHEN row.typarray THEN t.typarray ELSE n.atttypid END,
               n.atttypmod, n.attcollation) <> (o.atttypid, o.atttypmod, o.attcollation)));
END $$;

-- Rules and column defaults of a view that is made again, tried on its replica. NULL: all work.
CREATE OR REPLACE FUNCTION pg_temp.capture_view_parts(view oid)
RETURNS text LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    p record;
    refs oid[];
    path text;
    error text;
BEGIN
    FOR p IN
        SELECT 'pg_rewrite'::regclass AS class, w.oid, NULL::name AS attname, NULL::pg_node_tree AS expression
        FROM pg_rewrite w WHERE w.ev_class = view AND w.rulename <> '_RETURN'
        UNION ALL
        SELECT 'pg_attrdef'::regclass, d.oid, a.attname, d.adbin
        FROM pg_attrdef d JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum WHERE d.adrelid = view
    LOOP
        refs := pg_temp.capture_reads(p.class, p.oid);
        path := pg_temp.capture_path(refs);
        error := CASE WHEN path IS NULL THEN 'relations with the same name in different schemas' END;
        IF error IS NULL AND p.attname IS NULL THEN
            error := pg_temp.capture_try(pg_temp.capture_ruledef(p.oid, path), path, refs);
        ELSIF error IS NULL THEN
            error := pg_temp.capture_try(format('ALTER VIEW %I ALTER COLUMN %I SET DEFAULT %s',
                                                (SELECT relname FROM pg_class WHERE oid = view), p.attname,
                                                pg_temp.capture_expression(p.expression, view, path)), path, refs);
        END IF;
        IF error IS NOT NULL THEN
            RETURN error;
        END IF;
    END LOOP;
    RETURN NULL;
END $$;

-- What can't be made again whatever its text says: code, error, hint; NULL: nothing of that kind.
CREATE OR REPLACE FUNCTION pg_temp.capture_view_refused(view oid)
RETURNS jsonb LANGUAGE plpgsql STABLE SET search_path = pg_catalog AS $$
#variable_conflict use_column
BEGIN
    RETURN (
    SELECT CASE
        WHEN c.relpersistence = 't' THEN jsonb_build_object('code', 'view',
            'error', 'it is a temporary view of a session', 'hint', 'Drop it, or wait until that session ends.')
        WHEN EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = view AND deptype = 'e')
            THEN jsonb_build_object('code', 'extension-member', 'error', 'it belongs to an extension',
                'hint', 'Drop the extension, or take the view out of it (ALTER EXTENSION .. DROP VIEW ..).')
        WHEN EXISTS (SELECT FROM pg_seclabel WHERE classoid = 'pg_class'::regclass AND objoid = view)
            THEN jsonb_build_object('code', 'view', 'error', 'it has a security label, and these are not carried',
                'hint', 'Take the label away (SECURITY LABEL .. IS NULL) and set it again after the conversion.')
        WHEN NOT pg_has_role(c.relowner, 'USAGE') THEN jsonb_build_object('code', 'privilege-missing',
            'error', 'it reads the column and is made again, which takes its owner',
            'hint', format('Run as a member of %s.', c.relowner::regrole))
        WHEN NOT has_schema_privilege(c.relnamespace, 'CREATE') THEN jsonb_build_object('code', 'privilege-missing',
            'error', 'it reads the column and is made again, which takes CREATE on its schema',
            'hint', format('GRANT CREATE ON SCHEMA %s TO %I;', c.relnamespace::regnamespace, current_user))
        -- GRANT is run by whoever granted it
        WHEN EXISTS (SELECT FROM aclexplode(c.relacl) x
                     WHERE x.grantor <> c.relowner
                       AND NOT (pg_has_role(x.grantor, 'MEMBER') AND has_schema_privilege(x.grantor, c.relnamespace, 'USAGE')))
            THEN jsonb_build_object('code', 'privilege-missing',
                'error', 'it reads the column and is made again, and others than its owner have granted privileges on it',
                'hint', 'Run as a member of the roles that have granted them; they need USAGE on its schema.')
        WHEN c.relowner <> quote_ident(current_user)::regrole AND NOT has_schema_privilege(c.relowner, c.relnamespace, 'CREATE')
             AND NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)
            THEN jsonb_build_object('code', 'privilege-missing',
                'error', 'it reads the column and is made again, and its owner lacks CREATE on its schema',
                'hint', format('GRANT CREATE ON SCHEMA %s TO %s;', c.relnamespace::regnamespace, c.relowner::regrole))
        END
    FROM pg_class c WHERE c.oid = view);
END $$;

-- Makes a view's replica and says what becomes of the view: fate; error, code, hint.
CREATE OR REPLACE FUNCTION pg_temp.capture_view_tried(view oid, rule oid, rel oid, widened int2[], dropped oid[])
RETURNS jsonb LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    refs oid[] := pg_temp.capture_reads('pg_rewrite'::regclass, rule);
    path text := pg_temp.capture_path(refs);
    refused jsonb := pg_temp.capture_view_refused(view);
    error text;
    replica oid;
BEGIN
    IF refused IS NOT NULL THEN
        RETURN '{"fate": "drop"}' || refused;
    ELSIF path IS NULL THEN
        RETURN jsonb_build_object(
            'fate', 'drop', 'code', 'view', 'error', 'it reads two relations of the same name that both change', 'hint',
            'Rename one of them, or drop the view and create it again after the conversion.');
    END IF;
    error := pg_temp.capture_try(format('CREATE TEMPORARY VIEW pgwiden_replica_%s%s AS %s', view,
                                        pg_temp.capture_view_columns(view), pg_temp.capture_viewdef(view, path)), path, refs);
    IF error IS NOT NULL THEN
        RETURN jsonb_build_object('fate', 'drop', 'error', error);
    END IF;
    replica := pg_temp.capture_replica(view);
    refused := pg_temp.capture_meaning(view, replica, rel, widened, dropped);
    IF refused IS NOT NULL THEN
        RETURN '{"fate": "drop", "code": "view"}' || refused;
    ELSIF pg_temp.capture_types_stay(view, replica, rel) THEN
        EXECUTE format('DROP VIEW pg_temp.pgwiden_replica_%s', view);
        RETURN '{"fate": "replace"}';
    END IF;
    RETURN jsonb_strip_nulls(jsonb_build_object('fate', 'drop', 'error', pg_temp.capture_view_parts(view)));
END $$;

-- What makes the view (again).
CREATE OR REPLACE FUNCTION pg_temp.capture_view_text(view oid, fate text)
RETURNS text LANGUAGE plpgsql STABLE SET search_path = pg_catalog AS $$
#variable_conflict use_column
BEGIN
    RETURN (
    WITH v AS (
        SELECT format('%I.%I', nspname, relname) AS name, relowner, reloptions
        FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE c.oid = view
    ), part (ord, number, text) AS (
        SELECT 1, 0::bigint, format(E'CREATE %sVIEW %s%s%s AS\n%s', CASE fate WHEN 'replace' THEN 'OR REPLACE ' END, name,
                                    pg_temp.capture_view_columns(view),
                                    (SELECT ' WITH (' || string_agg(format('%I=%L', option_name, option_value), ', ') || ')'
                                     FROM pg_options_to_table(reloptions)),
                                    rtrim(pg_get_viewdef(view), ';'))
        FROM v
        UNION ALL
        SELECT 2, adnum, format('ALTER VIEW %s ALTER COLUMN %I SET DEFAULT %s', name, attname, pg_get_expr(adbin, adrelid))
        FROM v, pg_attrdef JOIN pg_attribute ON attrelid = adrelid AND attnum = adnum
        WHERE adrelid = view AND fate <> 'replace'
        UNION ALL
        SELECT 3, w.oid::bigint, concat_ws('; ',
               CASE WHEN rulename <> '_RETURN' THEN rtrim(pg_get_ruledef(w.oid), ';') END,
               'COMMENT ON RULE ' || quote_ident(rulename) || ' ON ' || name || ' IS ' || quote_literal(d.description))
        FROM v, pg_rewrite w
        LEFT JOIN pg_description d ON d.classoid = 'pg_rewrite'::regclass AND d.objoid = w.oid
        WHERE ev_class = view AND fate <> 'replace' AND (rulename <> '_RETURN' OR d.description IS NOT NULL)
        UNION ALL
        SELECT 4, t.oid::bigint, concat_ws('; ', pg_get_triggerdef(t.oid),
               (SELECT string_agg(format('ALTER TRIGGER %I ON %s DEPENDS ON EXTENSION %I', tgname, name, extname), '; ')
                FROM pg_depend p JOIN pg_extension e ON e.oid = p.refobjid AND p.refclassid = 'pg_extension'::regclass
                WHERE p.classid = 'pg_trigger'::regclass AND p.objid = t.oid AND p.deptype = 'x'),
               'COMMENT ON TRIGGER ' || quote_ident(tgname) || ' ON ' || name || ' IS '
               || quote_literal(obj_description(t.oid, 'pg_trigger')))
        FROM v, pg_trigger t
        WHERE tgrelid = view AND NOT tgisinternal AND fate <> 'replace'
        UNION ALL
        SELECT 5, 0, pg_temp.capture_grants(view) WHERE fate <> 'replace'
        UNION ALL
        SELECT 6, objsubid, format('COMMENT ON %s %s%s IS %L', CASE objsubid WHEN 0 THEN 'VIEW' ELSE 'COLUMN' END, name,
                                   '.' || quote_ident(attname), description)
        FROM v, pg_description
        LEFT JOIN pg_attribute ON attrelid = view AND attnum = objsubid AND attnum > 0
        WHERE objoid = view AND classoid = 'pg_class'::regclass AND fate <> 'replace'
    )
    SELECT string_agg(text, E';\n' ORDER BY ord, number) FROM part WHERE text IS NOT NULL);
END $$;

-- What detaches a view from all that it reads; NULL: it can stay until it is replaced.
CREATE OR REPLACE FUNCTION pg_temp.capture_view_drop(c int, view oid, fate text, bound bool)
RETURNS text LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pgwiden AS $$
#variable_conflict use_column
BEGIN
    RETURN (
    SELECT CASE fate
           WHEN 'drop' THEN 'DROP VIEW ' || name
           WHEN 'rename' THEN format('ALTER VIEW %s RENAME TO pgwiden_oldview_%s', name,
                                     (SELECT number FROM definition WHERE conversion = c AND kind = 'view' AND oid = view))
           WHEN 'replace' THEN CASE WHEN bound THEN format('CREATE OR REPLACE VIEW %s%s AS SELECT %s', name,
                                                           pg_temp.capture_view_columns(view), columns) END
           END
    FROM (SELECT format('%I.%I', nspname, relname) AS name,
                 (SELECT string_agg(format('NULL::%s%s', format_type(atttypid, atttypmod),
                                           ' COLLATE ' || nullif(attcollation, 0)::regcollation), ', ' ORDER BY attnum)
                  FROM pg_attribute WHERE attrelid = view AND attnum > 0) AS columns
          FROM pg_class v JOIN pg_namespace n ON n.oid = relnamespace WHERE v.oid = view) x);
END $$;

-- Of the views that can't stay: those that a materialized view hangs on, directly or through one of them, from the outermost
-- inwards. They are renamed away, since the materialized view is exchanged only after the swap.
CREATE OR REPLACE FUNCTION pg_temp.capture_renamed(dropped oid[])
RETURNS oid[] LANGUAGE plpgsql STABLE SET search_path = pg_catalog AS $$
#variable_conflict use_column
BEGIN
    RETURN (
        WITH RECURSIVE reads AS (
            SELECT DISTINCT d.refobjid AS below, w.ev_class AS above, v.relkind
            FROM pg_depend d
            JOIN pg_rewrite w ON w.oid = d.objid AND w.rulename = '_RETURN'
            JOIN pg_class v ON v.oid = w.ev_class
            WHERE d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass
              AND d.refobjid = ANY (dropped) AND w.ev_class <> d.refobjid
              AND (v.relkind = 'm' OR v.oid = ANY (dropped))
        ), renamed (id) AS (
            SELECT below FROM reads WHERE relkind = 'm'
            UNION
            SELECT below FROM renamed JOIN reads ON above = id
        )
        SELECT coalesce(array_agg(id), '{}') FROM renamed
    );
END $$;

-- Returns the views that are dropped or renamed and made again. The replicas stay for the texts that come next.
CREATE OR REPLACE FUNCTION pg_temp.capture_views(c int, rel oid)
RETURNS oid[] LANGUAGE plpgsql SET search_path = pg_catalog, pgwiden AS $$
DECLARE
    v record;
    dropped oid[] := '{}';
    failed oid[] := '{}';
    renamed oid[];
    tried jsonb;
    fates jsonb := '{}';
    fate text;
    bases oid[];
    base oid;
    widened int2[];  -- of base
    bound bool;
BEGIN
    -- views may read a partition as well
    bases := rel || ARRAY(SELECT DISTINCT t.relid FROM tree_column t
                          WHERE t.conversion = c AND t.relid <> rel AND EXISTS (SELECT FROM pg_temp.capture_readers(t.relid)));
    FOREACH base IN ARRAY bases LOOP
        PERFORM pg_temp.capture_replica_table(base, c);
    END LOOP;
    FOR v IN SELECT * FROM pg_temp.capture_tree_readers(bases) ORDER BY level, id LOOP
        -- what reads a view that is refused is not looked at
        CONTINUE WHEN EXISTS (SELECT FROM pg_depend
                              WHERE classid = 'pg_rewrite'::regclass AND objid = v.rule
                                AND refclassid = 'pg_class'::regclass AND refobjid = ANY (failed));
        SELECT t.relid, t.attnums INTO base, widened
        FROM (SELECT relid, array_agg(attnum) AS attnums FROM tree_column WHERE conversion = c GROUP BY relid) t
        WHERE t.relid = ANY (bases)
          AND pg_temp.capture_touched(c, 'pg_rewrite'::regclass, v.rule, t.relid, t.attnums, dropped)
        ORDER BY t.relid <> rel
        LIMIT 1;
        CONTINUE WHEN NOT FOUND;
        tried := pg_temp.capture_view_tried(v.id, v.rule, base, widened, dropped);
        fates := fates || jsonb_build_object(v.id, tried || jsonb_build_object('level', v.level));
        IF tried ? 'error' THEN
            failed := failed || v.id;
        ELSIF tried ->> 'fate' = 'drop' THEN
            dropped := dropped || v.id;
        END IF;
    END LOOP;
    renamed := pg_temp.capture_renamed(dropped);
    DELETE FROM definition WHERE conversion = c AND kind = 'view' AND NOT fates ? oid::text;
    FOR v IN
        SELECT r.id, r.rule, r.level, relname, fates -> r.id::text AS facts
        FROM pg_temp.capture_tree_readers(bases) r JOIN pg_class ON pg_class.oid = r.id
        WHERE fates ? r.id::text
        ORDER BY r.level, r.id
    LOOP
        bound := EXISTS (SELECT FROM unnest(bases) b
                         WHERE pg_temp.capture_touched(c, 'pg_rewrite'::regclass, v.rule, b, '{}', dropped));
        fate := CASE WHEN v.id = ANY (renamed) THEN 'rename' ELSE v.facts ->> 'fate' END;
        IF NOT EXISTS (SELECT FROM definition WHERE conversion = c AND kind = 'view' AND oid = v.id) THEN
            -- its number is part of the text
            PERFORM pg_temp.capture_text(c, 'view', v.id, rel, v.relname, '', v.facts);
        END IF;
        PERFORM pg_temp.capture_text(
            c, 'view', v.id, rel, v.relname, pg_temp.capture_view_text(v.id, fate),
            v.facts || jsonb_build_object('fate', fate, 'drop', pg_temp.capture_view_drop(c, v.id, fate, bound)));
    END LOOP;
    RETURN dropped;
END $$;
