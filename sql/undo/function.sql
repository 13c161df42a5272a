-- The copy trigger's function.
-- $1: the table's oid. Lock: none.
SELECT format('function pgwiden.copy_%s', v.relid) AS object,
       format('DROP FUNCTION pgwiden.copy_%s()', v.relid) AS statement,
       NULL::text AS lock,
       NULL::text AS relation,
       NULL::text AS also
FROM conversion v
WHERE v.relid = $1 AND v.outcome IS NULL AND v.swapped_at IS NULL
  AND to_regprocedure(format('pgwiden.copy_%s()', v.relid)) IS NOT NULL
