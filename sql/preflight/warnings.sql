-- What a conversion of these columns lets clients, standbys and operators notice. None of it refuses.
-- $1: oid of the table, $2: numbers of the columns
-- code, object, reason, hint. Lock: none.
WITH tab AS (
    SELECT c.oid, format('%I.%I', n.nspname, c.relname) AS relation
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.oid = $1::oid
), event AS (
    SELECT string_agg(quote_ident(evtname), ', ' ORDER BY evtname) AS names
    FROM pg_event_trigger
    WHERE evtenabled IN ('O', 'A') AND evtevent <> 'login'
), slot AS (
    SELECT quote_ident(slot_name) AS name, plugin
    FROM pg_replication_slots
    WHERE slot_type = 'logical' AND database = current_database()
), standby AS (
    -- state is hidden without pg_monitor; then every WAL sender counts that is not known to be a logical one. What replays
    -- nothing is no standby (pg_receivewal).
    SELECT string_agg(DISTINCT quote_ident(r.application_name), ', ') AS names, count(*) AS senders
    FROM pg_stat_replication r
    WHERE (r.state IS NULL OR r.state = 'streaming' AND r.replay_lsn IS NOT NULL)
      AND NOT EXISTS (SELECT FROM pg_replication_slots s WHERE s.active_pid = r.pid AND s.slot_type = 'logical')
), key AS (
    SELECT string_agg(i.indexrelid::regclass::text, ', ' ORDER BY i.indexrelid::regclass::text) AS names
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
    WHERE i.indrelid = $1 AND i.indisunique AND i.indkey::int2[] && $2::int2[] AND c.relname NOT LIKE 'pgwiden\_%'
), warning AS (
    SELECT 1 AS place, 'child-column-narrower' AS code,
           format('column %s.%I', o.conrelid::regclass, a.attname) AS object,
           format('it is %s and references the column: it overflows next.', format_type(a.atttypid, a.atttypmod)) AS reason,
           format('pgwiden run %s.%I', o.conrelid::regclass, a.attname) AS hint
    FROM pg_constraint o
    CROSS JOIN unnest(o.conkey, o.confkey) k(attnum, references_attnum)
    JOIN pg_attribute a ON a.attrelid = o.conrelid AND a.attnum = k.attnum
    WHERE o.contype = 'f' AND o.confrelid = $1 AND k.references_attnum = ANY ($2) AND o.conparentid = 0
      AND a.atttypid IN ('int2'::regtype, 'int4'::regtype)
      AND NOT (o.conrelid = $1 AND k.attnum = ANY ($2)) AND a.attname !~ '^pgwiden_(new|old)_[0-9]+$'
    UNION
    SELECT 2, 'upsert', 'index ' || k.names,
           'while a second unique index stands (from the end of phase index to the swap), concurrent upserts of the same new key '
           'can fail with 23505 on an index named pgwiden_idx_N.',
           'Let the client try again on 23505 and 40P01.'
    FROM key k
    WHERE k.names IS NOT NULL
    UNION ALL
    SELECT 3, 'prepared-statements', 'table ' || t.relation,
           'prepared statements that return the column fail with "cached plan must not change result type" after the '
           'swap, those of * after prepare and cleanup as well; parameters of type integer stay so.',
           'Let pools reconnect (or DISCARD ALL) after the swap; RUNBOOK.md names the drivers.'
    FROM tab t
    UNION ALL
    SELECT 4, 'column-position', 'table ' || t.relation,
           'the column becomes the last one: INSERT without a column list puts its values elsewhere from the swap on, '
           'COPY FROM without one fails from prepare on.'
           || CASE WHEN EXISTS (SELECT FROM pg_extension e WHERE e.extname = 'pg_stat_statements') THEN ''
                   ELSE ' Without pg_stat_statements such statements can''t be named here.' END,
           'Name the columns in INSERT and COPY.'
    FROM tab t
    UNION ALL
    SELECT 5, 'event-trigger', 'event trigger ' || e.names, 'it fires for the statements of the conversion, and may raise errors.',
           'See the statements with pgwiden plan; ALTER EVENT TRIGGER .. DISABLE; if it would stop them.'
    FROM event e
    WHERE e.names IS NOT NULL
    UNION ALL
    SELECT 6, 'logical-slot', 'replication slot ' || s.name,
           format('its consumer (plugin %s) gets an update of every row, a column more from prepare to cleanup, and the '
                  'column as bigint from the swap on; while it is slow it holds back WAL on this server.', s.plugin),
           'Tell who reads it (topics, schemas, tables filled from it); watch pg_replication_slots during the backfill.'
    FROM slot s
    UNION ALL
    SELECT 7, 'standby-queries', 'standby ' || coalesce(s.names, '(name not visible)'),
           'a query on a standby that reads the table delays replay at each ACCESS EXCLUSIVE lock, then is canceled '
           '(max_standby_streaming_delay).',
           'Choose a time without long queries on the standbys.'
    FROM standby s
    WHERE s.senders > 0
    UNION ALL
    SELECT 8, 'synchronous-standby',
           'synchronous_standby_names = ' || quote_literal(current_setting('synchronous_standby_names')),
           'when no synchronous standby answers, commits wait; steps that hold a strong lock do not wait for it.',
           'See that the standby is connected before the swap.'
    WHERE current_setting('synchronous_standby_names') <> ''
    UNION ALL
    SELECT 9, 'horizon-not-visible', format('role %I', current_user),
           'of the sessions that hold back CREATE INDEX CONCURRENTLY or the cleaning of row versions it sees process and '
           'program, not their statement, nor since when they hold it.',
           format('GRANT pg_monitor TO %I;', current_user)
    WHERE NOT pg_has_role('pg_read_all_stats', 'USAGE')
)
SELECT w.code, w.object, w.reason, w.hint
FROM warning w
ORDER BY w.place, w.object
