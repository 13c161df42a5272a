-- How near the table is to a vacuum against wraparound, its nearest partition for all: every chunk takes a transaction id.
-- $1 oid of the table
-- -> age, max_age (of that partition). Lock: none.
WITH RECURSIVE tree (relid) AS (
    SELECT $1::oid
    UNION ALL
    SELECT i.inhrelid FROM tree t JOIN pg_inherits i ON i.inhparent = t.relid
)
SELECT age(c.relfrozenxid) AS age, m.max_age
FROM tree t
JOIN pg_class c ON c.oid = t.relid
CROSS JOIN LATERAL (
    SELECT least(current_setting('autovacuum_freeze_max_age')::bigint, min(r.option_value::bigint)) AS max_age
    FROM pg_options_to_table(c.reloptions) r
    WHERE r.option_name = 'autovacuum_freeze_max_age') m
WHERE c.relkind = 'r'
ORDER BY age(c.relfrozenxid)::float8 / m.max_age DESC
LIMIT 1
