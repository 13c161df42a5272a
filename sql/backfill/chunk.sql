-- The statements for the next chunks of a leaf, as texts to be prepared. What a chunk's does:
--   the inner scan picks rows of a range of blocks that are still different, and locks them without waiting (with the
--   strength that the UPDATE will need: a shadow in a unique index is a key column). It is a TID range scan, because that
--   prunes each page that it enters, for each block anew: so it reads only the line pointers of its pass and does not
--   look at the other rows of the page (a fifth of the whole time, measured);
--   the outer UPDATE ONLY writes them, unless the rows were moved to another file meanwhile, or another table has taken
--   the name, which a prepared statement looks for again ("moved" says so).
-- The columns are found by name: their numbers differ from leaf to leaf.
-- $1 oid of the leaf, $2 conversion, $3 exact: count what is seen and stop after so many rows (--chunk-size, the last
-- sweep), $4 touch: set a column of each B-tree index to itself. An UPDATE that sets none of an index's columns makes its
-- insert look for old versions to remove before it splits a page (doc. "Bottom-up Index Deletion"); below a held snapshot
-- there are none, and looking cost an eighth of the whole time. HOT and what subscribers get depend on the values, which
-- stay the same. Left out are columns where SET alone does something: columns of a unique index (a row that a BEFORE
-- trigger gets is locked FOR UPDATE then, against foreign keys' checks), those with triggers of their own, and tables with
-- generated columns (they are computed anew) or triggers in C, which may ask for the columns that SET names
-- (tsvector_update_trigger does).
-- Columns: statement, page, columns (that are widened), indexes, plain (no update can be HOT: the shadow is in an index).
--   No row: it has no shadow, or is no leaf of the tree any more.
-- statement: $1 tid[] where each scan begins, $2 tid[] where it ends (exclusive): one for each block, or one for all of
--   them where all line pointers are meant; $3 filenode, $4 rows at most, NULL: no limit. (Made by the client: TIDs that
--   the server puts together from numbers cost more than a third of a scan.)
--   Columns: updated, moved, seen, last_row (exact only), ms (of the server), counted and hot (updates of the table by this
--   session since its counters were reported last; doc. "Statistics Functions").
-- page: what pages look like: $1 block from, $2 block to, $3 one of so many blocks is read. Columns: rows (that are still
--   different, median of the pages that have some), lines (the last line pointer of these on nine of ten).
-- Locks: none; statement takes ROW EXCLUSIVE, page ACCESS SHARE.
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
                           WHERE i.indrelid = $1::oid AND i.indisunique AND c.shadow = ANY (i.indkey))) AS is_key,
           bool_or(EXISTS (SELECT FROM pg_index i
                           WHERE i.indrelid = $1::oid AND c.shadow = ANY (i.indkey))) AS plain,
           count(*) AS columns,
           (SELECT count(*) FROM pg_index i WHERE i.indrelid = $1::oid) AS indexes
    FROM columns c
    HAVING count(*) = (SELECT count(*) FROM conversion_column k WHERE k.conversion = $2::int)
), touched AS (
    SELECT string_agg(DISTINCT format(', %1$I = %1$I', k.attname), '') AS assignments
    FROM (SELECT DISTINCT ON (i.indexrelid) a.attname
          FROM pg_index i
          JOIN pg_class x ON x.oid = i.indexrelid
          JOIN pg_am m ON m.oid = x.relam AND m.amname = 'btree'
          CROSS JOIN generate_subscripts(i.indkey, 1) AS key (number)
          JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[key.number]
          WHERE i.indrelid = $1::oid AND key.number < i.indnkeyatts AND a.attidentity <> 'a'
            AND NOT EXISTS (SELECT FROM columns c WHERE c.shadow = a.attnum)
            AND NOT EXISTS (SELECT FROM pg_index u
                            WHERE u.indrelid = i.indrelid AND u.indisunique AND a.attnum = ANY (u.indkey))
            AND NOT EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = i.indrelid AND a.attnum = ANY (t.tgattr))
          ORDER BY i.indexrelid, key.number) AS k
    WHERE $4::bool
      AND NOT EXISTS (SELECT FROM pg_attribute g WHERE g.attrelid = $1::oid AND g.attgenerated = 's' AND NOT g.attisdropped)
      AND NOT EXISTS (SELECT FROM pg_trigger t
                      JOIN pg_proc f ON f.oid = t.tgfoid
                      JOIN pg_language l ON l.oid = f.prolang AND l.lanname IN ('c', 'internal')
                      WHERE t.tgrelid = $1::oid AND NOT t.tgisinternal)
), part AS (
    SELECT s.assignments || COALESCE((SELECT t.assignments FROM touched t), '') AS assignments,
           s.different, s.is_key, s.plain, s.columns, s.indexes,
           format('%I.%I', n.nspname, t.relname) AS relation,
           format('%L::regclass = %s AND pg_relation_filenode(%2$s) = $3::oid', format('%I.%I', n.nspname, t.relname), t.oid)
               AS here,
           CASE WHEN s.is_key THEN 'UPDATE' ELSE 'NO KEY UPDATE' END AS strength,
           'unnest($1::tid[], $2::tid[]) AS pgwiden_range (low, high)' AS ranges,
           'ctid >= pgwiden_range.low AND ctid < pgwiden_range.high' AS range
    FROM shadow s
    JOIN pg_class t ON t.oid = $1::oid
    JOIN pg_namespace n ON n.oid = t.relnamespace
)
SELECT 'WITH '
    || CASE WHEN $3::bool THEN
           format('seen AS MATERIALIZED (SELECT place FROM %s, LATERAL (SELECT ctid AS place FROM ONLY %s AS pgwiden_row '
                  || 'WHERE %s AND (%s) OFFSET 0) AS row WHERE %s LIMIT $4::bigint), ',
                  ranges, relation, range, different, here)
       ELSE '' END
    || format('chunk AS (UPDATE ONLY %s SET %s WHERE %s AND ctid = ANY (ARRAY(', relation, assignments, here)
    || CASE WHEN $3::bool THEN
           format('SELECT ctid FROM ONLY %s WHERE ctid = ANY (ARRAY(SELECT place FROM seen)) AND (%s) FOR %s SKIP LOCKED',
                  relation, different, strength)
       ELSE format('SELECT place FROM %s, LATERAL (SELECT ctid AS place FROM ONLY %s AS pgwiden_row WHERE %s AND (%s) '
                   || 'FOR %s SKIP LOCKED) AS row WHERE %s LIMIT $4::bigint',
                   ranges, relation, range, different, strength, here) END
    || ')) RETURNING 1) SELECT (SELECT count(*) FROM chunk) AS updated, '
    || format('(%s) IS NOT TRUE AS moved, ', here)
    || CASE WHEN $3::bool THEN '(SELECT count(*) FROM seen) AS seen, (SELECT max(place) FROM seen) AS last_row, '
       ELSE '0 AS seen, NULL AS last_row, ' END
    || 'extract(epoch FROM clock_timestamp() - statement_timestamp()) * 1000 AS ms, '
    || format('pg_stat_get_xact_tuples_updated(%1$s) AS counted, pg_stat_get_xact_tuples_hot_updated(%1$s) AS hot', $1)
       AS statement,
       'SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY page.rows) AS rows, '
    || 'percentile_disc(0.9) WITHIN GROUP (ORDER BY page.line) AS lines '
    || 'FROM (SELECT count(*) AS rows, (max(row.place)::text::point)[1] AS line '
    || 'FROM generate_series($1::bigint, $2::bigint - 1, $3::bigint) AS pgwiden_block (number), '
    || format('LATERAL (SELECT ctid AS place FROM ONLY %s AS pgwiden_row ', relation)
    || $$WHERE ctid >= ('(' || pgwiden_block.number || ',0)')::tid AND ctid < ('(' || pgwiden_block.number + 1 || ',0)')::tid $$
    || format('AND (%s) OFFSET 0) AS row GROUP BY pgwiden_block.number) AS page', different) AS page,
       columns, indexes, plain
FROM part
