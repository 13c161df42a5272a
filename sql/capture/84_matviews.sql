-- Materialized views that can't follow the swap by themselves, and their texts of before it. One stands on the columns,
-- on a view that is made again, or, directly or through views, on another such materialized view: its level is one more
-- than theirs. They go on with what the old columns hold until they are rebuilt after the swap (sql/matview/).
--
-- definition.detail of a materialized view:
--   schema, level
--   top       what its exchange will do to the views on it, as of now (capture_top); absent: there is none
--   error     why the text does not work on bigint; code: the refusal's name, when it is not function-signature
--   refreshed matview/populate.sql

-- What can't be carried, whatever its text says.
CREATE OR REPLACE FUNCTION pg_temp.capture_matview_refused(c int, m oid, views oid[])
RETURNS jsonb LANGUAGE sql STABLE SET search_path = pg_catalog, pgwiden AS $$
    WITH RECURSIVE below (id) AS (  -- itself and the views under it that are made again
        SELECT m
        UNION
        SELECT d.refobjid
        FROM below
        JOIN pg_rewrite w ON w.ev_class = below.id AND w.rulename = '_RETURN'
        JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid
                        AND d.refclassid = 'pg_class'::regclass AND d.refobjid = ANY (views)
    ), rule AS (
        SELECT w.oid, w.ev_action::text AS tree FROM below JOIN pg_rewrite w ON w.ev_class = below.id AND w.rulename = '_RETURN'
    ), refusal (place, code, error, hint) AS (
        SELECT 1, CASE r ->> 'code' WHEN 'view' THEN 'materialized-view' ELSE r ->> 'code' END, r ->> 'error', r ->> 'hint'
        FROM pg_temp.capture_view_refused(m) r
        WHERE r IS NOT NULL
        UNION ALL
        SELECT 2, 'row-type-in-use', format('%s uses its row type', pg_describe_object(d.classid, d.objid, d.objsubid)), NULL
        FROM pg_class o
        JOIN pg_type t ON t.oid = o.reltype
        JOIN pg_depend d ON d.refclassid = 'pg_type'::regclass AND d.refobjid IN (t.oid, t.typarray) AND d.deptype = 'n'
        WHERE o.oid = m
        UNION ALL
        SELECT 3, 'row-type-in-use',
               'it reads rows of the table as a whole, and would keep the old column that they have until cleanup',
               'Let it read the columns that it means, or drop it and create it again after the conversion.'
        FROM rule, pg_class o
        WHERE o.oid IN (SELECT relid FROM tree_column WHERE conversion = c)
          AND position(format(':varattno 0 :vartype %s ', o.reltype) IN tree) > 0
        UNION ALL
        SELECT 4, 'materialized-view', format('its GROUP BY rests on %s, which PostgreSQL does not let go while it stands',
                                              pg_describe_object('pg_constraint'::regclass, k.oid, 0)),
               'Let it group by all columns that it shows, or drop it and create it again after the conversion.'
        FROM rule
        JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = rule.oid AND d.refclassid = 'pg_constraint'::regclass
        JOIN pg_constraint k ON k.oid = d.refobjid
        JOIN definition i ON i.conversion = c AND i.kind = 'index' AND i.oid = k.conindid
        UNION ALL
        SELECT 5, 'privilege-missing', format('%s has passed on privileges on it, and has to do so again', x.grantor::regrole),
               format('Run as a member of %s as well.', x.grantor::regrole)
        FROM (SELECT (aclexplode(relacl)).grantor FROM pg_class WHERE oid = m
              UNION SELECT (aclexplode(attacl)).grantor FROM pg_attribute WHERE attrelid = m) x
        WHERE NOT pg_has_role(x.grantor, 'MEMBER')
        UNION ALL
        SELECT 6, 'privilege-missing',
               format('it or an index of it is in tablespace %I, where it is made again, which takes CREATE', s.spcname),
               format('GRANT CREATE ON TABLESPACE %I TO %I;', s.spcname, current_user)
        FROM pg_class o JOIN pg_tablespace s ON s.oid = o.reltablespace
        WHERE (o.oid = m OR o.oid IN (SELECT indexrelid FROM pg_index WHERE indrelid = m))
          AND NOT has_tablespace_privilege(s.oid, 'CREATE')
    )
    SELECT jsonb_strip_nulls(to_jsonb(r) - 'place') FROM refusal r ORDER BY place, error LIMIT 1
$$;

-- What follows USING in an index's text, for the new materialized view: an operator class that was spelled out for int4 or
-- int2 gives way to its sibling for bigint where the column is bigint now.
CREATE OR REPLACE FUNCTION pg_temp.matview_index(index oid, new oid)
RETURNS text LANGUAGE plpgsql STABLE SET search_path = pg_catalog AS $$
DECLARE
    tail text := pg_temp.capture_index_tail(index);
    k record;
BEGIN
    FOR k IN
        SELECT format('%I %I', a.attname, o.opcname) AS narrow,
               format('%I ', a.attname) || CASE WHEN s.nspname = 'pg_catalog' THEN format('%I', w.opcname)
                                                ELSE format('%I.%I', s.nspname, w.opcname) END AS wide
        FROM pg_index i
        CROSS JOIN LATERAL unnest(i.indclass::oid[], i.indkey::int2[]) u (opclass, attnum)
        JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = u.attnum
        JOIN pg_attribute n ON n.attrelid = new AND n.attname = a.attname AND n.atttypid = 'int8'::regtype
        JOIN pg_opclass o ON o.oid = u.opclass AND o.opcintype IN ('int4'::regtype, 'int2'::regtype) AND NOT o.opcdefault
        JOIN pg_opclass w ON w.opcfamily = o.opcfamily AND w.opcmethod = o.opcmethod AND w.opcintype = 'int8'::regtype
        JOIN pg_namespace s ON s.oid = w.opcnamespace
        WHERE i.indexrelid = index
    LOOP
        tail := replace(tail, k.narrow, k.wide);
    END LOOP;
    RETURN tail;
END $$;

-- Its indexes, tried on an empty table of the replica's types. NULL: all work.
CREATE OR REPLACE FUNCTION pg_temp.capture_matview_indexes(m oid)
RETURNS text LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    i record;
    error text;
BEGIN
    EXECUTE format('CREATE TEMPORARY TABLE pgwiden_replica USING heap AS '
                   'SELECT * FROM pg_temp.pgwiden_replica_%s WITH NO DATA', m);
    FOR i IN SELECT indexrelid AS id, indisunique FROM pg_index WHERE indrelid = m AND indisvalid ORDER BY indexrelid LOOP
        error := coalesce(error, format('index %s: ', i.id::regclass) || pg_temp.capture_try(
                     format('CREATE %sINDEX ON pg_temp.pgwiden_replica %s', CASE WHEN i.indisunique THEN 'UNIQUE ' ELSE '' END,
                            pg_temp.matview_index(i.id, to_regclass('pg_temp.pgwiden_replica'))), 'pg_catalog', '{}'));
    END LOOP;
    EXECUTE 'DROP TABLE pg_temp.pgwiden_replica';
    RETURN error;
END $$;

-- Makes a materialized view's replica and tries what stands on it. NULL: all works.
CREATE OR REPLACE FUNCTION pg_temp.capture_matview_tried(c int, m oid, views oid[])
RETURNS jsonb LANGUAGE plpgsql SET search_path = pg_catalog, pgwiden AS $$
DECLARE
    rule oid := (SELECT oid FROM pg_rewrite WHERE ev_class = m AND rulename = '_RETURN');
    refs oid[] := pg_temp.capture_reads('pg_rewrite'::regclass, rule);
    path text := pg_temp.capture_path(refs);
    refused jsonb := pg_temp.capture_matview_refused(c, m, views);
    error text;
BEGIN
    IF refused IS NOT NULL THEN
        RETURN refused;
    ELSIF path IS NULL THEN
        RETURN jsonb_build_object(
            'code', 'materialized-view', 'error', 'it reads two relations of the same name that both change', 'hint',
            'Rename one of them, or drop it and create it again after the conversion.');
    END IF;
    error := pg_temp.capture_try(format('CREATE TEMPORARY VIEW pgwiden_replica_%s%s AS %s', m, pg_temp.capture_view_columns(m),
                                        pg_temp.capture_viewdef(m, path)), path, refs);
    IF error IS NOT NULL THEN
        RETURN jsonb_build_object('error', error);
    END IF;
    SELECT r.refused
    INTO refused
    FROM (SELECT pg_temp.capture_meaning(m, pg_temp.capture_replica(m), t.relid, t.attnums, views) AS refused
          FROM (SELECT relid, array_agg(attnum) AS attnums FROM tree_column
                WHERE conversion = c AND relid = ANY (refs) GROUP BY relid) AS t) AS r
    WHERE r.refused IS NOT NULL
    LIMIT 1;
    IF refused IS NOT NULL THEN
        RETURN '{"code": "materialized-view"}' || refused;
    END IF;
    error := pg_temp.capture_matview_indexes(m);
    RETURN CASE WHEN error IS NOT NULL THEN jsonb_build_object('error', error) END;
END $$;

-- Of the views that can't stay: those that a materialized view hangs on, or a view that stepped aside before.
CREATE OR REPLACE FUNCTION pg_temp.capture_aside(dropped oid[])
RETURNS oid[] LANGUAGE sql STABLE SET search_path = pg_catalog AS $$
    WITH RECURSIVE aside (id) AS (
        SELECT oid FROM pg_class WHERE relkind = 'm' OR relkind = 'v' AND relname ~ '^pgwiden_oldview_[0-9]+$'
        UNION
        SELECT d.refobjid
        FROM aside
        JOIN pg_rewrite w ON w.ev_class = aside.id AND w.rulename = '_RETURN'
        JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid AND d.refclassid = 'pg_class'::regclass
                        AND d.refobjid = ANY (dropped)
    )
    SELECT coalesce(array_agg(id), '{}') FROM aside WHERE id = ANY (dropped)
$$;

-- Whoever waits behind the first lock of a message waits no longer than --lock-timeout for all that follow it (core/plan/lock.c).
CREATE OR REPLACE FUNCTION pg_temp.matview_patience()
RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT 'SELECT set_config(''lock_timeout'', greatest(1, current_setting(''pgwiden.patience'')::float8 - extract(epoch FROM '
           'clock_timestamp() - current_setting(''pgwiden.asked'')::timestamptz) * 1000)::int::text, true)'
$$;

-- What hangs on the views that can't stay, or on the materialized view, and is carried by its text: policies, rules, functions.
-- error: it can't be made again, or is of no such kind.
CREATE OR REPLACE FUNCTION pg_temp.capture_top_texts(c int, m oid, dropped oid[])
RETURNS TABLE (kind text, relation oid, original text, dropped text, code text, error text)
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    WITH found AS (
        SELECT f.*, CASE f.kind WHEN 'function' THEN 'pg_proc'::regclass WHEN 'policy' THEN 'pg_policy'::regclass
                    WHEN 'rule' THEN 'pg_rewrite'::regclass WHEN 'trigger' THEN 'pg_trigger'::regclass END AS class,
               pg_has_role(f.owner, 'USAGE') AS allowed
        FROM pg_temp.capture_texts_found(c, m, dropped) f
    ), gone AS (
        SELECT o.oid, o.reltype, t.typarray FROM pg_class o JOIN pg_type t ON t.oid = o.reltype WHERE o.oid = ANY (dropped)
    )
    SELECT f.kind, CASE WHEN f.kind IN ('rule', 'policy') THEN f.relid END, f.original, f.dropped,
           CASE WHEN NOT allowed THEN 'privilege-missing' END,
           pg_describe_object(f.class, f.id, 0) || ': '
           || CASE WHEN allowed THEN pg_temp.capture_text_error(c, f.kind, f.id, f.relid)
                   ELSE 'it is made again, which takes its owner' END
    FROM found f
    UNION ALL
    SELECT NULL, NULL, NULL, NULL, 'row-type-in-use',
           pg_describe_object(d.classid, d.objid, d.objsubid) || ' hangs on ' || pg_describe_object(d.refclassid, d.refobjid, 0)
    FROM gone g
    JOIN pg_depend d ON d.deptype = 'n' AND (d.refclassid = 'pg_class'::regclass AND d.refobjid = g.oid
                                             OR d.refclassid = 'pg_type'::regclass AND d.refobjid IN (g.reltype, g.typarray))
    LEFT JOIN pg_rewrite w ON d.classid = 'pg_rewrite'::regclass AND w.oid = d.objid
    LEFT JOIN pg_trigger t ON d.classid = 'pg_trigger'::regclass AND t.oid = d.objid
    LEFT JOIN pg_attrdef e ON d.classid = 'pg_attrdef'::regclass AND e.oid = d.objid
    LEFT JOIN pg_class r ON d.classid = 'pg_class'::regclass AND r.oid = d.objid
    WHERE (d.classid, d.objid) NOT IN (SELECT f.class, f.id FROM found f)
      AND coalesce(w.rulename, '') <> '_RETURN' AND coalesce(r.relkind, '') <> 'v'
      AND coalesce(w.ev_class, t.tgrelid, e.adrelid, 0) <> ALL (dropped)
$$;

-- What becomes of the views on a materialized view at its exchange: their oids and fates, or error and code. Those whose
-- output types stay are replaced. m must have a replica; a view that has one already changes anyhow.
CREATE OR REPLACE FUNCTION pg_temp.capture_top_fates(c int, m oid, columns int2[])
RETURNS jsonb LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    dropped oid[] := ARRAY[m];
    fates jsonb := '{}';
    tried jsonb;
    v record;
BEGIN
    FOR v IN
        SELECT r.* FROM pg_temp.capture_readers(m) r JOIN pg_class o ON o.oid = r.id
        -- neither replicas nor what stepped aside already
        WHERE o.relnamespace <> pg_my_temp_schema() AND o.relname !~ '^pgwiden_oldview_[0-9]+$'
        ORDER BY r.level, r.id
    LOOP
        CONTINUE WHEN NOT pg_temp.capture_touched(c, 'pg_rewrite'::regclass, v.rule, m, columns, dropped);
        tried := '{"fate": "drop"}';
        IF pg_temp.capture_replica(v.id) IS NULL THEN
            tried := pg_temp.capture_view_tried(v.id, v.rule, m, columns, dropped);
        END IF;
        IF tried ? 'error' THEN
            RETURN tried || jsonb_build_object('error', format('view %s: %s', v.id::regclass, tried ->> 'error'));
        ELSIF tried ->> 'fate' = 'drop' THEN
            dropped := dropped || v.id;
        END IF;
        fates := fates || jsonb_build_object(v.id, tried ->> 'fate');
    END LOOP;
    RETURN fates;
END $$;

-- What the exchange of a materialized view does to what stands on it, as statements: lock, views outermost first; detach;
-- attach. Under another materialized view, whose turn comes later, views step aside. NULL: nothing stands on it.
CREATE OR REPLACE FUNCTION pg_temp.capture_top(c int, m oid)
RETURNS jsonb LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    columns int2[] := ARRAY(SELECT attnum FROM pg_attribute WHERE attrelid = m AND attnum > 0);
    fates jsonb := pg_temp.capture_top_fates(c, m, columns);
    dropped oid[];
    renamed oid[];
BEGIN
    IF fates ? 'error' THEN
        RETURN fates;
    END IF;
    dropped := ARRAY(SELECT key::oid FROM jsonb_each_text(fates) WHERE value = 'drop');
    renamed := pg_temp.capture_aside(dropped);
    RETURN (
        WITH text AS (
            SELECT * FROM pg_temp.capture_top_texts(c, m, dropped || m)
        ), part (place, level, number, lock, detach, attach, code, error) AS (
            SELECT 1, NULL::int, NULL::oid, format('LOCK TABLE ONLY %s IN ACCESS EXCLUSIVE MODE', r.oid::regclass), NULL, NULL,
                   NULL, NULL
            FROM pg_class r WHERE r.oid IN (SELECT relation FROM text)
            UNION ALL
            SELECT 3, NULL, NULL, NULL, t.dropped, t.original, t.code, t.error FROM text t
            UNION ALL
            SELECT 2, r.level, r.id, format('ALTER VIEW %I.%I OWNER TO %s', n.nspname, o.relname, o.relowner::regrole), d.text,
                   pg_temp.capture_view_text(r.id, f.fate), NULL, NULL
            FROM pg_temp.capture_readers(m) r
            JOIN pg_class o ON o.oid = r.id
            JOIN pg_namespace n ON n.oid = o.relnamespace
            CROSS JOIN LATERAL (SELECT CASE WHEN r.id = ANY (renamed) THEN 'rename' ELSE fates ->> r.id::text END AS fate) f
            CROSS JOIN LATERAL (
                SELECT CASE f.fate
                       WHEN 'rename' THEN format('ALTER VIEW %I.%I RENAME TO pgwiden_oldview_%s', n.nspname, o.relname, o.oid)
                       ELSE pg_temp.capture_view_drop(c, r.id, f.fate, pg_temp.capture_touched(
                                c, 'pg_rewrite'::regclass, r.rule, 0, '{}', dropped)) END AS text) d
            WHERE fates ? r.id::text
        )
        SELECT CASE WHEN bool_or(error IS NOT NULL)
                    THEN jsonb_build_object('error', min(error), 'code', (array_agg(code ORDER BY error))[1])
                    ELSE jsonb_build_object('lock', string_agg(lock || '; ' || pg_temp.matview_patience(), '; '
                                                               ORDER BY place, level DESC, number),
                                            'detach', string_agg(detach, '; ' ORDER BY place DESC, level DESC, number),
                                            'attach', string_agg(attach, '; ' ORDER BY place, level, number)) END
        FROM part
        HAVING count(*) > 0);
END $$;

-- The same at the exchange: new is the rebuilt one, whose types are known.
CREATE OR REPLACE FUNCTION pg_temp.matview_top(c int, m oid, new oid)
RETURNS jsonb LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    top jsonb;
BEGIN
    IF NOT EXISTS (SELECT FROM pg_depend WHERE refclassid = 'pg_class'::regclass AND refobjid = m
                      AND classid <> 'pg_class'::regclass AND deptype = 'n') THEN
        RETURN NULL;
    END IF;
    EXECUTE format('CREATE TEMPORARY VIEW pgwiden_replica_%s AS SELECT * FROM %s', m, new::regclass);
    top := pg_temp.capture_top(c, m);
    PERFORM pg_temp.capture_replica_drop();
    IF top ? 'error' THEN
        RAISE EXCEPTION 'materialized view % can''t be exchanged: %', m::regclass, top ->> 'error';
    END IF;
    RETURN top;
END $$;

CREATE OR REPLACE FUNCTION pg_temp.capture_matviews(c int, rel oid, views oid[])
RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pgwiden AS $$
DECLARE
    m record;
    found oid[] := '{}';
    tried jsonb;
    top jsonb;
    failed bool := false;
    base oid;
BEGIN
    -- a partition that no view reads has no replica yet
    FOR base IN
        SELECT DISTINCT t.relid
        FROM tree_column t
        JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = t.relid AND d.classid = 'pg_rewrite'::regclass
        WHERE t.conversion = c AND pg_temp.capture_replica(t.relid) IS NULL
    LOOP
        PERFORM pg_temp.capture_replica_table(base, c);
    END LOOP;
    FOR m IN
        WITH RECURSIVE reach (oid, relkind, level) AS (
            SELECT o.oid, o.relkind, 1
            FROM pg_depend d
            JOIN pg_rewrite r ON r.oid = d.objid AND r.rulename = '_RETURN'
            JOIN pg_class o ON o.oid = r.ev_class AND o.relkind = 'm'
            WHERE d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass
              AND ((d.refobjid, d.refobjsubid) IN (SELECT relid, attnum FROM tree_column WHERE conversion = c)
                   OR d.refobjid = ANY (views))
            UNION
            SELECT o.oid, o.relkind, level + (o.relkind = 'm')::int
            FROM reach
            JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = reach.oid
                            AND d.classid = 'pg_rewrite'::regclass
            JOIN pg_rewrite r ON r.oid = d.objid AND r.rulename = '_RETURN' AND r.ev_class <> reach.oid
            JOIN pg_class o ON o.oid = r.ev_class AND o.relkind IN ('v', 'm')
            WHERE level < 100
        )
        SELECT o.oid, o.relname, n.nspname, max(reach.level) AS level,
               format('CREATE MATERIALIZED VIEW %I.%I%s AS %s WITH NO DATA', n.nspname, o.relname,
                      pg_temp.capture_view_columns(o.oid), rtrim(pg_get_viewdef(o.oid), ' ;')) AS text
        FROM reach
        JOIN pg_class o ON o.oid = reach.oid
        JOIN pg_namespace n ON n.oid = o.relnamespace
        WHERE reach.relkind = 'm'
        GROUP BY o.oid, o.relname, n.nspname
        ORDER BY level, o.oid
    LOOP
        found := found || m.oid;
        -- what stands on one that can't be made again can't be tried
        tried := NULL;
        top := NULL;
        IF NOT failed THEN
            tried := pg_temp.capture_matview_tried(c, m.oid, views);
        END IF;
        IF NOT failed AND tried IS NULL THEN
            top := pg_temp.capture_top(c, m.oid);
        END IF;
        IF top ? 'error' THEN
            tried := jsonb_strip_nulls(top);
            top := NULL;
        END IF;
        failed := failed OR tried IS NOT NULL;
        PERFORM pg_temp.capture_text(c, 'materialized-view', m.oid, rel, m.relname, m.text,
                                     jsonb_build_object('schema', m.nspname, 'level', m.level, 'top', top)
                                     || coalesce(tried - 'fate', '{}'));
    END LOOP;
    DELETE FROM definition WHERE conversion = c AND kind = 'materialized-view' AND oid <> ALL (found);
END $$;

-- The materialized views of rel's open conversion whose turn it is to be rebuilt: not exchanged yet, all of a lower level
-- are. planned: the swap is still to come, everything is told.
-- old, new: oid of the original and of ours, NULL while it is missing; relation, ours: their names, qualified.
CREATE OR REPLACE FUNCTION pg_temp.matviews(rel oid)
RETURNS TABLE (conversion int, number int, planned bool, level int, old oid, new oid, schema name, name name, relation text,
               ours text, original text, detail jsonb)
LANGUAGE sql STABLE SET search_path = pg_catalog, pgwiden AS $$
    WITH work AS (
        SELECT v.id, d.number,
               NOT EXISTS (SELECT FROM conversion_column s
                           JOIN pg_attribute a ON a.attrelid = v.relid AND a.attnum = s.to_attnum AND a.attname = s.attname
                           WHERE s.conversion = v.id) AS planned,
               (d.detail ->> 'level')::int AS level, o.oid AS old, o.relnamespace, n.nspname, o.relname, d.original, d.detail
        FROM conversion v
        JOIN definition d ON d.conversion = v.id AND d.kind = 'materialized-view'
        JOIN pg_class o ON o.oid = d.oid AND o.relname <> format('pgwiden_oldmv_%s', d.number)::name
        JOIN pg_namespace n ON n.oid = o.relnamespace
        WHERE v.relid = rel AND v.outcome IS NULL
    )
    SELECT w.id, w.number, w.planned, w.level, w.old, c.oid, w.nspname, w.relname, format('%I.%I', w.nspname, w.relname),
           format('%I.pgwiden_mv_%s', w.nspname, w.number), w.original, w.detail
    FROM work w
    LEFT JOIN pg_class c ON c.relnamespace = w.relnamespace AND c.relname = format('pgwiden_mv_%s', w.number)::name
    WHERE w.planned OR w.level = (SELECT min(l.level) FROM work l)
$$;
