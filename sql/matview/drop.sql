-- When every materialized view has been exchanged: the old ones, and views that stepped aside for them, outermost first. No
-- CASCADE: what others have built on one meanwhile makes it fail with nothing lost.
-- $1: the table's oid
-- Columns: object, statement, lock, relation, also
-- Lock: ACCESS EXCLUSIVE on what nobody uses any more
WITH RECURSIVE target AS (
    SELECT c.id
    FROM conversion AS c
    WHERE c.relid = $1 AND c.outcome IS NULL AND NOT EXISTS (SELECT FROM pg_temp.matviews($1) AS m WHERE NOT m.planned)
), aside AS (
    SELECT o.oid, o.relkind, format('%I.%I', n.nspname, o.relname) AS name
    FROM target AS t
         JOIN definition AS d ON d.conversion = t.id AND d.kind IN ('view', 'materialized-view')
         JOIN pg_class AS o ON o.oid = d.oid
         JOIN pg_namespace AS n ON n.oid = o.relnamespace
    WHERE o.relname = format(CASE o.relkind WHEN 'm' THEN 'pgwiden_oldmv_%s' ELSE 'pgwiden_oldview_%s' END, d.number)::name
    UNION
    -- between two materialized views
    SELECT o.oid, o.relkind, format('%I.%I', n.nspname, o.relname)
    FROM aside AS a
         JOIN pg_depend AS d ON d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = a.oid
         JOIN pg_rewrite AS r ON r.oid = d.objid
         JOIN pg_class AS o ON o.oid = r.ev_class AND o.relname = format('pgwiden_oldview_%s', o.oid)::name
         JOIN pg_namespace AS n ON n.oid = o.relnamespace
), all_aside AS (
    SELECT * FROM aside
    UNION ALL
    SELECT m.old, 'm', format('%I.pgwiden_oldmv_%s', m.schema, m.number)
    FROM pg_temp.matviews($1) AS m
    WHERE m.planned
), depth (oid, above) AS (
    SELECT oid, 0 FROM all_aside
    UNION
    SELECT d.refobjid, p.above + 1
    FROM depth AS p
         JOIN pg_rewrite AS r ON r.ev_class = p.oid
         JOIN pg_depend AS d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
                            AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> p.oid
         JOIN all_aside AS a ON a.oid = d.refobjid
)
SELECT CASE relkind WHEN 'm' THEN 'materialized view ' ELSE 'view ' END || name AS object,
       format('DROP %s %s', CASE relkind WHEN 'm' THEN 'MATERIALIZED VIEW' ELSE 'VIEW' END, name) AS statement,
       'ACCESS EXCLUSIVE' AS lock, NULL::text AS relation, NULL::text AS also
FROM all_aside JOIN depth USING (oid)
GROUP BY oid, relkind, name
ORDER BY max(above), oid
