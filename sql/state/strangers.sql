-- What is in schema pgwiden, or hangs on what is in it, and was not made by pgwiden: it could run its owner's code with the
-- rights of who reads or writes our tables. When there is nothing, the schema comes into the search_path.
-- Run with search_path = pg_catalog. Dependencies on what initdb made are not recorded: those that are recorded may only
-- lead to the schema itself, and functions (query_to_xml runs any SQL) are looked up in the expressions' trees.
-- A rehearsal's copy is like the user's table, but nobody names it. Nor need the bodies of copy_<relid> and mirror_<relid>
-- be known: they are triggers of the user's tables.
-- $1: the text that makes our functions (core/facts/state.c)
-- Columns: strangers (the first three; NULL: none), search_path, inspected (the schema's oid, for state/exists.sql)
-- Lock: none
WITH known (relkind, name) AS (
    SELECT 'r'::"char", unnest('{conversion, conversion_column, definition, journal, backfill_range, setting, throttle,
                                 control, tuning, commit_probe, partition}'::name[])
    UNION ALL
    SELECT 'v', unnest('{tree, whole, tree_column, foreign_key, foreign_key_place, shadow_key, fed}'::name[])
    UNION ALL
    SELECT 'S', unnest('{conversion_id_seq, definition_number_seq, journal_number_seq}'::name[])
), member AS MATERIALIZED (
    SELECT d.classid, d.objid, n.oid AS schema
    FROM pg_namespace AS n
         JOIN pg_depend AS d ON d.refclassid = 'pg_namespace'::regclass AND d.refobjid = n.oid
    WHERE n.nspname = 'pgwiden'
), relation AS MATERIALIZED (
    SELECT c.oid, c.relkind
    FROM member AS m
         JOIN pg_class AS c ON m.classid = 'pg_class'::regclass AND c.oid = m.objid
         JOIN known AS k ON k.relkind = c.relkind AND k.name = c.relname
), sample AS MATERIALIZED (
    SELECT c.oid
    FROM member AS m
         JOIN pg_class AS c ON m.classid = 'pg_class'::regclass AND c.oid = m.objid
    WHERE c.relkind = 'r' AND c.relname ~ '^sample_\d+_\d+$'
), function AS MATERIALIZED (
    SELECT p.oid, strpos($1, format('FUNCTION pgwiden.%s(', p.proname)) > 0 AS named,
           l.lanname = 'plpgsql' AND p.prokind = 'f' AND NOT p.prosecdef AND p.pronargdefaults = 0 AND p.provariadic = 0
           AND CASE WHEN p.proname ~ '^(copy|mirror)_\d+$' THEN p.prorettype = 'trigger'::regtype
                    ELSE p.prosrc = split_part(split_part($1, format('FUNCTION pgwiden.%s(', p.proname), 2), '$body$', 2)
                         AND p.proconfig @> '{"search_path=pg_catalog, pgwiden"}'
                         AND p.proconfig <@ '{"search_path=pg_catalog, pgwiden", plan_cache_mode=force_generic_plan,
                                              enable_hashjoin=off, enable_mergejoin=off}' END AS ours
    FROM member AS m
         JOIN pg_proc AS p ON m.classid = 'pg_proc'::regclass AND p.oid = m.objid
         JOIN pg_language AS l ON l.oid = p.prolang
), part (classid, objid, tree) AS MATERIALIZED (  -- tree: the expressions in it
    SELECT 'pg_class'::regclass::oid, oid, NULL::text FROM relation
    UNION ALL
    SELECT 'pg_class'::regclass, i.indexrelid, concat(i.indexprs, i.indpred)
    FROM relation AS r JOIN pg_index AS i ON i.indrelid = r.oid
    UNION ALL
    SELECT 'pg_constraint'::regclass, k.oid, k.conbin::text
    FROM relation AS r JOIN pg_constraint AS k ON k.conrelid = r.oid
    UNION ALL
    SELECT 'pg_attrdef'::regclass, d.oid, d.adbin::text
    FROM relation AS r JOIN pg_attrdef AS d ON d.adrelid = r.oid
    UNION ALL
    SELECT 'pg_rewrite'::regclass, w.oid, concat(w.ev_qual, w.ev_action)
    FROM relation AS r JOIN pg_rewrite AS w ON w.ev_class = r.oid
    UNION ALL
    SELECT 'pg_proc'::regclass, oid, NULL FROM function WHERE ours
), stranger (classid, objid, uses) AS (
    SELECT m.classid, m.objid, CASE WHEN m.objid IN (SELECT oid FROM function WHERE named) AND m.classid = 'pg_proc'::regclass
                                    THEN ', which is not as this release makes it' ELSE '' END
    FROM member AS m
    WHERE NOT CASE m.classid
                  WHEN 'pg_class'::regclass THEN m.objid IN (SELECT oid FROM relation UNION ALL SELECT oid FROM sample)
                  WHEN 'pg_proc'::regclass THEN m.objid IN (SELECT oid FROM function WHERE ours)
                  WHEN 'pg_statistic_ext'::regclass THEN
                      (SELECT s.stxrelid FROM pg_statistic_ext AS s WHERE s.oid = m.objid) IN (SELECT oid FROM sample)
                  -- what is granted on tables to come, and publications of the schema, run nothing
                  ELSE m.classid = 'pg_default_acl'::regclass
                       OR m.classid IS NOT DISTINCT FROM to_regclass('pg_publication_namespace') END
    UNION ALL
    SELECT 'pg_trigger'::regclass, t.oid, ''
    FROM relation AS r JOIN pg_trigger AS t ON t.tgrelid = r.oid AND NOT t.tgisinternal
    UNION ALL
    SELECT 'pg_rewrite'::regclass, w.oid, ''
    FROM relation AS r JOIN pg_rewrite AS w ON w.ev_class = r.oid AND (r.relkind <> 'v' OR w.rulename <> '_RETURN')
    UNION ALL
    SELECT 'pg_policy'::regclass, p.oid, '' FROM relation AS r JOIN pg_policy AS p ON p.polrelid = r.oid
    UNION ALL
    -- a statement on a table goes on to its children, and on a key to what references it
    SELECT 'pg_class'::regclass, i.inhrelid, ', which inherits from ' || r.oid::regclass
    FROM relation AS r JOIN pg_inherits AS i ON i.inhparent = r.oid
    UNION ALL
    SELECT 'pg_constraint'::regclass, k.oid, ''
    FROM relation AS r
         JOIN pg_depend AS d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = r.oid
                            AND d.classid = 'pg_constraint'::regclass
         JOIN pg_constraint AS k ON k.oid = d.objid AND k.confrelid = r.oid
    WHERE k.conrelid NOT IN (SELECT oid FROM relation)
), misled (classid, objid, uses) AS (
    SELECT p.classid, p.objid, ', which uses ' || pg_describe_object(d.refclassid, d.refobjid, d.refobjsubid)
    FROM part AS p
         JOIN pg_depend AS d ON d.classid = p.classid AND d.objid = p.objid
    WHERE NOT CASE d.refclassid
                  WHEN 'pg_namespace'::regclass THEN d.refobjid IN (SELECT schema FROM member)
                  WHEN 'pg_language'::regclass THEN p.classid = 'pg_proc'::regclass
                  ELSE (d.refclassid, d.refobjid) IN (SELECT o.classid, o.objid FROM part AS o) END
    UNION ALL
    SELECT p.classid, p.objid, ', which uses function ' || f.oid::regprocedure
    FROM part AS p
         CROSS JOIN regexp_matches(p.tree, ':(?:funcid|aggfnoid|winfnoid) (\d+)', 'g') AS t (id)
         JOIN pg_proc AS f ON f.oid = t.id[1]::oid
    WHERE f.proname <> ALL ('{clock_timestamp, current_setting, extract, float8, format, has_sequence_privilege,
                              has_table_privilege, int8, length, max, min, name, oid, pg_sequence_last_value, string_agg,
                              substr, unnest}')
), told AS (
    SELECT what, row_number() OVER (ORDER BY what) AS place
    FROM (SELECT pg_describe_object(classid, objid, 0) || uses AS what FROM stranger
          UNION
          SELECT pg_describe_object(classid, objid, 0) || uses FROM misled WHERE NOT EXISTS (SELECT FROM stranger)) AS s
    WHERE what IS NOT NULL
)
SELECT string_agg(what, ', ' ORDER BY place) FILTER (WHERE place <= 3)
           || CASE WHEN count(*) > 3 THEN format(', and %s more', count(*) - 3) ELSE '' END AS strangers,
       CASE WHEN count(*) = 0 THEN set_config('search_path', 'pg_catalog, pgwiden', false) END AS search_path,
       CASE WHEN count(*) = 0 THEN set_config('pgwiden.inspected', (SELECT max(schema)::text FROM member), false) END AS inspected
FROM told
