-- The new materialized view takes the old one's name, and its indexes and statistics objects theirs: catalog work only. The
-- old one steps aside as pgwiden_oldmv_D: others that are rebuilt later still stand on it.
-- LOCK TABLE does not know materialized views: a change of nothing makes autovacuum yield first. In the exchange it keeps a
-- REFRESH out while we look whether there was one (renaming would change that row itself); renaming takes the lock.
-- Who reads a view on it locks the view first: views are locked before it, and made again or replaced after it.
-- $1: the table's oid
-- Columns: object, statement, lock, relation, also
-- Lock: ACCESS EXCLUSIVE on the materialized view
WITH mv AS (
    SELECT m.*, a.attname, coalesce(a.attstattarget, -1) AS target
    FROM pg_temp.matviews($1) AS m
         LEFT JOIN LATERAL (SELECT * FROM pg_attribute AS a WHERE a.attrelid = m.old AND a.attnum > 0
                            ORDER BY a.attnum LIMIT 1) AS a ON true
    WHERE m.planned OR m.new IS NOT NULL
), renamed AS (
    SELECT mv.number,
           string_agg(format('ALTER %1$s %2$I.%3$I RENAME TO %4$I; ALTER %1$s %2$I.%5$I RENAME TO %3$I', o.kind, o.schema,
                             o.name, o.away, o.ours), '; ' ORDER BY o.kind, o.oid) AS statements
    FROM mv
         CROSS JOIN LATERAL (
             SELECT 'INDEX' AS kind, x.oid, mv.schema, x.relname AS name, format('pgwiden_oldmvidx_%s', x.oid) AS away,
                    format('pgwiden_mvidx_%s', x.oid) AS ours
             FROM pg_index AS i JOIN pg_class AS x ON x.oid = i.indexrelid WHERE i.indrelid = mv.old AND i.indisvalid
             UNION ALL
             SELECT 'STATISTICS', s.oid, n.nspname, s.stxname, format('pgwiden_oldmvstat_%s', s.oid),
                    format('pgwiden_mvstat_%s', s.oid)
             FROM pg_statistic_ext AS s JOIN pg_namespace AS n ON n.oid = s.stxnamespace WHERE s.stxrelid = mv.old) AS o
    GROUP BY mv.number
)
SELECT 'materialized view ' || mv.relation AS object, s.statement, s.lock, NULL::text AS relation, NULL::text AS also
FROM mv
     LEFT JOIN renamed AS r USING (number)
     CROSS JOIN LATERAL (
         SELECT CASE WHEN mv.attname IS NOT NULL THEN
                    format('ALTER MATERIALIZED VIEW %s ALTER COLUMN %I SET STATISTICS %s', mv.relation, mv.attname, mv.target)
                END AS nothing) AS n
     CROSS JOIN LATERAL (
         SELECT CASE WHEN mv.planned THEN mv.detail -> 'top'
                     ELSE pg_temp.matview_top(mv.conversion, mv.old, mv.new) END AS top) AS t
     CROSS JOIN LATERAL (
         SELECT 1 AS place, 'SHARE UPDATE EXCLUSIVE' AS lock, n.nothing AS statement
         WHERE n.nothing IS NOT NULL
         UNION ALL
         SELECT 2, 'ACCESS EXCLUSIVE',
                concat_ws('; ',
                    t.top ->> 'lock',
                    n.nothing,
                    format('SELECT pgwiden.assert_rebuilt(%s, %s)', mv.conversion, mv.number),
                    pg_temp.matview_patience(),
                    t.top ->> 'detach',
                    format('ALTER MATERIALIZED VIEW %s RENAME TO pgwiden_oldmv_%s', mv.relation, mv.number),
                    'SET LOCAL lock_timeout = ''2ms''',
                    r.statements,
                    format('ALTER MATERIALIZED VIEW %s RENAME TO %I', mv.ours, mv.name),
                    t.top ->> 'attach')) AS s
ORDER BY mv.level, mv.number, s.place
