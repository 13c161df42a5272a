-- The swap's message: the equality CHECKs go (the reverse trigger may write NULL from now on); the new CHECKs and, from
-- 18 on, the new NOT NULLs take the names of the old ones; constraints made in this message get their comments.
-- $1: the table's oid
-- Columns: object, statement, lock, relation, also
-- Lock: ACCESS EXCLUSIVE, held by the message already
WITH target AS (
    SELECT c.id, c.relid, c.relid::regclass AS relation
    FROM conversion AS c
    WHERE c.relid = $1 AND c.outcome IS NULL
      AND NOT EXISTS (SELECT FROM conversion_column AS cc
                           JOIN pg_attribute AS a ON a.attnum = cc.to_attnum AND a.attname = cc.attname
                      WHERE cc.conversion = c.id AND a.attrelid = c.relid)
), old AS (
    SELECT d.number, d.relid, k.oid, k.conname, format('pgwiden_check_%s', d.number) AS ours
    FROM target AS t
         JOIN definition AS d ON d.conversion = t.id AND d.kind = 'check'
         JOIN pg_constraint AS k ON k.oid = d.oid
    UNION ALL
    SELECT cc.number, cc.relid, k.oid, k.conname, format('pgwiden_nn_%s', cc.number)
    FROM target AS t
         JOIN tree_column AS cc ON cc.conversion = t.id
         JOIN pg_constraint AS k ON k.conrelid = cc.relid AND k.contype = 'n' AND k.conkey = ARRAY[cc.attnum]
                                AND k.coninhcount = 0
    UNION ALL
    SELECT d.number, d.relid, k.oid, k.conname, k.conname
    FROM target AS t
         JOIN definition AS d ON d.conversion = t.id AND d.kind = 'index'
         JOIN pg_constraint AS k ON k.conindid = d.oid AND k.conrelid = d.relid AND k.contype IN ('p', 'u')
), action (ordinal, object, text) AS (
    SELECT 1, 'table ' || t.relation,
           format('ALTER TABLE %s %s', t.relation,
                  string_agg(format('DROP CONSTRAINT pgwiden_eq_%s', cc.from_attnum), ', ' ORDER BY cc.from_attnum))
    FROM target AS t JOIN conversion_column AS cc ON cc.conversion = t.id
    GROUP BY t.relation
    UNION ALL
    SELECT 1, 'table ' || m.tab, format('ALTER TABLE %s DROP CONSTRAINT %I', m.tab, k.conname)
    FROM target AS t
         JOIN tree AS m ON m.conversion = t.id AND m.root = t.relid
         JOIN pg_constraint AS k ON k.conrelid = m.relid AND k.contype = 'c' AND k.conname ~ '^pgwiden_full_[0-9]+$'
                                AND k.coninhcount = 0
    UNION ALL
    SELECT 2, format('constraint %I on %s', o.conname, o.relid::regclass),
           format('ALTER TABLE %s RENAME CONSTRAINT %I TO %I', o.relid::regclass, o.ours, o.conname)
    FROM target AS t, old AS o
    WHERE o.ours <> o.conname
    UNION ALL
    SELECT 3, format('constraint %I on %s', o.conname, o.relid::regclass),
           format('COMMENT ON CONSTRAINT %I ON %s IS %L', o.conname, o.relid::regclass,
                  obj_description(o.oid, 'pg_constraint'))
    FROM target AS t CROSS JOIN old AS o
         LEFT JOIN pg_constraint AS k ON k.conrelid = o.relid AND k.conname = o.ours::name AND k.oid <> o.oid
    WHERE CASE WHEN o.ours = o.conname THEN obj_description(o.oid, 'pg_constraint') IS NOT NULL
               -- made before the swap, with its comment: only what has changed since
               ELSE k.oid IS NOT NULL
                    AND obj_description(o.oid, 'pg_constraint') IS DISTINCT FROM obj_description(k.oid, 'pg_constraint')
          END
    UNION ALL
    -- a partitioned table's index of a constraint was made in this message
    SELECT 3, format('index %s', d.oid::regclass),
           format('COMMENT ON INDEX %s IS %L', d.oid::regclass, obj_description(d.oid, 'pg_class'))
    FROM target AS t
         JOIN definition AS d ON d.conversion = t.id AND d.kind = 'index' AND d.detail ?& ARRAY['partitioned', 'constraint']
    WHERE obj_description(d.oid, 'pg_class') IS NOT NULL
)
SELECT a.object, a.text AS statement, 'ACCESS EXCLUSIVE' AS lock, t.relation::text AS relation, NULL AS also
FROM target AS t, action AS a
ORDER BY a.ordinal, a.object
