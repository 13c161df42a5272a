-- The statements that make an empty copy of a table in schema pgwiden: same columns in their order, CHECKs, indexes, keys,
-- storage options. Defaults and identity stay away: no sequence of the user's is touched. So do foreign keys: they would
-- lock the tables at their other end.
-- $1: oid of the table (a leaf of a partitioned one), $2: the copy's name
-- Columns: statement; fillfactor (the table's); logged: it writes as much WAL as the table
-- The copy is nobody's to receive. A publication FOR ALL TABLES would send it to its subscribers, and so would a slot of
-- another plugin than pgoutput, which knows no publications: then it is UNLOGGED.
-- REPLICA IDENTITY FULL writes every old row to the WAL.
-- Lock: ACCESS SHARE on the table while the statement runs.
SELECT format('CREATE %sTABLE pgwiden.%I (LIKE %I.%I INCLUDING ALL EXCLUDING DEFAULTS EXCLUDING IDENTITY '
              'EXCLUDING COMMENTS) USING %I%s%s%s',
              CASE WHEN p.everything OR c.relpersistence = 'u' THEN 'UNLOGGED ' END, $2::text, n.nspname, c.relname,
              m.amname, ' WITH (' || o.options || ')', ' TABLESPACE ' || quote_ident(s.spcname),
              CASE WHEN c.relreplident = 'f' THEN format('; ALTER TABLE pgwiden.%I REPLICA IDENTITY FULL', $2::text) END)
           AS statement,
       coalesce(o.fillfactor, 100) AS fillfactor,
       NOT p.everything OR c.relpersistence = 'u' AS logged
FROM pg_class AS c
     JOIN pg_namespace AS n ON n.oid = c.relnamespace
     JOIN pg_am AS m ON m.oid = c.relam
     LEFT JOIN pg_tablespace AS s ON s.oid = c.reltablespace
     CROSS JOIN LATERAL (SELECT string_agg(format('%I = %L', option_name, option_value), ', ') AS options,
                                max(option_value) FILTER (WHERE option_name = 'fillfactor')::int AS fillfactor
                         FROM pg_options_to_table(c.reloptions)) AS o
     CROSS JOIN (SELECT EXISTS (SELECT FROM pg_publication WHERE puballtables)
                        OR EXISTS (SELECT FROM pg_replication_slots
                                   WHERE database = current_database() AND plugin <> 'pgoutput') AS everything) AS p
WHERE c.oid = $1::oid
