-- Extended statistics on the shadows, with target, comment and owner; one row an object with what is missing of it.
-- $1: the table's oid. Lock: SHARE UPDATE EXCLUSIVE.
WITH t AS (
    SELECT d.number, d.name, d.retargeted, s.oid AS id,
           d.detail ->> 'schema' AS nspname, d.detail ->> 'comment' AS comment, d.detail ->> 'owner' AS owner,
           coalesce((d.detail ->> 'target')::int, -1) AS target,
           format('%I.pgwiden_stat_%s', d.detail ->> 'schema', d.number) AS ours,
           coalesce((to_jsonb(s) ->> 'stxstattarget')::int, -1) AS our_target,
           coalesce(pg_get_userbyid(s.stxowner), current_user) AS our_owner
    FROM conversion v
    JOIN definition d ON d.conversion = v.id AND d.kind = 'statistics'
    LEFT JOIN pg_statistic_ext s ON s.stxrelid = d.relid AND s.stxname = format('pgwiden_stat_%s', d.number)
    WHERE v.relid = $1 AND v.outcome IS NULL AND v.swapped_at IS NULL
), statements AS (
    SELECT number, format('statistics %I.%I', nspname, name) AS object,
           concat_ws('; ',
               CASE WHEN id IS NULL THEN retargeted END,
               CASE WHEN target <> our_target THEN format('ALTER STATISTICS %s SET STATISTICS %s', ours, target) END,
               CASE WHEN comment IS DISTINCT FROM obj_description(id, 'pg_statistic_ext') THEN
                   format('COMMENT ON STATISTICS %s IS %L', ours, comment) END,
               CASE WHEN owner <> our_owner THEN format('ALTER STATISTICS %s OWNER TO %I', ours, owner) END) AS statement
    FROM t
)
SELECT object,
       statement,
       'SHARE UPDATE EXCLUSIVE' AS lock,
       NULL::text AS relation,
       NULL::text AS also
FROM statements
WHERE statement <> ''
ORDER BY number
