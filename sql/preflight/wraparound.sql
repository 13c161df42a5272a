-- Does the age of the table's transaction ids leave room for the conversion? A vacuum against wraparound does not yield to
-- our locks, and every chunk takes a transaction id.
-- Of a partitioned table each partition by itself.
-- $1: oid of the table, $2: rows in a chunk (0: 1000)
-- code, object, reason, hint. Lock: none.
WITH RECURSIVE tree (relid) AS (
    SELECT $1::oid
    UNION ALL
    SELECT i.inhrelid FROM tree t JOIN pg_inherits i ON i.inhparent = t.relid
), tab AS (
    SELECT c.oid, format('%I.%I', n.nspname, c.relname) AS relation, age(c.relfrozenxid) AS age,
           least(current_setting('autovacuum_freeze_max_age')::bigint, o.value) AS max_age,
           mxid_age(c.relminmxid) AS multi_age,
           least(current_setting('autovacuum_multixact_freeze_max_age')::bigint, o.multi_value) AS max_multi_age,
           greatest(c.reltuples, 0)::bigint / CASE $2::bigint WHEN 0 THEN 1000 ELSE $2 END AS chunks
    FROM tree t
    JOIN pg_class c ON c.oid = t.relid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN LATERAL (
        SELECT min(r.option_value::bigint) FILTER (WHERE r.option_name = 'autovacuum_freeze_max_age') AS value,
               min(r.option_value::bigint) FILTER (WHERE r.option_name = 'autovacuum_multixact_freeze_max_age')
                   AS multi_value
        FROM pg_options_to_table(c.reloptions) r
        WHERE r.option_name LIKE 'autovacuum\_%freeze\_max\_age') o ON true
    WHERE c.relkind = 'r'
), vacuum AS (
    -- without pg_monitor another role's query is hidden, so that this finds nothing
    SELECT min(a.pid) AS pid, l.relation
    FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
    WHERE l.locktype = 'relation' AND l.relation IN (SELECT t.relid FROM tree t)
      AND a.query LIKE 'autovacuum:%(to prevent wraparound)'
      AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
    GROUP BY l.relation
)
SELECT 'wraparound-near' AS code, 'table ' || t.relation AS object,
       format('its oldest transaction id is %s transactions old, the conversion takes about %s more, and at %s a vacuum '
              'against wraparound starts, which yields to no lock.', t.age, t.chunks, t.max_age) AS reason,
       format('VACUUM (FREEZE) %s; first, or accept it: --allow wraparound-near', t.relation) AS hint
FROM tab t
WHERE t.age + t.chunks > 0.9 * t.max_age
UNION ALL
SELECT 'anti-wraparound-vacuum', 'table ' || t.relation,
       CASE WHEN v.pid IS NOT NULL
            THEN format('a vacuum against wraparound runs on it (pid %s): steps that take a strong lock wait until it has '
                        'ended.', v.pid)
            WHEN t.age > t.max_age OR t.multi_age > t.max_multi_age
            THEN 'a vacuum against wraparound is due: steps that take a strong lock wait until it has ended.'
            ELSE format('a vacuum against wraparound is near (%s %% of the age that starts it): if it starts in mid-run, '
                        'steps that take a strong lock wait until it has ended.',
                        trunc(100 * greatest(t.age::numeric / t.max_age, t.multi_age::numeric / t.max_multi_age))) END,
       format('VACUUM (FREEZE) %s; beforehand makes it short.', t.relation)
FROM tab t
LEFT JOIN vacuum v ON v.relation = t.oid
WHERE v.pid IS NOT NULL OR t.multi_age > 0.8 * t.max_multi_age OR t.age > t.max_age
   OR t.age > 0.8 * t.max_age AND t.age + t.chunks <= 0.9 * t.max_age  -- nearer: wraparound-near says it
ORDER BY 1 DESC
