-- Open conversions of tables that were dropped: nothing is left to undo but the functions of their triggers.
-- Columns: id, relid, schema, table (as they were called), statement
-- Lock: none
SELECT c.id, c.relid, c.nspname AS schema, c.relname AS table,
       format('DROP FUNCTION IF EXISTS pgwiden.copy_%1$s(), pgwiden.mirror_%1$s()', c.relid) AS statement
FROM conversion AS c
     JOIN pg_namespace AS n ON n.nspname = 'pgwiden'
WHERE c.outcome IS NULL AND c.nspname <> 'pgwiden' AND NOT EXISTS (SELECT FROM pg_class AS r WHERE r.oid = c.relid)
  AND pg_has_role(n.nspowner, 'USAGE') AND NOT pg_is_in_recovery() AND NOT current_setting('transaction_read_only')::bool
ORDER BY c.id
