-- The statement that fills the copy: real rows, of runs of blocks spread over the whole table, in one snapshot; or all
-- rows, when these are about as many as are wanted. A TID range scan reads the blocks that it is told, no others.
-- $1: oid of the table, $2: the copy's name, $3: rows wanted, $4: rows that the table has, about
-- Columns: statement; blocks: how many it reads; total: how many there are
-- Lock: ACCESS SHARE on the table while the statement runs.
WITH size AS (
    SELECT pg_relation_size($1::oid) / current_setting('block_size')::bigint AS total
), wanted AS (
    -- a row a block at least: where the number of rows is wrong (statistics of a time when it was empty), the copy is not
    -- the whole of a large table
    SELECT total, least(total, greatest($3::bigint, 1), ceil($3::float8 * total / greatest($4::float8, 1))::bigint) AS blocks
    FROM size
), runs AS (
    -- at most 100 runs, each in its part of the table, somewhere in it: nothing that repeats along the table is hit each time.
    -- None is longer than the shortest part: a block that is read twice has keys twice
    SELECT w.total, r.count, least(ceil(w.blocks::float8 / r.count)::bigint, w.total / r.count) AS length
    FROM wanted AS w
         CROSS JOIN LATERAL (SELECT greatest(least(100, w.blocks / 4), 1) AS count) AS r
), run AS (
    SELECT i * r.total / r.count
           + floor(random() * greatest((i + 1) * r.total / r.count - i * r.total / r.count - r.length + 1, 0))::bigint AS start,
           r.length
    FROM runs AS r, generate_series(0, r.count - 1) AS i
), columns AS (
    SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) AS list
    FROM pg_attribute
    WHERE attrelid = $1::oid AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
)
SELECT format('INSERT INTO pgwiden.%I%s ', $2::text, coalesce(' (' || k.list || ')', ''))
       || CASE WHEN w.whole THEN format('SELECT %s FROM ONLY %I.%I', k.list, n.nspname, c.relname)
               ELSE (SELECT string_agg(format('SELECT %s FROM ONLY %I.%I WHERE ctid >= ''(%s,0)'' AND ctid < ''(%s,0)''',
                                              k.list, n.nspname, c.relname, start, start + length),
                                       ' UNION ALL ' ORDER BY start)
                     FROM run) END AS statement,
       CASE WHEN w.whole THEN w.total ELSE (SELECT sum(length) FROM run) END AS blocks,
       w.total
FROM (SELECT total, blocks * 10 >= total * 9 AS whole FROM wanted) AS w, columns AS k,
     pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.oid = $1::oid
