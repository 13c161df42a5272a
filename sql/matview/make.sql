-- After the swap: each materialized view once more beside the old one, empty, from its text of before the swap: the
-- columns' names mean the new columns now.
-- $1: the table's oid
-- Columns: object, statement, lock, relation, also
-- Lock: ACCESS SHARE on what it reads
SELECT 'materialized view ' || m.relation AS object,
       format('SET LOCAL default_tablespace = %L; SET LOCAL default_table_access_method = %L; CREATE MATERIALIZED VIEW %s %s',
              coalesce(s.spcname, ''), a.amname, m.ours,
              substr(m.original, length(format('CREATE MATERIALIZED VIEW %I.%I ', m.detail ->> 'schema', d.name)) + 1))
           AS statement,
       'ACCESS SHARE' AS lock, NULL::text AS relation, NULL::text AS also
FROM pg_temp.matviews($1) AS m
     JOIN definition AS d ON d.conversion = m.conversion AND d.number = m.number
     JOIN pg_class AS o ON o.oid = m.old
     JOIN pg_am AS a ON a.oid = o.relam
     LEFT JOIN pg_tablespace AS s ON s.oid = o.reltablespace
WHERE m.new IS NULL
ORDER BY m.level, m.number
