-- What the old materialized views have besides their text, on the new ones: owner, options, replica identity, their
-- columns' options, comments, extensions they depend on; the same of indexes and statistics objects as soon as they are
-- there. What was taken away meanwhile is taken away. Privileges: matview/grants.sql.
-- $1: the table's oid
-- Columns: object, statement, lock, relation, also
-- Lock: none on anything that is in use
WITH mv AS (
    SELECT m.level, m.number, m.relation, m.old, m.new, m.ours
    FROM pg_temp.matviews($1) AS m
    WHERE m.planned OR m.new IS NOT NULL
), toast AS (
    SELECT mv.*, o.relowner, n.relowner AS our_owner, o.relreplident, coalesce(n.relreplident, 'd') AS our_identity,
           ARRAY(SELECT unnest(o.reloptions) UNION ALL SELECT 'toast.' || unnest(ot.reloptions)) AS options,
           ARRAY(SELECT unnest(n.reloptions) UNION ALL SELECT 'toast.' || unnest(nt.reloptions)) AS our_options
    FROM mv
         JOIN pg_class AS o ON o.oid = mv.old
         LEFT JOIN pg_class AS ot ON ot.oid = o.reltoastrelid
         LEFT JOIN pg_class AS n ON n.oid = mv.new
         LEFT JOIN pg_class AS nt ON nt.oid = n.reltoastrelid
), col AS (
    SELECT mv.*, a.attnum, a.attname, format('ALTER MATERIALIZED VIEW %s ALTER COLUMN %I ', mv.ours, a.attname) AS head,
           coalesce(a.attstattarget, -1) AS target, coalesce(b.attstattarget, -1) AS our_target,
           a.attstorage, b.attstorage AS our_storage, a.attcompression, coalesce(b.attcompression, '') AS our_compression,
           -- some builds of PostgreSQL number their columns in an option of their own
           ARRAY(SELECT o FROM unnest(a.attoptions) AS o WHERE o !~ '^pg_attver=') AS options,
           ARRAY(SELECT o FROM unnest(b.attoptions) AS o WHERE o !~ '^pg_attver=') AS our_options
    FROM mv
         JOIN pg_attribute AS a ON a.attrelid = mv.old AND a.attnum > 0
         LEFT JOIN pg_attribute AS b ON b.attrelid = mv.new AND b.attname = a.attname
), idx AS (
    SELECT mv.*, i.indexrelid AS index, c.oid AS our_index, format('%I.%I', s.nspname, c.relname) AS name, i.indisclustered,
           n.indisclustered AS our_clustered, c.relname
    FROM mv
         JOIN pg_index AS i ON i.indrelid = mv.old AND i.indisvalid
         JOIN pg_index AS n ON n.indrelid = mv.new
         JOIN pg_class AS c ON c.oid = n.indexrelid AND c.relname = format('pgwiden_mvidx_%s', i.indexrelid)::name
         JOIN pg_namespace AS s ON s.oid = c.relnamespace
), statistic AS (
    SELECT mv.*, o.oid AS statistic, n.oid AS our_statistic, format('%I.%I', s.nspname, n.stxname) AS name,
           o.stxowner, n.stxowner AS our_owner,
           coalesce((to_jsonb(o) ->> 'stxstattarget')::int, -1) AS target,
           coalesce((to_jsonb(n) ->> 'stxstattarget')::int, -1) AS our_target
    FROM mv
         JOIN pg_statistic_ext AS o ON o.stxrelid = mv.old
         JOIN pg_statistic_ext AS n ON n.stxrelid = mv.new AND n.stxname = format('pgwiden_mvstat_%s', o.oid)::name
         JOIN pg_namespace AS s ON s.oid = n.stxnamespace
), commented AS (
    SELECT level, number, 'MATERIALIZED VIEW ' || ours AS what, obj_description(old, 'pg_class') AS text,
           obj_description(new, 'pg_class') AS our_text
    FROM mv
    UNION ALL
    SELECT level, number, format('COLUMN %s.%I', ours, attname), col_description(old, attnum), col_description(new, attnum)
    FROM col
    UNION ALL
    SELECT level, number, 'INDEX ' || name, obj_description(index, 'pg_class'), obj_description(our_index, 'pg_class') FROM idx
    UNION ALL
    SELECT level, number, 'STATISTICS ' || name, obj_description(statistic, 'pg_statistic_ext'),
           obj_description(our_statistic, 'pg_statistic_ext')
    FROM statistic
), bound AS (
    SELECT level, number, 'MATERIALIZED VIEW ' || ours AS what, old AS object, new AS our_object FROM mv
    UNION ALL
    SELECT level, number, 'INDEX ' || name, index, our_index FROM idx
), extension AS (
    SELECT b.level, b.number, b.what, e.extname,
           EXISTS (SELECT FROM pg_depend AS d WHERE d.classid = 'pg_class'::regclass AND d.objid = b.object
                   AND d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid AND d.deptype = 'x') AS wanted,
           EXISTS (SELECT FROM pg_depend AS d WHERE d.classid = 'pg_class'::regclass AND d.objid = b.our_object
                   AND d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid AND d.deptype = 'x') AS has
    FROM bound AS b, pg_extension AS e
), option AS (
    SELECT level, number, 2 AS kind, format('ALTER MATERIALIZED VIEW %s ', ours) AS head, options, our_options FROM toast
    UNION ALL
    SELECT level, number, 4, head, options, our_options FROM col
), part (level, number, kind, statement) AS (
    SELECT level, number, 1, format('ALTER MATERIALIZED VIEW %s OWNER TO %I', ours, pg_get_userbyid(relowner))
    FROM toast
    WHERE relowner <> coalesce(our_owner, (SELECT oid FROM pg_roles WHERE rolname = current_user))
    UNION ALL
    SELECT o.level, o.number, o.kind,
           o.head || format('RESET (%s)', string_agg(split_part(has, '=', 1), ', '))
    FROM option AS o, unnest(o.our_options) AS has
    WHERE NOT EXISTS (SELECT FROM unnest(o.options) AS w WHERE split_part(w, '=', 1) = split_part(has, '=', 1))
    GROUP BY o.level, o.number, o.kind, o.head
    UNION ALL
    SELECT o.level, o.number, o.kind,
           o.head || format('SET (%s)', string_agg(format('%s = %L', split_part(w, '=', 1),
                                                          substr(w, strpos(w, '=') + 1)), ', '))
    FROM option AS o, unnest(o.options) AS w
    WHERE w <> ALL (o.our_options)
    GROUP BY o.level, o.number, o.kind, o.head
    UNION ALL
    SELECT level, number, 3, format('ALTER MATERIALIZED VIEW %s REPLICA IDENTITY %s', ours,
                                    CASE relreplident WHEN 'f' THEN 'FULL' WHEN 'n' THEN 'NOTHING' ELSE 'DEFAULT' END)
    FROM toast
    WHERE relreplident <> our_identity
    UNION ALL
    SELECT level, number, 4, head || format('SET STATISTICS %s', target) FROM col WHERE target <> our_target
    UNION ALL
    -- while ours is missing, its storage is that of the type, which is not worth a line in plan
    SELECT level, number, 4, head || 'SET STORAGE ' || CASE attstorage WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN 'EXTERNAL'
                                                          WHEN 'x' THEN 'EXTENDED' ELSE 'MAIN' END
    FROM col WHERE attstorage <> our_storage
    UNION ALL
    SELECT level, number, 4, head || 'SET COMPRESSION ' || CASE attcompression WHEN 'p' THEN 'pglz' WHEN 'l' THEN 'lz4'
                                                              ELSE 'default' END
    FROM col WHERE attcompression <> our_compression
    UNION ALL
    SELECT level, number, 5, format('ALTER MATERIALIZED VIEW %s CLUSTER ON %I', ours, relname)
    FROM idx WHERE indisclustered AND NOT our_clustered
    UNION ALL
    SELECT level, number, 5, format('ALTER MATERIALIZED VIEW %s SET WITHOUT CLUSTER', ours)
    FROM idx WHERE our_clustered AND NOT indisclustered
                   AND NOT EXISTS (SELECT FROM pg_index AS i WHERE i.indrelid = idx.old AND i.indisclustered)
    UNION ALL
    SELECT i.level, i.number, 6, format('ALTER INDEX %s ALTER COLUMN %s SET STATISTICS %s', i.name, a.attnum,
                                        coalesce(a.attstattarget, -1))
    FROM idx AS i
         JOIN pg_attribute AS a ON a.attrelid = i.index
         JOIN pg_attribute AS b ON b.attrelid = i.our_index AND b.attnum = a.attnum
    WHERE coalesce(a.attstattarget, -1) <> coalesce(b.attstattarget, -1)
    UNION ALL
    SELECT level, number, 7, format('ALTER STATISTICS %s SET STATISTICS %s', name, target)
    FROM statistic WHERE target <> our_target
    UNION ALL
    SELECT level, number, 7, format('ALTER STATISTICS %s OWNER TO %I', name, pg_get_userbyid(stxowner))
    FROM statistic WHERE stxowner <> our_owner
    UNION ALL
    SELECT level, number, 8, format('COMMENT ON %s IS %L', what, text) FROM commented WHERE text IS DISTINCT FROM our_text
    UNION ALL
    SELECT level, number, 9, format('ALTER %s %sDEPENDS ON EXTENSION %I', what, CASE WHEN wanted THEN '' ELSE 'NO ' END, extname)
    FROM extension WHERE wanted <> has
)
SELECT 'materialized view ' || mv.relation AS object, p.statement, NULL::text AS lock, NULL::text AS relation, NULL::text AS also
FROM part AS p JOIN mv ON mv.number = p.number
ORDER BY p.level, p.number, p.kind, p.statement
