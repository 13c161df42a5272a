-- What the swap's message calls under its lock. Several statements, run with search_path = pgwiden in the new schema.
-- pgwiden.fingerprint(oid) itself is made from fingerprint.sql, so that there is one text of it.

-- PW001: something that hangs on the table has changed since the statements were planned.
CREATE OR REPLACE FUNCTION pgwiden.assert_fingerprint(rel oid, expected text) RETURNS void LANGUAGE plpgsql
SET search_path = pg_catalog, pgwiden AS $body$
DECLARE
    actual text := pgwiden.fingerprint(rel);
BEGIN
    -- the only message of this transaction in the server's log, unless PostgreSQL scans, rewrites or builds something
    RAISE DEBUG 'pgwiden: the swap of %', rel::regclass;
    IF actual IS DISTINCT FROM expected THEN
        RAISE EXCEPTION USING ERRCODE = 'PW001',
            MESSAGE = format('table %s has changed since the statements were planned', rel::regclass),
            DETAIL = format('Changed: %s.',
                (SELECT string_agg(DISTINCT split_part(part, ':', 1), ', ')
                 FROM (SELECT part, was, now
                       FROM (SELECT part, true AS was FROM unnest(string_to_array(expected, ' ')) AS part) AS e
                            FULL JOIN (SELECT part, true AS now FROM unnest(string_to_array(actual, ' ')) AS part) AS a
                            USING (part)) AS p
                 WHERE (was IS NULL OR now IS NULL) AND strpos(part, ':') > 0));
    END IF;
END
$body$;

-- PW002: the lock has been held for longer than the budget.
CREATE OR REPLACE FUNCTION pgwiden.assert_budget(granted timestamptz, budget interval) RETURNS void LANGUAGE plpgsql
SET search_path = pg_catalog, pgwiden AS $body$
DECLARE
    held interval := clock_timestamp() - granted;
BEGIN
    IF held > budget THEN
        RAISE EXCEPTION USING ERRCODE = 'PW002',
            MESSAGE = format('the lock has been held for %s ms already',
                             round((extract(epoch FROM held) * 1000)::numeric, 1)),
            DETAIL = format('The budget is %s ms; nothing of this attempt remains.',
                            round((extract(epoch FROM budget) * 1000)::numeric, 1));
    END IF;
END
$body$;

-- PW006: the swap's go was taken back, or the conversion paused, before the lock was granted.
CREATE OR REPLACE FUNCTION pgwiden.assert_go(c int) RETURNS void LANGUAGE plpgsql
SET search_path = pg_catalog, pgwiden AS $body$
DECLARE
    asked text := (SELECT CASE WHEN k.paused_at IS NOT NULL THEN format('It was paused by %s.', k.paused_by)
                               WHEN k.swap = 'hold' THEN format('It is held by %s.', k.swap_by) END
                   FROM control AS k WHERE k.conversion = c);
BEGIN
    IF asked IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'PW006', MESSAGE = 'the swap is held', DETAIL = asked;
    END IF;
END
$body$;

-- PW004: something is still bound to an old column that the swap does not know: it would go on reading the old values.
-- What may be: old indexes and statistics (until cleanup), the reverse trigger, a sequence that it owns (moved after the
-- swap), materialized views that are rebuilt after it with the views under them (and these views' rules), and what belongs
-- to the column itself.
CREATE OR REPLACE FUNCTION pgwiden.assert_moved(rel oid) RETURNS void LANGUAGE plpgsql
SET search_path = pg_catalog, pgwiden SET plan_cache_mode = force_generic_plan
SET enable_hashjoin = off SET enable_mergejoin = off AS $body$
DECLARE
    stray text;
BEGIN
    SELECT string_agg(pg_describe_object(d.classid, d.objid, d.objsubid), ', ')
    INTO stray
    FROM conversion AS c
         JOIN conversion_column AS cc ON cc.conversion = c.id
         -- before the swap nothing is old: a call then only warms the caches
         JOIN tree AS m ON m.conversion = c.id AND m.root = c.relid
         JOIN pg_attribute AS a ON a.attrelid = m.relid AND NOT a.attisdropped
                               AND a.attname = format('pgwiden_old_%s', cc.from_attnum)::name
         JOIN pg_depend AS d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = m.relid
                            AND d.refobjsubid = a.attnum
         LEFT JOIN pg_class AS o ON d.classid = 'pg_class'::regclass AND o.oid = d.objid
         LEFT JOIN pg_statistic_ext AS s ON d.classid = 'pg_statistic_ext'::regclass AND s.oid = d.objid
         LEFT JOIN pg_trigger AS t ON d.classid = 'pg_trigger'::regclass AND t.oid = d.objid
         LEFT JOIN pg_rewrite AS w ON d.classid = 'pg_rewrite'::regclass AND w.oid = d.objid
         LEFT JOIN pg_class AS v ON v.oid = w.ev_class
    WHERE c.relid = rel AND c.outcome IS NULL
      AND NOT coalesce(o.relkind = 'S' AND d.deptype = 'a', false)
      AND NOT coalesce(o.relname LIKE 'pgwiden\_oldidx\_%', false)
      AND NOT coalesce(v.relname LIKE 'pgwiden\_oldview\_%', false)
      AND NOT coalesce(v.relkind = 'm' AND v.oid IN (SELECT m.oid FROM definition AS m
                                                     WHERE m.conversion = c.id AND m.kind = 'materialized-view'), false)
      -- a partition's old index gets that name after the swap
      AND NOT (m.level > 0 AND coalesce(o.relkind = 'i', false)
               AND EXISTS (SELECT FROM definition AS i WHERE i.conversion = c.id AND i.kind = 'index' AND i.oid = d.objid))
      AND NOT coalesce(s.stxname LIKE 'pgwiden\_oldstat\_%', false)
      AND NOT coalesce(t.tgfoid = to_regproc(format('pgwiden.mirror_%s', rel)), false);
    IF stray IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'PW004',
            MESSAGE = format('the old column of table %s is still in use', rel::regclass),
            DETAIL = format('Still bound to it: %s.', stray);
    END IF;
END
$body$;

-- PW005: materialized view number d was refreshed or altered since the new one was made. Called under a lock
-- that no REFRESH goes with; the condition is that of matview/populate.sql.
CREATE OR REPLACE FUNCTION pgwiden.assert_rebuilt(c int, d int) RETURNS void LANGUAGE plpgsql
SET search_path = pg_catalog, pgwiden AS $body$
DECLARE
    m record;
BEGIN
    SELECT o.oid, n.oid AS new, o.xmin::text AS xmin, o.relispopulated, n.relispopulated AS is_filled,
           f.detail #>> '{refreshed,seen}' AS seen, (f.detail #>> '{refreshed,horizon}')::int8 % 4294967296 AS horizon,
           coalesce((f.detail #>> '{refreshed,rounds}')::int, 0) AS rounds
    INTO STRICT m
    FROM definition AS f
         JOIN pg_class AS o ON o.oid = f.oid
         JOIN pg_class AS n ON n.relnamespace = o.relnamespace AND n.relname = format('pgwiden_mv_%s', d)::name
    WHERE f.conversion = c AND f.number = d;
    IF m.relispopulated <> m.is_filled
       OR m.relispopulated AND m.rounds < 3 AND m.xmin <> m.seen
          AND mod(m.xmin::int8 - m.horizon + 4294967296, 4294967296) < 2147483648
       OR (SELECT count(*) FROM pg_index WHERE indrelid = m.oid AND indisvalid)
          <> (SELECT count(*) FROM pg_index WHERE indrelid = m.new)
       OR (SELECT array_agg((objsubid, description) ORDER BY objsubid) FROM pg_description
           WHERE classoid = 'pg_class'::regclass AND objoid = m.oid)
          IS DISTINCT FROM (SELECT array_agg((objsubid, description) ORDER BY objsubid) FROM pg_description
                            WHERE classoid = 'pg_class'::regclass AND objoid = m.new)
       OR (SELECT count(*) FROM pg_statistic_ext WHERE stxrelid = m.oid)
          <> (SELECT count(*) FROM pg_statistic_ext WHERE stxrelid = m.new) THEN
        RAISE EXCEPTION USING ERRCODE = 'PW005',
            MESSAGE = format('materialized view %s was changed while it was rebuilt', m.oid::regclass);
    END IF;
END
$body$;
