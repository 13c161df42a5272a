-- The sequences that feed the columns: what about them is in the way, what to know about them.
-- $1: oid of the table, $2: numbers of the columns
-- code, object, reason, hint. Lock: none.
WITH fed AS (
    SELECT d.objid AS seq, d.refobjsubid AS attnum, d.deptype = 'i' AS identity
    FROM pg_depend d
    JOIN pg_class c ON c.oid = d.objid AND c.relkind = 'S'
    WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = $1::oid
      AND d.refobjsubid = ANY ($2::int2[]) AND d.deptype IN ('a', 'i')
    UNION
    SELECT d.refobjid, f.adnum, false
    FROM pg_attrdef f
    JOIN pg_depend d ON d.classid = 'pg_attrdef'::regclass AND d.objid = f.oid AND d.refclassid = 'pg_class'::regclass
    JOIN pg_class c ON c.oid = d.refobjid AND c.relkind = 'S'
    WHERE f.adrelid = $1 AND f.adnum = ANY ($2)
), facts AS (
    SELECT f.seq, f.identity, 'sequence ' || f.seq::regclass AS object, f.seq::regclass AS name,
           format('%s.%I', a.attrelid::regclass, a.attname) AS feeds, s.seqcycle, s.seqincrement AS step,
           CASE WHEN has_sequence_privilege(f.seq, 'USAGE, SELECT') THEN pg_sequence_last_value(f.seq) END AS last,
           CASE WHEN s.seqincrement > 0
                THEN least(s.seqmax, CASE a.atttypid WHEN 'int2'::regtype THEN 32767 WHEN 'int4'::regtype THEN 2147483647
                                                     ELSE s.seqmax END)
                ELSE greatest(s.seqmin, CASE a.atttypid WHEN 'int2'::regtype THEN -32768
                                                        WHEN 'int4'::regtype THEN -2147483648 ELSE s.seqmin END)
                END AS ends
    FROM fed f
    JOIN pg_sequence s ON s.seqrelid = f.seq
    JOIN pg_attribute a ON a.attrelid = $1 AND a.attnum = f.attnum
), left_over AS (
    -- the mean rate since the statistics were reset, if that is known and long enough ago to mean something
    SELECT f.seq, n.left, t.since::date AS since,
           n.left * extract(epoch FROM now() - t.since)::numeric / 86400 / nullif(pg_stat_get_tuples_inserted($1), 0) AS days
    FROM facts f
    CROSS JOIN LATERAL (SELECT (f.ends - f.last) / f.step) n("left")
    LEFT JOIN LATERAL (
        SELECT pg_stat_get_db_stat_reset_time(d.oid) FROM pg_database d
        WHERE d.datname = current_database()) t(since) ON t.since < now() - interval '1 day'
)
SELECT 'cycle-sequence' AS code, f.object, 'it has CYCLE; as bigint it would go on instead of starting anew.' AS reason,
       format('ALTER SEQUENCE %s NO CYCLE;', f.name) AS hint
FROM facts f
WHERE f.seqcycle
UNION ALL
SELECT 'shared-identity-sequence', f.object,
       format('it is the identity of %s and has to be made anew, but is also used by %s %s.', f.feeds, o.type, o.identity),
       'Give that one a sequence of its own.'
FROM facts f
JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = f.seq AND d.deptype = 'n'
CROSS JOIN LATERAL pg_identify_object(d.classid, d.objid, d.objsubid) o
WHERE f.identity
UNION ALL
SELECT 'exhausted-before-done', f.object,
       format('%s%s numbers are left%s: the end may come before the conversion does.',
              'it has used ' || trunc(100.0 * f.last / nullif(f.ends, 0), 1) || format(' %% of what %s can hold, ', f.feeds),
              l.left,
              CASE WHEN l.days < 10000
                   THEN format(' (for %s days at the mean rate of inserts since %s)', round(l.days, 1), l.since) END),
       'Stop what wastes numbers; RUNBOOK.md says how negative ones help out until then.'
FROM facts f JOIN left_over l ON l.seq = f.seq
WHERE f.last::numeric / nullif(f.ends, 0) > 0.95 OR l.days < 7
UNION ALL
SELECT 'identity-currval', f.object,
       'the swap makes it anew: a session that called nextval() before gets an error from currval() and lastval() until it '
       'calls nextval() again.',
       'Use INSERT .. RETURNING instead of currval() and lastval().'
FROM facts f
WHERE f.identity
ORDER BY 1, 2, 3
