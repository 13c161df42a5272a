-- Fills or refreshes the definitions of table $1 (sql/capture/ makes the function).
SELECT pg_temp.capture($1::oid)
