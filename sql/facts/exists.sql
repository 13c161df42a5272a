-- Is the table still there?
-- $1: its oid. Column: exists. Lock: none
SELECT EXISTS (SELECT FROM pg_class WHERE oid = $1::oid) AS exists
