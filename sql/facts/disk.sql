-- How much room and WAL a conversion takes, by rule of thumb. Measured on 2 * 10^5 to 5 * 10^6 rows of 36 to 250 bytes: the
-- heap grows by the values, and by 11 to 33 % that the sweep leaves free (65 % where a page holds 200 rows); indexes
-- without the column hardly grow; an UPDATE writes 240 to 740 bytes of WAL, the more the wider the row.
-- $1: oid of the table, $2: numbers of the columns, $3: rows
-- heap_bytes   by which the table grows
-- worst_bytes  by which it grows when an old snapshot keeps every row version
-- index_bytes  the new indexes, which stand beside the old ones until the swap or cleanup
-- sort_bytes   temporary files of the largest index build
-- wal_bytes    backfill and index builds
-- Lock: ACCESS SHARE on the table, its partitions and their indexes (sizes).
WITH tree AS (
    SELECT $1::oid AS relid
    UNION
    SELECT p.relid FROM pg_partition_tree($1) p
), heap AS (
    SELECT sum(pg_relation_size(t.relid)) AS bytes FROM tree t
), built AS (
    SELECT pg_relation_size(i.indexrelid)
           -- a wider key; what an index has more room for than it needs, a new one has not
           + greatest(c.reltuples, 0) * 4 * greatest(cardinality(ARRAY(SELECT unnest(i.indkey::int2[])
                                                                       INTERSECT SELECT unnest($2::int2[]))), 1) AS bytes
    FROM tree t
    JOIN pg_index i ON i.indrelid = t.relid
    JOIN pg_class c ON c.oid = i.indexrelid AND c.relname NOT LIKE 'pgwiden\_%'
    WHERE EXISTS (SELECT FROM pg_attribute root
                  JOIN pg_attribute a ON a.attrelid = t.relid AND a.attname = root.attname
                  WHERE root.attrelid = $1 AND root.attnum = ANY ($2)
                    AND (a.attnum = ANY (i.indkey::int2[])
                         OR EXISTS (SELECT FROM pg_depend d
                                    WHERE d.classid = 'pg_class'::regclass AND d.objid = i.indexrelid
                                      AND d.refclassid = 'pg_class'::regclass AND d.refobjid = t.relid
                                      AND d.refobjsubid = a.attnum)))
)
SELECT (v.bytes + h.bytes * CASE WHEN h.bytes < 45 * $3::bigint THEN 0.65 ELSE 0.25 END)::bigint AS heap_bytes,
       (v.bytes + h.bytes)::bigint AS worst_bytes,
       coalesce(sum(b.bytes), 0)::bigint AS index_bytes,
       coalesce(max(b.bytes), 0)::bigint AS sort_bytes,
       (180 * $3 + 2.3 * h.bytes + coalesce(sum(b.bytes), 0))::bigint AS wal_bytes
FROM heap h
CROSS JOIN LATERAL (SELECT $3 * 8 * cardinality($2)) v(bytes)
LEFT JOIN built b ON true
GROUP BY h.bytes, v.bytes
