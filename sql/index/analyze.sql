-- Statistics of the shadows, of expression indexes and of extended statistics: they travel with the column through the
-- swap. Of a partitioned table one statement does the leaves as well. It leaves no trace of its own in the catalogs:
-- missing until the journal has it behind the last object built.
-- $1: the table's oid. Lock: SHARE UPDATE EXCLUSIVE.
SELECT format('table %I.%I', n.nspname, r.relname) AS object,
       format('ANALYZE %I.%I', n.nspname, r.relname) AS statement,
       'SHARE UPDATE EXCLUSIVE' AS lock,
       NULL::text AS relation,
       NULL::text AS also
FROM conversion v
JOIN pg_class r ON r.oid = v.relid
JOIN pg_namespace n ON n.oid = r.relnamespace
WHERE v.relid = $1 AND v.outcome IS NULL AND v.swapped_at IS NULL
  AND NOT EXISTS (SELECT FROM journal j
                  WHERE j.conversion = v.id AND j.step = 'analyze'
                    AND j.number > ALL (SELECT b.number FROM journal b
                                        WHERE b.conversion = v.id
                                          AND (b.statement LIKE 'CREATE %INDEX %' OR b.statement LIKE 'CREATE STATISTICS %')))
