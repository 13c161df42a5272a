-- The copy is marked with whose it is, locked for this session, and nobody else's to read, whatever default privileges say.
-- $1: the copy's name, $2: host and process of the client
-- Columns: statement, relid, locked
-- Lock: the advisory lock of the copy
SELECT format('COMMENT ON TABLE pgwiden.%I IS %L', c.relname, $2::text)
       || coalesce((SELECT string_agg(DISTINCT format('; REVOKE ALL ON pgwiden.%I FROM %s', c.relname,
                                                      CASE x.grantee WHEN 0 THEN 'PUBLIC' ELSE x.grantee::regrole::text END), '')
                    FROM aclexplode(c.relacl) AS x
                    WHERE x.grantee <> c.relowner), '') AS statement,
       c.oid AS relid, pg_advisory_lock(1885828969, c.oid::int8::bit(32)::int) AS locked
FROM pg_class AS c
WHERE c.relnamespace = 'pgwiden'::regnamespace AND c.relname = $1::text
