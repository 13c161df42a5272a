-- Triggers, rules, policies, functions with a parsed body, publications and virtual generated columns that hang on the
-- widened columns, or on a view or key that the swap exchanges: carried by their text alone, run after the renames. What
-- reads the row as a whole and no column by its name (old.* IS DISTINCT FROM new.*) goes on as it is, and is not here.
--   original     the text, and what it does not say or would reset: enabled state, comment, extension marks
--   detail.drop  for what hangs on such a view or key: an empty body in its place, which frees it; OID, comment, owner and
--                grants stay
-- From 18 on a virtual column takes no new expression while its table is published: then all publications of the table
-- are left for that moment.

-- `DEPENDS ON EXTENSION` marks, which CREATE OR REPLACE takes away.
CREATE OR REPLACE FUNCTION pg_temp.capture_marks(class regclass, id oid, called text)
RETURNS text LANGUAGE sql STABLE SET search_path = pg_catalog AS $$
    SELECT coalesce(string_agg(format('; ALTER %s DEPENDS ON EXTENSION %I', called, extname), '' ORDER BY extname), '')
    FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid
    WHERE d.classid = class AND d.objid = id AND d.refclassid = 'pg_extension'::regclass AND d.deptype = 'x'
$$;

-- CREATE OR REPLACE enables a trigger, on all partitions; a constraint trigger can't be replaced.
CREATE OR REPLACE FUNCTION pg_temp.capture_trigger(id oid)
RETURNS text LANGUAGE sql STABLE SET search_path = pg_catalog AS $$
    WITH RECURSIVE clone (oid, enabled) AS (
        SELECT g.oid, g.tgenabled FROM pg_trigger g WHERE g.oid = id
        UNION ALL
        SELECT g.oid, c.enabled FROM clone c JOIN pg_trigger g ON g.tgparentid = c.oid
    ), state (oid, tab, statement) AS (
        SELECT g.oid, g.tgrelid::regclass, format('; ALTER TABLE %s%s %s TRIGGER %I', CASE WHEN g.oid <> id THEN 'ONLY ' END,
                             g.tgrelid::regclass, CASE g.tgenabled WHEN 'O' THEN 'ENABLE' WHEN 'A' THEN 'ENABLE ALWAYS'
                                                  WHEN 'R' THEN 'ENABLE REPLICA' ELSE 'DISABLE' END, g.tgname)
        FROM clone c JOIN pg_trigger g ON g.oid = c.oid
        WHERE g.tgenabled <> CASE WHEN g.oid = id THEN 'O' ELSE c.enabled END
    )
    SELECT concat(CASE WHEN g.tgconstraint = 0 THEN 'CREATE OR REPLACE ' || substr(d.text, 8)
                       ELSE format('DROP TRIGGER %I ON %s; %s', g.tgname, g.tgrelid::regclass, d.text) END,
                  (SELECT string_agg(s.statement, '' ORDER BY s.oid <> id, s.tab::text) FROM state s),
                  CASE WHEN g.tgconstraint <> 0 THEN
                      format('; COMMENT ON TRIGGER %I ON %s IS ', g.tgname, g.tgrelid::regclass)
                      || quote_literal(obj_description(g.oid, 'pg_trigger')) END,
                  pg_temp.capture_marks('pg_trigger', g.oid, format('TRIGGER %I ON %s', g.tgname, g.tgrelid::regclass)))
    FROM pg_trigger g CROSS JOIN LATERAL (SELECT pg_get_triggerdef(g.oid) AS text) d
    WHERE g.oid = id
$$;

-- A publication's row filter, since 15. plpgsql looks at a statement only when it gets there.
CREATE OR REPLACE FUNCTION pg_temp.capture_filter(id oid)
RETURNS text LANGUAGE plpgsql STABLE SET search_path = pg_catalog AS $$
BEGIN
    IF current_setting('server_version_num')::int < 150000 THEN
        RETURN NULL;
    END IF;
    RETURN (SELECT pg_get_expr(prqual, prrelid) FROM pg_publication_rel WHERE oid = id);
END $$;

-- What there is now: on the columns of the conversion's tree, when rel is its root, and on what goes.
CREATE OR REPLACE FUNCTION pg_temp.capture_texts_found(c int, rel oid, views oid[])
RETURNS TABLE (ord int, kind text, id oid, relid oid, owner oid, name name, original text, dropped text)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pgwiden AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH member AS (
        SELECT m.* FROM tree_column m JOIN conversion v ON v.id = m.conversion WHERE v.id = c AND v.relid = rel
    ), tree (oid, level) AS (
        SELECT DISTINCT m.relid, m.level FROM member m
    ), gone (class, oid) AS (
        -- what goes before the renames: views, their row types, keys (GROUP BY leans on them)
        SELECT 'pg_class'::regclass, v FROM unnest(views) v
        UNION ALL
        SELECT 'pg_type'::regclass, y.oid FROM unnest(views) v
        JOIN pg_type r ON r.typrelid = v JOIN pg_type y ON y.oid IN (r.oid, r.typarray)
        UNION ALL
        SELECT 'pg_constraint'::regclass, k.oid FROM tree t
        JOIN pg_constraint k ON k.conrelid = t.oid
        JOIN definition d ON d.conversion = c AND d.kind = 'index' AND d.oid = k.conindid
    ), hangs (classid, objid, loose) AS (
        SELECT d.classid, d.objid, false
        FROM member m
        JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = m.relid AND d.refobjsubid = m.attnum
        UNION
        SELECT d.classid, d.objid, true
        FROM gone g JOIN pg_depend d ON d.refclassid = g.class AND d.refobjid = g.oid
    ), object AS (
        SELECT h.classid, h.objid, bool_or(h.loose) AS loose FROM hangs h GROUP BY h.classid, h.objid
    ), generated AS (
        SELECT f.oid, f.adrelid, a.attname, pg_get_expr(f.adbin, f.adrelid) AS expression, t.level
        FROM object o
        JOIN pg_attrdef f ON o.classid = 'pg_attrdef'::regclass AND f.oid = o.objid
        JOIN tree t ON t.oid = f.adrelid
        JOIN pg_attribute a ON a.attrelid = f.adrelid AND a.attnum = f.adnum
        WHERE a.attgenerated = 'v'
    )
    SELECT g.level, 'generated', g.oid, g.adrelid, NULL::oid, g.attname,
           format('ALTER TABLE %s ALTER COLUMN %I SET EXPRESSION AS (%s)', g.adrelid::regclass, g.attname, g.expression),
           NULL
    FROM generated g
    UNION ALL
    SELECT 100, 'trigger', g.oid, g.tgrelid, NULL, g.tgname, pg_temp.capture_trigger(g.oid), NULL
    FROM object o
    JOIN pg_trigger g ON o.classid = 'pg_trigger'::regclass AND g.oid = o.objid
    JOIN pg_proc f ON f.oid = g.tgfoid
    WHERE NOT g.tgisinternal AND g.tgparentid = 0 AND f.pronamespace IS DISTINCT FROM to_regnamespace('pgwiden')
    UNION ALL
    SELECT 101, 'rule', r.oid, r.ev_class, c.relowner, r.rulename,
           'CREATE OR REPLACE ' || substr(rtrim(pg_get_ruledef(r.oid), ';'), 8),
           CASE WHEN o.loose THEN
               format('CREATE OR REPLACE RULE %I AS ON %s TO %s DO INSTEAD NOTHING', r.rulename,
                      CASE r.ev_type WHEN '2' THEN 'UPDATE' WHEN '3' THEN 'INSERT' ELSE 'DELETE' END, r.ev_class::regclass) END
    FROM object o
    JOIN pg_rewrite r ON o.classid = 'pg_rewrite'::regclass AND r.oid = o.objid
    JOIN pg_class c ON c.oid = r.ev_class
    WHERE r.rulename <> '_RETURN' AND r.ev_class <> ALL (views)
    UNION ALL
    SELECT 102, 'policy', p.oid, p.polrelid, c.relowner, p.polname,
           format('ALTER POLICY %I ON %s', p.polname, p.polrelid::regclass)
           || coalesce(' USING (' || pg_get_expr(p.polqual, p.polrelid) || ')', '')
           || coalesce(' WITH CHECK (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')', ''),
           CASE WHEN o.loose THEN
               concat(format('ALTER POLICY %I ON %s', p.polname, p.polrelid::regclass),
                      CASE WHEN p.polqual IS NOT NULL THEN ' USING (false)' END,
                      CASE WHEN p.polwithcheck IS NOT NULL THEN ' WITH CHECK (false)' END) END
    FROM object o
    JOIN pg_policy p ON o.classid = 'pg_policy'::regclass AND p.oid = o.objid
    JOIN pg_class c ON c.oid = p.polrelid
    UNION ALL
    SELECT 103, 'function', p.oid, rel, p.proowner, p.proname,
           pg_get_functiondef(p.oid) || pg_temp.capture_marks('pg_proc', p.oid, 'ROUTINE ' || p.oid::regprocedure),
           CASE WHEN o.loose THEN
               format('CREATE OR REPLACE %s %s.%I(%s) %s LANGUAGE plpgsql AS ''BEGIN END''',
                      CASE p.prokind WHEN 'p' THEN 'PROCEDURE' ELSE 'FUNCTION' END, p.pronamespace::regnamespace, p.proname,
                      pg_get_function_arguments(p.oid), 'RETURNS ' || pg_get_function_result(p.oid)) END
    FROM object o
    JOIN pg_proc p ON o.classid = 'pg_proc'::regclass AND p.oid = o.objid
    WHERE p.prosqlbody IS NOT NULL
    UNION ALL
    SELECT 104, 'publication', r.oid, r.prrelid, p.pubowner, p.pubname,
           concat(CASE WHEN r.prrelid NOT IN (SELECT g.adrelid FROM generated g) THEN d.text || '; ' END,
                  format('ALTER PUBLICATION %I ADD TABLE ONLY %s', p.pubname, r.prrelid::regclass),
                  (SELECT format(' (%s)', string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum)) FROM pg_attribute a
                   WHERE a.attrelid = r.prrelid
                     AND a.attnum = ANY (translate(to_jsonb(r) ->> 'prattrs', '[] ', '{}')::int2[])
                   HAVING count(*) > 0),
                  ' WHERE (' || pg_temp.capture_filter(r.oid) || ')'),
           CASE WHEN r.prrelid IN (SELECT g.adrelid FROM generated g) THEN d.text END
    FROM pg_publication_rel r
    JOIN pg_publication p ON p.oid = r.prpubid
    CROSS JOIN LATERAL (SELECT format('ALTER PUBLICATION %I DROP TABLE ONLY %s', p.pubname, r.prrelid::regclass) AS text) d
    WHERE r.oid IN (SELECT o.objid FROM object o WHERE o.classid = 'pg_publication_rel'::regclass)
       OR r.prrelid IN (SELECT g.adrelid FROM generated g);
END $$;

-- The statement that tries a text under a search_path (70_replica.sql). Nothing but PostgreSQL's own deparser runs with the
-- user's schemas in it. NULL: there is nothing to try.
CREATE OR REPLACE FUNCTION pg_temp.capture_trial(of_kind text, id oid, relation text, path text)
RETURNS text LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    reader text := CASE of_kind
        WHEN 'trigger' THEN 'SELECT pg_catalog.pg_get_triggerdef($1, true)'
        WHEN 'rule' THEN 'SELECT pg_catalog.pg_get_ruledef($1, true)'
        WHEN 'function' THEN 'SELECT pg_catalog.pg_get_functiondef($1)'
        WHEN 'policy' THEN 'SELECT pg_catalog.concat_ws('') AND ('', pg_catalog.pg_get_expr(polqual, polrelid), '
                           'pg_catalog.pg_get_expr(polwithcheck, polrelid)) FROM pg_catalog.pg_policy '
                           'WHERE oid OPERATOR(pg_catalog.=) $1'
        WHEN 'publication' THEN 'SELECT pg_temp.capture_filter($1)'
        WHEN 'generated' THEN 'SELECT pg_catalog.pg_get_expr(adbin, adrelid) FROM pg_catalog.pg_attrdef '
                              'WHERE oid OPERATOR(pg_catalog.=) $1' END;
    head text;
    text text;
BEGIN
    PERFORM set_config('search_path', path || ', pg_temp', true);
    EXECUTE reader INTO text USING id;
    PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
    CASE of_kind
    WHEN 'function' THEN
        SELECT format('CREATE OR REPLACE %s %I.%I(', CASE prokind WHEN 'p' THEN 'PROCEDURE' ELSE 'FUNCTION' END,
                      nspname, proname)
        INTO STRICT head
        FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace WHERE p.oid = id;
        IF left(text, length(head)) <> head THEN
            RAISE EXCEPTION 'cannot read the beginning of a function: %', text;
        END IF;
        SELECT format('CREATE %s pg_temp.%I(', CASE prokind WHEN 'p' THEN 'PROCEDURE' ELSE 'FUNCTION' END, proname)
               || substr(text, length(head) + 1)
        INTO STRICT text FROM pg_proc WHERE oid = id;
    WHEN 'policy', 'publication' THEN
        text := format('CREATE VIEW pg_temp.pgwiden_try AS SELECT 1 AS one FROM %s WHERE ', relation) || '(' || text || ')';
    WHEN 'generated' THEN
        SELECT format('ALTER TABLE %s ADD COLUMN pgwiden_try %s GENERATED ALWAYS AS (%s) VIRTUAL', relation,
                      format_type(atttypid, atttypmod), text)
        INTO STRICT text
        FROM pg_attrdef d JOIN pg_attribute a ON a.attrelid = adrelid AND a.attnum = adnum WHERE d.oid = id;
    ELSE
        NULL;
    END CASE;
    RETURN text;
END $$;

-- Tries a text; why it fails, NULL when it doesn't. In a subtransaction that is rolled back: what it makes, what it locks. A
-- rule can be tried only by making it: what it stands on gets a replica for that, as a partition does.
CREATE OR REPLACE FUNCTION pg_temp.capture_text_error(c int, of_kind text, id oid, stands_on oid)
RETURNS text LANGUAGE plpgsql SET search_path = pg_catalog, pgwiden AS $$
DECLARE
    refs oid[] := pg_temp.capture_reads(CASE of_kind
        WHEN 'trigger' THEN 'pg_trigger'::regclass WHEN 'rule' THEN 'pg_rewrite'::regclass
        WHEN 'policy' THEN 'pg_policy'::regclass WHEN 'function' THEN 'pg_proc'::regclass
        WHEN 'generated' THEN 'pg_attrdef'::regclass ELSE to_regclass('pg_publication_rel') END, id);
    alone bool := of_kind <> 'function' AND pg_temp.capture_replica(stands_on) IS NULL;
    path text;
    trial text;
    error text;
BEGIN
    alone := alone AND (of_kind = 'rule' OR stands_on IN (SELECT relid FROM tree_column WHERE conversion = c));
    IF alone THEN
        refs := refs || stands_on;
    END IF;
    path := pg_temp.capture_path(refs);
    IF path IS NULL THEN
        RETURN 'it reads two relations of the same name';
    END IF;
    BEGIN
        IF alone THEN
            PERFORM pg_temp.capture_replica_table(stands_on, c);
        END IF;
        trial := pg_temp.capture_trial(of_kind, id, (SELECT CASE WHEN oid = ANY (refs) THEN format('pg_temp.%I', relname)
                                                                 ELSE oid::regclass::text END
                                                     FROM pg_class WHERE oid = stands_on), path);
        IF trial IS NOT NULL THEN
            error := pg_temp.capture_try(trial, path, refs);
        END IF;
        RAISE EXCEPTION USING ERRCODE = 'PW000';
    EXCEPTION WHEN SQLSTATE 'PW000' THEN
        RETURN error;
    END;
END $$;

CREATE OR REPLACE FUNCTION pg_temp.capture_texts(c int, rel oid, views oid[])
RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pgwiden AS $$
DECLARE
    f record;
    found oid[] := '{}';
BEGIN
    FOR f IN SELECT * FROM pg_temp.capture_texts_found(c, rel, views) ORDER BY ord, name, id LOOP
        PERFORM pg_temp.capture_text(c, f.kind, f.id, f.relid, f.name, f.original,
            jsonb_build_object('drop', f.dropped) || CASE WHEN NOT pg_has_role(f.owner, 'USAGE') THEN
                jsonb_build_object('code', 'privilege-missing', 'error',
                                   'it is made again in the swap, which takes its owner', 'hint', format(
                                   'Run as a role that is a member of its owner %I as well.', pg_get_userbyid(f.owner)))
            ELSE
                jsonb_build_object('error', pg_temp.capture_text_error(c, f.kind, f.id, f.relid))
            END);
        found := found || f.id;
    END LOOP;
    DELETE FROM definition
    WHERE conversion = c AND kind IN ('trigger', 'rule', 'policy', 'function', 'publication', 'generated')
      AND oid <> ALL (found);
END $$;
