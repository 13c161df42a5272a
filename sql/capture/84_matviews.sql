-- Materialized views that can't follow the swap by themselves, and their texts of before it. One stands on the columns,
-- on a view that is made again, or, directly or through views, on another such materialized view: its level is one more
-- than theirs. They go on with what the old columns hold until they are rebuilt after the swap (sql/matview/).
-- detail: schema, level, error (why it can't be made again).
CREATE OR REPLACE FUNCTION pg_temp.capture_matviews(c int, rel oid, widened int2[], views oid[])
RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pgwiden AS $$
DECLARE
    m record;
    found oid[] := '{}';
BEGIN
    FOR m IN
        WITH RECURSIVE reach (oid, relkind, level) AS (
            SELECT o.oid, o.relkind, 1
            FROM pg_depend d
            JOIN pg_rewrite r ON r.oid = d.objid AND r.rulename = '_RETURN'
            JOIN pg_class o ON o.oid = r.ev_class AND o.relkind = 'm'
            WHERE d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass
              AND (d.refobjid = rel AND d.refobjsubid = ANY (widened) OR d.refobjid = ANY (views))
            UNION
            SELECT o.oid, o.relkind, level + (o.relkind = 'm')::int
            FROM reach
            JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = reach.oid
                            AND d.classid = 'pg_rewrite'::regclass
            JOIN pg_rewrite r ON r.oid = d.objid AND r.rulename = '_RETURN' AND r.ev_class <> reach.oid
            JOIN pg_class o ON o.oid = r.ev_class AND o.relkind IN ('v', 'm')
        )
        SELECT o.oid, o.relname, n.nspname, max(reach.level) AS level,
               format('CREATE MATERIALIZED VIEW %I.%I (%s) AS %s WITH NO DATA', n.nspname, o.relname,
                      (SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum)
                       FROM pg_attribute WHERE attrelid = o.oid AND attnum > 0),
                      rtrim(pg_get_viewdef(o.oid), ' ;')) AS text
        FROM reach
        JOIN pg_class o ON o.oid = reach.oid
        JOIN pg_namespace n ON n.oid = o.relnamespace
        WHERE reach.relkind = 'm'
        GROUP BY o.oid, o.relname, n.nspname
        ORDER BY level, o.oid
    LOOP
        found := found || m.oid;
        PERFORM pg_temp.capture_text(c, 'materialized-view', m.oid, rel, m.relname, m.text,
                                     jsonb_build_object('schema', m.nspname, 'level', m.level));
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

-- What follows USING in an index's text, for the new materialized view: an operator class that was spelled out for int4 or
-- int2 gives way to its sibling for bigint where the column is bigint now.
CREATE OR REPLACE FUNCTION pg_temp.matview_index(index oid, new oid, tail text)
RETURNS text LANGUAGE plpgsql STABLE SET search_path = pg_catalog AS $$
DECLARE
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
