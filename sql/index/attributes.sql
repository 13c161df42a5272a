-- What CREATE INDEX can't say: comments, and the statistics targets of expressions.
-- $1: the table's oid. Lock: SHARE UPDATE EXCLUSIVE on the index.
WITH t AS (
    SELECT d.number, format('index %I.%I', n.nspname, d.name) AS object,
           format('%I.pgwiden_idx_%s', n.nspname, d.number) AS ours, x.oid AS id,
           d.detail ->> 'comment' AS comment, d.detail -> 'statistics' AS statistics
    FROM conversion v
    JOIN definition d ON d.conversion = v.id AND d.kind = 'index'
    JOIN pg_class r ON r.oid = d.relid
    JOIN pg_namespace n ON n.oid = r.relnamespace
    LEFT JOIN (pg_index i JOIN pg_class x ON x.oid = i.indexrelid)
           ON i.indrelid = d.relid AND x.relname = format('pgwiden_idx_%s', d.number)
    WHERE v.relid = $1 AND v.outcome IS NULL AND v.swapped_at IS NULL
      AND NOT (r.relkind = 'p' AND d.detail ? 'constraint')
), targets AS (
    SELECT number, object, ours, key::int AS attnum, value::int AS wanted
    FROM t, jsonb_each_text(statistics)
    UNION
    SELECT number, object, ours, attnum, coalesce((statistics ->> attnum::text)::int, -1)
    FROM t JOIN pg_attribute ON attrelid = id AND attnum > 0 AND attstattarget >= 0
), statements AS (
    SELECT number, 0 AS place, object, format('COMMENT ON INDEX %s IS %L', ours, comment) AS statement
    FROM t
    WHERE comment IS DISTINCT FROM obj_description(id, 'pg_class')
    UNION ALL
    SELECT g.number, g.attnum, g.object,
           format('ALTER INDEX %s ALTER COLUMN %s SET STATISTICS %s', g.ours, g.attnum, wanted)
    FROM targets g
    JOIN t USING (number)
    LEFT JOIN pg_attribute a ON a.attrelid = t.id AND a.attnum = g.attnum
    WHERE wanted <> coalesce(a.attstattarget, -1)
)
SELECT object,
       statement,
       'SHARE UPDATE EXCLUSIVE' AS lock,
       NULL::text AS relation,
       NULL::text AS also
FROM statements
ORDER BY number, place
