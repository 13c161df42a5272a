-- The statements that take a copy and all that was made for it away, with schema pgwiden when a rehearsal made it and
-- nothing else is in it now. In a transaction that holds the lock against a first conversion.
-- $1: the copy's oid
-- Columns: statement
-- Lock: ACCESS EXCLUSIVE on the copy
SELECT CASE WHEN s.ours AND NOT s.needed THEN 'DROP SCHEMA pgwiden CASCADE'
            ELSE concat_ws('; ',
                -- table by table: the foreign keys' triggers sleep with the user's
                (SELECT string_agg(format('DELETE FROM %s WHERE conversion IN (SELECT id FROM pgwiden.conversion '
                                          'WHERE relid = %s AND nspname = ''pgwiden'')', k.conrelid::regclass, $1::oid), '; ')
                 FROM pg_constraint AS k
                 WHERE k.contype = 'f' AND k.confrelid = 'pgwiden.conversion'::regclass),
                format('DELETE FROM pgwiden.conversion WHERE relid = %s AND nspname = ''pgwiden''', $1::oid),
                'DROP TABLE pgwiden.' || (SELECT quote_ident(relname) FROM pg_class WHERE oid = $1::oid),
                format('DROP FUNCTION IF EXISTS pgwiden.copy_%1$s(), pgwiden.mirror_%1$s()', $1::oid),
                CASE WHEN s.ours AND s.used THEN 'COMMENT ON SCHEMA pgwiden IS NULL' END) END AS statement
FROM (SELECT obj_description(n.oid, 'pg_namespace') IS NOT DISTINCT FROM 'made for a rehearsal' AS ours,
             u.used,
             u.used OR EXISTS (SELECT FROM pg_class AS c
                               WHERE c.relnamespace = n.oid AND c.relname LIKE 'sample\_%' AND c.relkind = 'r'
                                 AND c.oid <> $1::oid) AS needed
      FROM pg_namespace AS n, (SELECT EXISTS (SELECT FROM pgwiden.conversion WHERE nspname <> 'pgwiden') AS used) AS u
      WHERE n.nspname = 'pgwiden') AS s
