-- Size and use of a table and of a column of it.
-- $1: oid of the table, $2: number of the column
-- rows        by the statistics, scaled to the size of now; NULL when there are none
-- heap_bytes, index_bytes, indexes
-- last, ends  of the sequence that feeds the column: its last value, and the last one that column and sequence can hold
-- sequence    quoted; NULL when there is none, or its value is not readable
-- blocks, sampled, sample: where there are no statistics, a statement that counts the rows in some blocks
-- Lock: ACCESS SHARE on the table and its indexes (sizes), ROW EXCLUSIVE on the sequence, as nextval().
-- A partitioned table's are the sums over its partitions.
WITH RECURSIVE tree (relid) AS (
    SELECT $1::oid
    UNION ALL
    SELECT i.inhrelid FROM tree t JOIN pg_inherits i ON i.inhparent = t.relid
), tab AS (
    SELECT c.oid, c.reltuples, c.relpages, format('%I.%I', n.nspname, c.relname) AS relation,
           pg_relation_size(c.oid) AS bytes,
           pg_relation_size(c.oid) / current_setting('block_size')::bigint AS blocks,
           has_table_privilege(c.oid, 'SELECT') AND NOT row_security_active(c.oid) AS readable
    FROM tree t JOIN pg_class c ON c.oid = t.relid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind <> 'p'
), fed AS (
    SELECT d.objid AS seq
    FROM pg_depend d
    WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = $1
      AND d.refobjsubid = $2::int2 AND d.deptype IN ('a', 'i')
    UNION
    SELECT d.refobjid
    FROM pg_attrdef f
    JOIN pg_depend d ON d.classid = 'pg_attrdef'::regclass AND d.objid = f.oid AND d.refclassid = 'pg_class'::regclass
    WHERE f.adrelid = $1 AND f.adnum = $2
), sequence AS (
    SELECT format('%I.%I', n.nspname, c.relname) AS name,
           pg_sequence_last_value(c.oid) AS last,
           CASE WHEN s.seqincrement > 0
                THEN least(s.seqmax, CASE a.atttypid WHEN 'int2'::regtype THEN 32767 WHEN 'int4'::regtype THEN 2147483647
                                                     ELSE s.seqmax END)
                ELSE greatest(s.seqmin, CASE a.atttypid WHEN 'int2'::regtype THEN -32768
                                                        WHEN 'int4'::regtype THEN -2147483648 ELSE s.seqmin END)
                END AS ends
    FROM fed f
    JOIN pg_class c ON c.oid = f.seq
    JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_sequence s ON s.seqrelid = c.oid
    JOIN pg_attribute a ON a.attrelid = $1 AND a.attnum = $2
    -- an error for what is no sequence, and the planner may ask this first: a default depends on its table, too
    WHERE CASE WHEN c.relkind = 'S' THEN has_sequence_privilege(c.oid, 'USAGE, SELECT') END
    ORDER BY 1
    LIMIT 1
), pick AS (
    -- blocks spread evenly; all of them in a small table; of the largest table that has no statistics
    SELECT count(DISTINCT b.block) AS sampled,
           'SELECT ' || string_agg(DISTINCT format(
               '(SELECT count(*) FROM ONLY %s WHERE ctid >= ''(%s,0)'' AND ctid < ''(%s,0)'')',
               t.relation, b.block, b.block + 1), ' + ') AS sample
    FROM tab t, generate_series(0, 15) i
    CROSS JOIN LATERAL (SELECT i * t.blocks / 16 AS block) b
    WHERE t.oid = (SELECT l.oid FROM tab l
                   WHERE l.readable AND l.blocks > 0 AND (l.reltuples < 0 OR l.relpages = 0)
                   ORDER BY l.blocks DESC, l.oid LIMIT 1)
)
SELECT t.rows, t.bytes AS heap_bytes, t.index_bytes, t.indexes, s.last, s.ends, s.name AS sequence, t.blocks, p.sampled,
       p.sample
FROM (SELECT CASE WHEN bool_and(t.blocks = 0 OR t.reltuples >= 0 AND t.relpages > 0)
                  THEN coalesce(sum(round(t.reltuples::numeric / nullif(t.relpages, 0) * t.blocks)), 0) END AS rows,
             coalesce(sum(t.bytes), 0) AS bytes, coalesce(sum(pg_indexes_size(t.oid)), 0) AS index_bytes,
             -- partitions without statistics: as many rows in a block as in the one that is read
             coalesce(sum(t.blocks), 0) AS blocks,
             (SELECT count(*) FROM pg_index i WHERE i.indrelid = $1) AS indexes
      FROM tab t) t
CROSS JOIN pick p
LEFT JOIN sequence s ON true
