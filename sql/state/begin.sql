-- Opens a conversion of the columns $2 (attribute numbers) of table $1.
-- ($1 oid, $2 int2[], $3 client host, $4 client pid) -> id
WITH opened AS (
    INSERT INTO conversion (relid, nspname, relname, size_before, wal_start, client_host, client_pid, server_pid)
    SELECT t.oid, n.nspname, t.relname,
           (SELECT sum(pg_total_relation_size(r)) FROM (SELECT t.oid UNION SELECT p.relid FROM pg_partition_tree(t.oid) p) o (r)),
           pg_current_wal_insert_lsn(), $3::text, $4::int, pg_backend_pid()
      FROM pg_class t JOIN pg_namespace n ON n.oid = t.relnamespace
     WHERE t.oid = $1::oid
    RETURNING id, relid
), columns AS (
    INSERT INTO conversion_column (conversion, from_attnum, attname, typname)
    SELECT o.id, a.attnum, a.attname, y.typname
      FROM opened o
      JOIN pg_attribute a ON a.attrelid = o.relid AND a.attnum = ANY ($2::int2[])
      JOIN pg_type y ON y.oid = a.atttypid
    RETURNING conversion
)
SELECT id FROM opened
