-- Foreign keys just before the swap's message, but for those that would write to our columns (08_keys.sql).
-- $1: the table's oid
-- Columns: object, statement, lock, relation, also
-- Lock: ACCESS EXCLUSIVE on the referencing and the referenced table, catalog work only
SELECT * FROM pg_temp.keys_exchanged($1::oid, false)
