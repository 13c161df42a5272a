-- The swap's message: sessions that have fired a trigger of the table hold plans in which NEW and OLD have an integer: the
-- next write would fail with 42804. A row of pg_proc that has been touched makes every session compile the function anew;
-- saying again what it is already changes nothing else.
-- $1: the table's oid
-- Columns: object, statement, lock, relation, also
-- Lock: none. What the role does not own is told by preflight (function-body).
WITH target AS (
    SELECT c.id, c.relid
    FROM conversion AS c
    WHERE c.relid = $1 AND c.outcome IS NULL
      AND NOT EXISTS (SELECT FROM conversion_column AS cc
                           JOIN pg_attribute AS a ON a.attnum = cc.to_attnum AND a.attname = cc.attname
                      WHERE cc.conversion = c.id AND a.attrelid = c.relid)
), tree AS (
    SELECT t.relid FROM target AS t
    UNION
    SELECT p.relid FROM target AS t, pg_partition_tree(t.relid) AS p
)
SELECT format('function %s', p.oid::regprocedure) AS object,
       format('ALTER FUNCTION %s SECURITY %s', p.oid::regprocedure,
              CASE WHEN p.prosecdef THEN 'DEFINER' ELSE 'INVOKER' END) AS statement,
       NULL AS lock, NULL AS relation, NULL AS also
FROM pg_proc AS p JOIN pg_language AS l ON l.oid = p.prolang
WHERE p.oid IN (SELECT g.tgfoid FROM tree AS r JOIN pg_trigger AS g ON g.tgrelid = r.relid WHERE NOT g.tgisinternal)
  AND p.pronamespace IS DISTINCT FROM to_regnamespace('pgwiden')
  AND l.lanname = 'plpgsql' AND pg_has_role(p.proowner, 'USAGE')
ORDER BY p.oid
