-- Copies of rehearsals, also of those that a kill left behind. Their owner's process is told in their comment; a table
-- without such a comment is none of ours.
-- Columns: relid, name, host, pid (of the client), free: nobody works on it, and it is ours now
-- Lock: the advisory lock of each copy, when it is free
SELECT s.oid AS relid, s.relname AS name, split_part(s.owner, ' ', 1) AS host, split_part(s.owner, ' ', 2) AS pid,
       pg_try_advisory_lock(1885828969, s.oid::int8::bit(32)::int) AS free
FROM (SELECT c.oid, c.relname, obj_description(c.oid, 'pg_class') AS owner
      FROM pg_namespace AS n JOIN pg_class AS c ON c.relnamespace = n.oid
      WHERE n.nspname = 'pgwiden' AND c.relname ~ '^sample_\d+_\d+$' AND c.relkind = 'r'
        AND obj_description(c.oid, 'pg_class') ~ '^\S+ \d+$'
        AND pg_has_role(n.nspowner, 'USAGE') AND pg_has_role(c.relowner, 'USAGE')
        AND NOT pg_is_in_recovery() AND NOT current_setting('transaction_read_only')::bool
      OFFSET 0) AS s
