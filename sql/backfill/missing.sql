-- Step of backfill: the rows that were there before the copy trigger. The statement is what a chunk does, for a tree the
-- one of its largest partition; the one that is sent (sql/backfill/chunk.sql) also skips locked rows and guards against a
-- moved table.
-- $1: the table's oid
-- Columns: object, statement, lock, relation, also. Lock: ROW EXCLUSIVE, a chunk at a time
WITH target AS (
    SELECT c.id, c.relid
    FROM conversion AS c
    WHERE c.relid = $1 AND c.outcome IS NULL AND c.swapped_at IS NULL
), leaf AS (
    SELECT l.relid, c.relpages
    FROM target AS t
    JOIN tree AS l ON l.conversion = t.id AND l.root = t.relid AND l.leaf
    JOIN pg_class AS c ON c.oid = l.relid
    WHERE NOT EXISTS (SELECT FROM backfill_range AS r WHERE r.conversion = t.id AND r.relid = l.relid)
       OR EXISTS (SELECT FROM backfill_range AS r WHERE r.conversion = t.id AND r.relid = l.relid AND NOT r.done)
), first AS (
    SELECT l.relid, l.relid::regclass AS name, count(*) OVER () AS leaves
    FROM leaf AS l
    ORDER BY l.relpages DESC, l.relid
    LIMIT 1
)
SELECT 'rows of ' || t.relid::regclass
       || CASE WHEN f.relid = t.relid THEN ''
               WHEN f.leaves = 1 THEN format(': partition %s', f.name)
               ELSE format(': partition %s and %s more', f.name, f.leaves - 1) END AS object,
       format('UPDATE ONLY %s SET %s WHERE ctid >= ''(first block,0)'' AND ctid < ''(last block,0)'' AND (%s)',
              f.name,
              string_agg(format('pgwiden_new_%s = %I', k.from_attnum, k.attname), ', ' ORDER BY k.from_attnum),
              string_agg(format('pgwiden_new_%s IS DISTINCT FROM %I', k.from_attnum, k.attname), ' OR '
                         ORDER BY k.from_attnum)) AS statement,
       'ROW EXCLUSIVE' AS lock, NULL::text AS relation, NULL::text AS also
FROM target AS t
CROSS JOIN first AS f
JOIN conversion_column AS k ON k.conversion = t.id
GROUP BY t.relid, f.relid, f.name, f.leaves
