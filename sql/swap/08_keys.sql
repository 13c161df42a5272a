-- The swap's message: foreign keys of our columns whose action writes to them (ON DELETE SET NULL and SET DEFAULT, ON UPDATE
-- CASCADE, SET NULL and SET DEFAULT) are exchanged in it, and the referenced table is locked for its time. Once the old key
-- is gone and the columns are not exchanged yet, the action sets the shadow alone: the copy trigger takes that back, and the
-- row goes on referencing what is no longer there, without an error.
-- $1: the table's oid
-- Columns: object, statement, lock, relation, also
-- Lock: ACCESS EXCLUSIVE on the referencing and the referenced table, catalog work only
SELECT * FROM pg_temp.keys_exchanged($1::oid, true)
