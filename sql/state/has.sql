-- What an open conversion of table $1 has to do with: many steps are about one kind of object only, and are asked only where
-- there is one (core/plan/steps.h).
-- Columns: foreign_keys, materialized_views, partitions. Lock: none.
SELECT EXISTS (SELECT FROM definition AS d WHERE d.conversion = c.id AND d.kind = 'foreign-key') AS foreign_keys,
       EXISTS (SELECT FROM definition AS d WHERE d.conversion = c.id AND d.kind = 'materialized-view') AS materialized_views,
       EXISTS (SELECT FROM pg_class AS t WHERE t.oid = c.relid AND t.relkind = 'p') AS partitions
FROM conversion AS c
WHERE c.relid = $1 AND c.outcome IS NULL
