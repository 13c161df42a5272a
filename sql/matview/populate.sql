-- The new materialized views are filled, by their owners' rights: with the data of a moment after the swap. Once more, in
-- the first rounds, when the old one was refreshed later than that: every REFRESH, also CONCURRENTLY, writes the row in
-- pg_class, VACUUM and ANALYZE write it in place. detail.refreshed says what that row's xmin was (seen), and which
-- transactions our snapshot could not know (from horizon on). One that is WITH NO DATA stays so.
-- $1: the table's oid
-- Columns: object, statement, lock, relation, also
-- Lock: ACCESS SHARE on what it reads; ACCESS EXCLUSIVE on ours, which nobody reads yet
WITH work AS (
    SELECT m.*, o.relispopulated AS populated, coalesce(n.relispopulated, false) AS is_filled,
           o.xmin::text AS old_xmin, coalesce((m.detail #>> '{refreshed,rounds}')::int, 0) AS rounds
    FROM pg_temp.matviews($1) AS m
         JOIN pg_class AS o ON o.oid = m.old
         LEFT JOIN pg_class AS n ON n.oid = m.new
    WHERE m.planned OR n.oid IS NOT NULL
)
SELECT 'materialized view ' || relation AS object,
       CASE WHEN populated THEN
           format('UPDATE pgwiden.definition SET detail = detail || jsonb_build_object(''refreshed'', jsonb_build_object('
                  '''rounds'', %s, ''seen'', (SELECT xmin::text FROM pg_class WHERE oid = %s), '
                  '''horizon'', pg_snapshot_xmax(pg_current_snapshot())::text::int8)) WHERE conversion = %s AND number = %s; '
                  'REFRESH MATERIALIZED VIEW %s', rounds + 1, old, conversion, number, ours)
           ELSE format('REFRESH MATERIALIZED VIEW %s WITH NO DATA', ours) END AS statement,
       'ACCESS SHARE' AS lock, NULL::text AS relation, NULL::text AS also
FROM work
WHERE populated <> is_filled
   OR populated AND rounds < 3 AND old_xmin <> detail #>> '{refreshed,seen}'
      AND mod(old_xmin::int8 - (detail #>> '{refreshed,horizon}')::int8 % 4294967296 + 4294967296, 4294967296) < 2147483648
ORDER BY level, number
