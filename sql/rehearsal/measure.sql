-- What is measured before and after a phase: WAL of the whole server so far, sizes of a table and its partitions, and how
-- far the journal has come.
-- $1: the table's oid, $2: its conversion
-- Columns: wal, heap, indexes (bytes), journal (number)
-- Lock: ACCESS SHARE on each of them, for a moment
SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::float8 AS wal,
       sum(pg_relation_size(o.relid)) AS heap, sum(pg_indexes_size(o.relid)) AS indexes,
       (SELECT max(j.number) FROM journal AS j WHERE j.conversion = $2::int) AS journal
FROM (SELECT $1::oid AS relid UNION SELECT p.relid FROM pg_partition_tree($1::oid) AS p) AS o
