-- Statistics of the new materialized views before anyone reads them. It leaves no trace of its own in the catalogs: missing
-- until the journal has it behind the last thing that was made of this one.
-- $1: the table's oid
-- Columns: object, statement, lock, relation, also
-- Lock: none on anything that is in use
SELECT 'materialized view ' || m.relation AS object, 'ANALYZE ' || m.ours AS statement,
       NULL::text AS lock, NULL::text AS relation, NULL::text AS also
FROM pg_temp.matviews($1) AS m
     LEFT JOIN pg_class AS n ON n.oid = m.new
WHERE (m.planned OR n.relispopulated)
  AND NOT EXISTS (SELECT FROM journal AS j
                  WHERE j.conversion = m.conversion AND j.statement = 'ANALYZE ' || m.ours
                    AND j.number > ALL (SELECT b.number FROM journal AS b
                                        WHERE b.conversion = m.conversion AND b.step IN ('matview data', 'matview indexes')))
ORDER BY m.level, m.number
