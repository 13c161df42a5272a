-- The functions of the copy trigger, and of the reverse trigger when the swap got as far as making it.
-- $1: the table's oid. Lock: none.
SELECT format('function pgwiden.%s_%s', f, v.relid) AS object,
       format('DROP FUNCTION pgwiden.%s_%s()', f, v.relid) AS statement,
       NULL::text AS lock,
       NULL::text AS relation,
       NULL::text AS also
FROM conversion v
CROSS JOIN unnest(ARRAY['copy', 'mirror']) f
WHERE v.relid = $1 AND v.outcome IS NULL AND v.swapped_at IS NULL
  AND to_regprocedure(format('pgwiden.%s_%s()', f, v.relid)) IS NOT NULL
ORDER BY f
