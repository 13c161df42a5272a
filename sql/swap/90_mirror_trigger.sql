-- The swap's message: the reverse trigger. ENABLE ALWAYS, and its name sorts after every other BEFORE ROW trigger's: it
-- must see what they have made of the row. WHEN spares the call where the columns agree.
-- $1: the table's oid
-- Columns: object, statement, lock, relation, also
-- Lock: ACCESS EXCLUSIVE, held by the message already
WITH target AS (
    SELECT c.id, c.relid, c.relid::regclass AS relation
    FROM conversion AS c
    WHERE c.relid = $1 AND c.outcome IS NULL
      AND NOT EXISTS (SELECT FROM conversion_column AS cc
                           JOIN pg_attribute AS a ON a.attnum = cc.to_attnum AND a.attname = cc.attname
                      WHERE cc.conversion = c.id AND a.attrelid = c.relid)
), mirror AS (
    SELECT t.id, t.relation, format('pgwiden.mirror_%s', t.relid) AS function,
           (SELECT CASE WHEN max(g.tgname) >= '~pgwiden' THEN (max(g.tgname) || '~pgwiden')::name
                            ELSE '~pgwiden' END
            FROM tree AS m JOIN pg_trigger AS g ON g.tgrelid = m.relid
            WHERE m.conversion = t.id AND m.root = t.relid AND NOT g.tgisinternal AND g.tgtype & 3 = 3 AND g.tgtype & 20 <> 0
              AND g.tgfoid IS DISTINCT FROM to_regproc(format('pgwiden.copy_%s', t.relid))) AS name
    FROM target AS t
)
SELECT format('trigger %I on %s', m.name, m.relation) AS object,
       format('CREATE TRIGGER %1$I BEFORE INSERT OR UPDATE ON %2$s FOR EACH ROW WHEN (%3$s) '
              'EXECUTE FUNCTION %4$s(); ALTER TABLE %2$s ENABLE ALWAYS TRIGGER %1$I', m.name, m.relation,
              (SELECT string_agg(format('NEW.pgwiden_old_%s IS DISTINCT FROM NEW.%I', cc.from_attnum, cc.attname), ' OR '
                                 ORDER BY cc.from_attnum)
               FROM conversion_column AS cc WHERE cc.conversion = m.id), m.function) AS statement,
       'ACCESS EXCLUSIVE' AS lock, m.relation::text AS relation, NULL AS also
FROM mirror AS m
