-- The swap's message: foreign keys that reference the partitioned table go before the key that they need. Its new key is
-- made in this message, so that they could not be exchanged before.
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
)
SELECT format('foreign key %I on %s', k.conname, k.conrelid::regclass) AS object,
       format('ALTER TABLE %s DROP CONSTRAINT %I', k.conrelid::regclass, k.conname) AS statement,
       'ACCESS EXCLUSIVE' AS lock, t.relation::text AS relation, NULL AS also
FROM target AS t
     JOIN definition AS d ON d.conversion = t.id AND d.kind = 'foreign-key' AND d.detail ? 'late'
     JOIN pg_constraint AS k ON k.oid = d.oid
ORDER BY d.number
