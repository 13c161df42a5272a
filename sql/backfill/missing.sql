-- Step of backfill: the rows that were there before the copy trigger. The statement is what a chunk does; the one that
-- is sent (sql/backfill/chunk.sql) also skips locked rows, guards against a moved table and writes its position.
-- $1: the table's oid
-- Columns: object, statement, lock, relation, also. Lock: ROW EXCLUSIVE, a chunk at a time
WITH target AS (
    SELECT c.id, c.relid
    FROM conversion AS c
    WHERE c.relid = $1 AND c.outcome IS NULL AND c.swapped_at IS NULL
      AND (NOT EXISTS (SELECT FROM backfill_range AS r WHERE r.conversion = c.id)
           OR EXISTS (SELECT FROM backfill_range AS r WHERE r.conversion = c.id AND NOT r.done))
)
SELECT 'rows of ' || t.relid::regclass AS object,
       format('UPDATE ONLY %s SET %s WHERE ctid >= ''(first block,0)'' AND ctid < ''(last block,0)'' AND (%s)',
              t.relid::regclass,
              string_agg(format('pgwiden_new_%s = %I', k.from_attnum, k.attname), ', ' ORDER BY k.from_attnum),
              string_agg(format('pgwiden_new_%s IS DISTINCT FROM %I', k.from_attnum, k.attname), ' OR '
                         ORDER BY k.from_attnum)) AS statement,
       'ROW EXCLUSIVE' AS lock, NULL::text AS relation, NULL::text AS also
FROM target AS t JOIN conversion_column AS k ON k.conversion = t.id
GROUP BY t.relid
