-- The statement that updates the next chunk of a leaf, as a text to be prepared. What it does:
--   the inner scan picks rows of a range of blocks that are still different, and locks them without waiting (with the
--   strength that the UPDATE will need: a shadow in a unique index is a key column);
--   the outer UPDATE ONLY writes them, unless the rows were moved to another file meanwhile ("moved" says so).
-- The columns are found by name: their numbers differ from leaf to leaf.
-- $1 oid of the leaf, $2 conversion, $3 exact: count what is seen and stop after so many rows (--chunk-size, the last
-- sweep).
-- Columns: statement (no row: it has no shadow, or is no leaf of the tree any more). Its parameters: $1 tid from, $2 tid to
--   (exclusive), $3 filenode, $4 mask, $5 remainder, $6 rows at most, NULL: no limit.
-- Its columns: updated, moved, seen, last_row (exact only), ms (of the server).
-- Locks: none; the statement takes ROW EXCLUSIVE.
WITH RECURSIVE up (relid) AS (
    SELECT $1::oid
    UNION ALL
    SELECT i.inhparent
    FROM up u
    JOIN pg_inherits i ON i.inhrelid = u.relid AND NOT i.inhdetachpending
), columns AS (
    SELECT v.relid AS root, c.from_attnum, f.attnum AS source, f.attname AS source_name, f.attnotnull,
           n.attnum AS shadow, n.attname AS shadow_name
    FROM conversion v
    JOIN conversion_column c ON c.conversion = v.id
    JOIN pg_attribute r ON r.attrelid = v.relid AND r.attnum = c.from_attnum
    JOIN pg_attribute f ON f.attrelid = $1::oid AND f.attname = r.attname
    JOIN pg_attribute s ON s.attrelid = v.relid AND s.attnum = c.to_attnum
    JOIN pg_attribute n ON n.attrelid = $1::oid AND n.attname = s.attname AND NOT n.attisdropped
    WHERE v.id = $2::int AND v.relid IN (SELECT u.relid FROM up u)
), shadow AS (
    SELECT string_agg(format('%I = %I', c.shadow_name, c.source_name), ', ' ORDER BY c.from_attnum) AS assignments,
           string_agg(format('%I IS DISTINCT FROM %I', c.shadow_name, c.source_name), ' OR '
                      ORDER BY c.from_attnum) AS different,
           bool_or(EXISTS (SELECT FROM pg_index i
                           WHERE i.indrelid = $1::oid AND i.indisunique AND c.shadow = ANY (i.indkey))) AS is_key
    FROM columns c
    HAVING count(*) = (SELECT count(*) FROM conversion_column k WHERE k.conversion = $2::int)
), selector AS (
    -- A key that counts up puts the same number of rows of each page into each pass; the hash of the row's place does
    -- for all others, but not as evenly.
    SELECT COALESCE((SELECT quote_ident(c.source_name)
                     FROM columns c
                     JOIN pg_index i ON i.indrelid = $1::oid AND i.indisunique AND i.indnkeyatts = 1
                                    AND i.indpred IS NULL AND i.indkey[0] = c.source
                     WHERE c.attnotnull
                       AND NOT EXISTS (SELECT FROM pg_depend d
                                       JOIN pg_sequence s ON s.seqrelid = d.objid
                                       WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass
                                         AND d.refobjid = c.root AND d.refobjsubid = c.from_attnum
                                         AND s.seqincrement % 2 = 0)
                     ORDER BY c.from_attnum
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
    || ' SELECT (SELECT count(*) FROM chunk) AS updated, '
    || format('%s IS DISTINCT FROM $3::oid AS moved, ', filenode)
    || CASE WHEN $3::bool THEN '(SELECT count(*) FROM seen) AS seen, (SELECT max(place) FROM seen) AS last_row, '
       ELSE '0 AS seen, NULL AS last_row, ' END
    || 'extract(epoch FROM clock_timestamp() - statement_timestamp()) * 1000 AS ms' AS statement
FROM part
