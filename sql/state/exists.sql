-- Is there a schema pgwiden with our tables (0: no schema, 1: ours, 2: a schema of that name without them, 3: ours, but this
-- role may not read them)? Names are looked up without entering the schema, which takes USAGE.
-- Columns: found, owner (as to be written after --role; NULL: no schema)
SELECT CASE WHEN n.oid IS NULL THEN 0
            WHEN c.oid IS NULL THEN 2
            WHEN NOT has_schema_privilege(n.oid, 'USAGE') OR NOT has_table_privilege(c.oid, 'SELECT') THEN 3
            ELSE 1 END AS found,
       n.nspowner::regrole::text AS owner
FROM (VALUES ('pgwiden'::name)) AS our (name)
     LEFT JOIN pg_namespace AS n ON n.nspname = our.name
     LEFT JOIN pg_class AS c ON c.relnamespace = n.oid AND c.relname = 'conversion'
