-- The statement that updates the next chunk of a table, as a text to be prepared. What it does:
--   the inner scan picks rows of a range of blocks that are still different, and locks them without waiting (with the
--   strength that the UPDATE will need: a shadow in a unique index is a key column);
--   the outer UPDATE ONLY writes them, unless the rows were moved to another file meanwhile ("moved" says so).
-- $1 oid, $2 conversion, $3 exact: count what is seen and stop after so many rows (--chunk-size, the last sweep),
-- $4 place: the chunk's transaction also writes how far the backfill has come.
-- Columns: statement. Its parameters: $1 tid from, $2 tid to (exclusive), $3 filenode, $4 mask, $5 remainder,
--   $6 rows at most, NULL: no limit; with place also $7 part (NULL: the last sweep), $8
--   window_start, $9 pass, $10 block, $11 line pointer, $12 rows and $13 milliseconds that were not counted yet.
-- Its columns: updated, moved, seen, last_row (exact only), ms (of the server).
-- Locks: none; the statement takes ROW EXCLUSIVE.
WITH shadow AS (
    SELECT c.conversion,
           string_agg(format('%I = %I', n.attname, f.attname), ', ' ORDER BY f.attnum) AS assignments,
           string_agg(format('%I IS DISTINCT FROM %I', n.attname, f.attname), ' OR ' ORDER BY f.attnum) AS different,
           bool_or(EXISTS (SELECT FROM pg_index i
                           WHERE i.indrelid = $1::oid AND i.indisunique AND c.to_attnum = ANY (i.indkey))) AS is_key
    FROM conversion_column c
    JOIN pg_attribute f ON f.attrelid = $1::oid AND f.attnum = c.from_attnum
    JOIN pg_attribute n ON n.attrelid = $1::oid AND n.attnum = c.to_attnum
    WHERE c.conversion = $2::int
    GROUP BY c.conversion
), selector AS (
    -- A key that counts up puts the same number of rows of each page into each pass; the hash of the row's place does
    -- for all others, but not as evenly.
    SELECT COALESCE((SELECT quote_ident(a.attname)
                     FROM conversion_column c
                     JOIN pg_attribute a ON a.attrelid = $1::oid AND a.attnum = c.from_attnum AND a.attnotnull
                     JOIN pg_index i ON i.indrelid = $1::oid AND i.indisunique AND i.indnkeyatts = 1
                                    AND i.indpred IS NULL AND i.indkey[0] = a.attnum
                     WHERE c.conversion = $2::int
                       AND NOT EXISTS (SELECT FROM pg_depend d
                                       JOIN pg_sequence s ON s.seqrelid = d.objid
                                       WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass
                                         AND d.refobjid = $1::oid AND d.refobjsubid = a.attnum
                                         AND s.seqincrement % 2 = 0)
                     ORDER BY a.attnum
                     LIMIT 1), 'hashtid(ctid)') AS expression
), part AS (
    -- CASE: most rows are not of this pass, and then their last column need not be found
    SELECT s.*,
           format('%I.%I', n.nspname, t.relname) AS relation,
           format('pg_relation_filenode(%s)', t.oid) AS filenode,
           format('ctid >= $1::tid AND ctid < $2::tid '
                  || 'AND CASE WHEN %s & $4::int = $5::int THEN %s ELSE false END', e.expression, s.different) AS chosen,
           CASE WHEN s.is_key THEN 'UPDATE' ELSE 'NO KEY UPDATE' END AS strength
    FROM shadow s
    CROSS JOIN selector e
    JOIN pg_class t ON t.oid = $1::oid
    JOIN pg_namespace n ON n.oid = t.relnamespace
)
SELECT 'WITH '
    || CASE WHEN $3::bool THEN
           format('seen AS MATERIALIZED (SELECT ctid AS place FROM ONLY %s WHERE %s = $3::oid AND %s LIMIT $6::bigint), ',
                  relation, filenode, chosen)
       ELSE '' END
    || format('chunk AS (UPDATE ONLY %s SET %s WHERE %s = $3::oid AND ctid = ANY (ARRAY(SELECT ctid FROM ONLY %s WHERE %s '
              || '%s FOR %s SKIP LOCKED)) RETURNING 1)',
              relation, assignments, filenode, relation,
              CASE WHEN $3::bool THEN format('ctid = ANY (ARRAY(SELECT place FROM seen)) AND (%s)', different)
                   ELSE chosen END,
              CASE WHEN NOT $3::bool THEN 'LIMIT $6::bigint' END, strength)
    || CASE WHEN $4::bool THEN
           format(', place AS (UPDATE backfill_range SET window_start = $8::bigint, pass = $9::int, block = $10::bigint, '
                  || 'line_pointer = $11::int, rows_done = rows_done + $12::bigint + (SELECT count(*) FROM chunk), '
                  || 'done = $8::bigint >= block_to '
                  || 'WHERE conversion = %1$s AND part = $7::int AND filenode = $3::oid AND %2$s = $3::oid), '
                  || 'total AS (UPDATE conversion SET rows_done = rows_done + $12::bigint + (SELECT count(*) FROM chunk), '
                  || 'backfill_ms = backfill_ms + $13::float8, updated_at = clock_timestamp() '
                  || 'WHERE id = %1$s AND %2$s = $3::oid)',
                  conversion, filenode)
       ELSE '' END
    || ' SELECT (SELECT count(*) FROM chunk) AS updated, '
    || format('%s IS DISTINCT FROM $3::oid AS moved, ', filenode)
    || CASE WHEN $3::bool THEN '(SELECT count(*) FROM seen) AS seen, (SELECT max(place) FROM seen) AS last_row, '
       ELSE '0 AS seen, NULL AS last_row, ' END
    || 'extract(epoch FROM clock_timestamp() - statement_timestamp()) * 1000 AS ms' AS statement
FROM part
