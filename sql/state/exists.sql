-- Is there a schema pgwiden with our tables (0: no schema, 1: ours, 2: a schema of that name without them, 3: ours, but this
-- role may not read them, 4: ours by the names, but of an owner whose code this session must not run: state/strangers.sql
-- has to look at it, once a session)? A superuser's schema is trusted, and that of the role that logged on: what its owner
-- may do, this session may do as well. A role that was SET is no such boundary, a function may RESET it.
-- Only with 1 is schema pgwiden in the search_path from here on. It may be in it while this runs: functions are qualified,
-- and an operator between equal types is found in pg_catalog first.
-- Names are looked up without entering the schema, which takes USAGE.
-- Columns: found, owner (as to be written after --role; NULL: no schema), search_path
SELECT f.found, f.owner,
       pg_catalog.set_config('search_path', CASE f.found WHEN 1 THEN 'pg_catalog, pgwiden' ELSE 'pg_catalog' END, false)
           AS search_path
FROM (SELECT CASE WHEN n.oid IS NULL THEN 0
                  WHEN c.oid IS NULL THEN 2
                  WHEN NOT pg_catalog.has_schema_privilege(n.oid, 'USAGE')
                       OR NOT pg_catalog.has_table_privilege(c.oid, 'SELECT') THEN 3
                  WHEN NOT r.rolsuper AND r.rolname <> session_user
                       AND pg_catalog.current_setting('pgwiden.inspected', true)
                           IS DISTINCT FROM n.oid::pg_catalog.text THEN 4
                  WHEN c.relkind <> 'r' THEN 2
                  ELSE 1 END AS found,
             n.nspowner::pg_catalog.regrole::pg_catalog.text AS owner
      FROM (VALUES ('pgwiden'::pg_catalog.name)) AS our (name)
           LEFT JOIN pg_catalog.pg_namespace AS n ON n.nspname = our.name
           LEFT JOIN pg_catalog.pg_roles AS r ON r.oid = n.nspowner
           LEFT JOIN pg_catalog.pg_class AS c ON c.relnamespace = n.oid AND c.relname = 'conversion') AS f
