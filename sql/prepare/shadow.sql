-- The shadow columns, the function that keeps them in step and its trigger, in one transaction; one row with whatever
-- is missing of it. The trigger must be the last of the BEFORE ROW triggers, which fire in the byte order of their names:
-- hence `~pgwiden`, or the greatest other name with `~pgwiden` behind it. It must be ENABLE ALWAYS: apply workers and
-- sessions in replica role write as well, and DISABLE TRIGGER ALL; ENABLE TRIGGER ALL leaves it merely enabled.
-- A partitioned table hands both on to its partitions, later ones too, but for a new name below 15.
-- $1: the table's oid. Lock: ACCESS EXCLUSIVE for the column and for a new name, SHARE ROW EXCLUSIVE for the trigger.
WITH t AS (
    SELECT v.id, v.relid, w.tab, w.also, format('pgwiden.copy_%s()', v.relid) AS function
    FROM conversion v
    JOIN whole w ON w.conversion = v.id AND w.root = v.relid
    WHERE v.relid = $1 AND v.outcome IS NULL AND v.swapped_at IS NULL
), columns AS (
    SELECT count(*) FILTER (WHERE s.attnum IS NULL) AS absent,
           count(*) FILTER (WHERE s.attnum IS NULL OR s.attnum IS DISTINCT FROM o.to_attnum) AS unknown,
           string_agg(format('ADD COLUMN pgwiden_new_%s bigint', o.from_attnum), ', ' ORDER BY o.from_attnum)
               FILTER (WHERE s.attnum IS NULL) AS additions,
           'BEGIN ' || string_agg(format('NEW.pgwiden_new_%s := NEW.%I; ', o.from_attnum, a.attname), ''
                                  ORDER BY o.from_attnum) || 'RETURN NEW; END' AS body,
           string_agg(format('NEW.pgwiden_new_%s IS DISTINCT FROM NEW.%I', o.from_attnum, a.attname), ' OR '
                      ORDER BY o.from_attnum) AS differs
    FROM t
    JOIN conversion_column o ON o.conversion = t.id
    JOIN pg_attribute a ON a.attrelid = t.relid AND a.attnum = o.from_attnum
    LEFT JOIN pg_attribute s ON s.attrelid = t.relid AND s.attname = format('pgwiden_new_%s', o.from_attnum)
                            AND NOT s.attisdropped
), ours AS (
    SELECT tgname,
           (SELECT min(CASE WHEN g.tgenabled = 'A' THEN 'A' ELSE '' END) FROM tree m JOIN pg_trigger g ON g.tgrelid = m.relid
            WHERE m.conversion = t.id AND m.root = t.relid AND g.tgfoid = to_regprocedure(t.function)) AS enabled
    FROM t
    JOIN pg_trigger ON tgrelid = t.relid AND tgfoid = to_regprocedure(t.function) AND tgtype = 23 AND tgattr::text = ''
    LIMIT 1
), others AS (      -- 1 row, 2 before, 4 insert, 16 update
    SELECT max(tgname) AS last
    FROM t
    JOIN tree m ON m.conversion = t.id AND m.root = t.relid
    JOIN pg_trigger ON tgrelid = m.relid AND tgtype & 3 = 3 AND tgtype & 20 <> 0 AND NOT tgisinternal
                   AND tgfoid IS DISTINCT FROM to_regprocedure(t.function)
), names AS (
    SELECT CASE WHEN last IS NULL OR last < '~pgwiden' THEN '~pgwiden' ELSE (last || '~pgwiden')::name END AS wanted,
           ours.tgname AS has, ours.enabled, coalesce(ours.tgname <= last, false) AS early
    FROM others
    LEFT JOIN ours ON true
), parts AS (
    SELECT tab, also,
           additions IS NOT NULL OR early AS strong,
           concat_ws('; ',
               'ALTER TABLE ' || tab || ' ' || additions,
               CASE WHEN (SELECT prosrc FROM pg_proc WHERE oid = to_regprocedure(function)) IS DISTINCT FROM body THEN
                   format('CREATE OR REPLACE FUNCTION %s RETURNS trigger LANGUAGE plpgsql AS %L', function, body) END,
               CASE WHEN has IS NULL THEN
                   format('CREATE TRIGGER %I BEFORE INSERT OR UPDATE ON %s FOR EACH ROW WHEN (%s) EXECUTE FUNCTION %s',
                          wanted, tab, differs, function)
                    WHEN early THEN format('ALTER TRIGGER %I ON %s RENAME TO %I', has, tab, wanted) || coalesce(
                        (SELECT string_agg(format('; ALTER TRIGGER %I ON %s RENAME TO %I', has, m.tab, wanted), '')
                         FROM tree m
                         WHERE m.conversion = id AND m.root = t.relid AND m.level > 0
                           AND current_setting('server_version_num')::int < 150000), '') END,
               CASE WHEN enabled IS DISTINCT FROM 'A' THEN
                   format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', tab,
                          CASE WHEN has IS NULL OR early THEN wanted ELSE has END) END,
               CASE WHEN unknown > 0 THEN
                   format('UPDATE pgwiden.conversion_column o SET to_attnum = a.attnum FROM pg_attribute a '
                          'WHERE o.conversion = %s AND a.attrelid = %s AND a.attname = ''pgwiden_new_'' || o.from_attnum '
                          'AND NOT a.attisdropped', id, relid) END) AS statement
    FROM t, columns, names
)
SELECT format('table %s', tab) AS object,
       statement,
       CASE WHEN strong THEN 'ACCESS EXCLUSIVE' ELSE 'SHARE ROW EXCLUSIVE' END AS lock,
       tab AS relation,
       also
FROM parts
WHERE statement <> ''
