-- One instance for a table: takes the advisory lock ("pgwi", oid) of table $1 for this session if it is free.
SELECT pg_try_advisory_lock(1885828969, $1::oid::int8::bit(32)::int)
