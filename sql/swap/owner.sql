-- Sequences owned by an old column become owned by the new one. After the swap, in a transaction of its own: sessions
-- that called nextval hold the sequence until they end, and would wait for the table while the swap waits for them.
-- $1: the table's oid
-- Columns: object, statement, lock, relation, also
-- Lock: SHARE ROW EXCLUSIVE on the sequence, which LOCK TABLE can't take
SELECT format('sequence %s', s.oid::regclass) AS object,
       format('ALTER SEQUENCE %s OWNED BY %s.%I', s.oid::regclass, m.relid::regclass, cc.attname) AS statement,
       'SHARE ROW EXCLUSIVE' AS lock, NULL AS relation, NULL AS also
FROM conversion AS c
     JOIN conversion_column AS cc ON cc.conversion = c.id
     JOIN tree_column AS m ON m.conversion = c.id AND m.number = cc.from_attnum
     JOIN pg_depend AS d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = m.relid
                        AND d.refobjsubid = m.attnum AND d.classid = 'pg_class'::regclass AND d.deptype = 'a'
     JOIN pg_class AS s ON s.oid = d.objid AND s.relkind = 'S'
WHERE c.relid = $1 AND c.outcome IS NULL
ORDER BY s.oid
