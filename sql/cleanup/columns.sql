-- The reverse trigger, old statistics objects, the old columns and our functions go in one transaction. No CASCADE:
-- what should have been missed makes it fail with nothing lost.
-- $1: the table's oid
-- Columns: object, statement, lock, relation, also
-- Lock: ACCESS EXCLUSIVE, catalog work only
WITH target AS (
    SELECT c.id, c.relid, c.relid::regclass AS relation, w.also
    FROM conversion AS c JOIN whole AS w ON w.conversion = c.id AND w.root = c.relid
    WHERE c.relid = $1 AND c.outcome IS NULL
), part (ordinal, number, text) AS (
    SELECT 1, 0, format('DROP TRIGGER %I ON %s', coalesce(
               (SELECT g.tgname FROM pg_trigger AS g
                WHERE g.tgrelid = t.relid AND g.tgfoid = to_regproc(format('pgwiden.mirror_%s', t.relid))),
               -- in plan: the name that the swap will give it
               (SELECT CASE WHEN max(g.tgname) >= '~pgwiden' THEN (max(g.tgname) || '~pgwiden')::name
                            ELSE '~pgwiden' END
                FROM tree AS m JOIN pg_trigger AS g ON g.tgrelid = m.relid
                WHERE m.conversion = t.id AND m.root = t.relid AND NOT g.tgisinternal AND g.tgtype & 3 = 3 AND g.tgtype & 20 <> 0
                  AND g.tgfoid IS DISTINCT FROM to_regproc(format('pgwiden.copy_%s', t.relid)))), t.relation)
    FROM target AS t
    UNION ALL
    SELECT 2, d.number, format('DROP STATISTICS %I.pgwiden_oldstat_%s', n.nspname, d.number)
    FROM target AS t
         JOIN definition AS d ON d.conversion = t.id AND d.kind = 'statistics'
         JOIN pg_statistic_ext AS s ON s.oid = d.oid
         JOIN pg_namespace AS n ON n.oid = s.stxnamespace
    UNION ALL
    SELECT 3, 0, format('ALTER TABLE %s %s', t.relation,
                        string_agg(format('DROP COLUMN pgwiden_old_%s', cc.from_attnum), ', ' ORDER BY cc.from_attnum))
    FROM target AS t JOIN conversion_column AS cc ON cc.conversion = t.id
    GROUP BY t.relation
    UNION ALL
    SELECT 4, 0, format('DROP FUNCTION pgwiden.copy_%s(), pgwiden.mirror_%s()', t.relid, t.relid) FROM target AS t
)
SELECT 'table ' || t.relation AS object, string_agg(p.text, '; ' ORDER BY p.ordinal, p.number) AS statement,
       'ACCESS EXCLUSIVE' AS lock, t.relation::text AS relation, t.also
FROM target AS t, part AS p
WHERE EXISTS (SELECT FROM conversion_column AS cc
                   JOIN pg_attribute AS a ON a.attrelid = t.relid AND a.attnum = cc.from_attnum AND NOT a.attisdropped
              WHERE cc.conversion = t.id)
GROUP BY t.relation, t.also
