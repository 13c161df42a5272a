-- After the swap of a partitioned table: the new indexes of partitions take the names of the old ones, which are called
-- pgwiden_oldidx_D until cleanup; kept out of the swap's lock, one partition a transaction. Then the columns of the new
-- indexes, which were named after the shadow; renaming one of a partitioned index reaches its partitions' indexes.
-- $1: the table's oid
-- Columns: object, statement, lock, relation, also
-- Lock: ACCESS EXCLUSIVE on one partition, for columns of partitioned indexes on all; catalog work only
WITH target AS (
    SELECT c.id, c.relid
    FROM conversion AS c
    WHERE c.relid = $1 AND c.outcome IS NULL
      AND EXISTS (SELECT FROM pg_class AS r WHERE r.oid = c.relid AND r.relkind = 'p')
), index AS (
    -- by its number before it has got its name, by its name afterwards; in plan there is none of ours yet
    SELECT t.id, d.number, d.relid, d.name, d.oid AS old, n.nspname, r.relname, m.level,
           d.detail ? 'partitioned' AS partitioned, d.detail ? 'constraint' AS is_constraint,
           x.oid AS new, x.relname AS new_name, format('pgwiden_idx_%s', d.number) AS ours,
           EXISTS (SELECT FROM pg_inherits AS h WHERE h.inhrelid = coalesce(x.oid, d.oid)) AS is_child
    FROM target AS t
         JOIN definition AS d ON d.conversion = t.id AND d.kind = 'index'
         JOIN pg_class AS r ON r.oid = d.relid
         JOIN pg_namespace AS n ON n.oid = r.relnamespace
         LEFT JOIN tree AS m ON m.conversion = t.id AND m.root = t.relid AND m.relid = d.relid
         LEFT JOIN (pg_index AS i JOIN pg_class AS x ON x.oid = i.indexrelid)
                ON i.indrelid = d.relid AND x.oid <> d.oid AND x.relname IN (format('pgwiden_idx_%s', d.number), d.name)
), part (relid, number, nspname, relname, level, place, text) AS (
    SELECT i.relid, i.number, i.nspname, i.relname, NULL::int, 1,
           concat_ws('; ',
               (SELECT format('ALTER INDEX %I.%I RENAME TO pgwiden_oldidx_%s', i.nspname, o.relname, i.number)
                FROM pg_class AS o
                WHERE o.oid = i.old AND o.relname = i.name
                  -- in plan: what goes with the swap (30_indexes.sql)
                  AND (i.new IS NOT NULL
                       OR NOT EXISTS (SELECT FROM pg_index AS x WHERE x.indexrelid = i.old AND x.indisunique))),
               format('ALTER INDEX %I.%I RENAME TO %I', i.nspname, i.ours, i.name))
    FROM index AS i
    WHERE NOT i.is_constraint AND NOT i.partitioned AND coalesce(i.new_name, i.ours) = i.ours
    UNION ALL
    SELECT i.relid, i.number, i.nspname, i.relname, i.level, 2,
           format('ALTER TABLE %I.%I RENAME COLUMN pgwiden_new_%s TO %I', i.nspname, i.name, k.from_attnum, k.attname)
    FROM index AS i
         JOIN conversion_column AS k ON k.conversion = i.id
         LEFT JOIN tree_column AS c ON c.conversion = i.id AND c.relid = i.relid AND c.number = k.from_attnum
    WHERE NOT i.is_child
      AND CASE WHEN i.new IS NULL
               THEN EXISTS (SELECT FROM pg_index AS x WHERE x.indexrelid = i.old AND c.attnum = ANY (x.indkey::int2[]))
               ELSE EXISTS (SELECT FROM pg_attribute AS a
                            WHERE a.attrelid = i.new AND a.attname = format('pgwiden_new_%s', k.from_attnum)) END
)
SELECT format('table %I.%I', p.nspname, p.relname) AS object,
       string_agg(p.text, '; ' ORDER BY p.number) AS statement,
       'ACCESS EXCLUSIVE' AS lock, format('%I.%I', p.nspname, p.relname) AS relation,
       (SELECT string_agg(m.tab, ', ONLY ' ORDER BY m.level, m.relid)
        FROM tree AS m WHERE m.conversion = t.id AND m.root = t.relid AND p.place = 2 AND m.level > p.level) AS also
FROM target AS t, part AS p
GROUP BY t.id, t.relid, p.place, p.relid, p.nspname, p.relname, p.level
ORDER BY p.place, p.relid
