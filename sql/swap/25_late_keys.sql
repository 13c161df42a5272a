-- The swap's message: foreign keys that reference the partitioned table, on its new key. NOT VALID: they hold for what is
-- written from now on, and what is there was held by the old ones; proved after the swap (sql/swap/late_keys.sql).
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
       concat_ws('; ',
           format('ALTER TABLE %s ADD CONSTRAINT %I%s', k.conrelid::regclass, k.conname,
                  substr(d.retargeted, length(format('ALTER TABLE %I.%I ADD CONSTRAINT pgwiden_fk_%s', n.nspname, r.relname,
                                                     d.number)) + 1)),
           format('COMMENT ON CONSTRAINT %I ON %s IS ', k.conname, k.conrelid::regclass)
               || quote_literal(obj_description(k.oid, 'pg_constraint'))) AS statement,
       'ACCESS EXCLUSIVE' AS lock, t.relation::text AS relation, NULL AS also
FROM target AS t
     JOIN definition AS d ON d.conversion = t.id AND d.kind = 'foreign-key' AND d.detail ? 'late'
     JOIN pg_constraint AS k ON k.oid = d.oid
     JOIN pg_class AS r ON r.oid = k.conrelid
     JOIN pg_namespace AS n ON n.oid = r.relnamespace
ORDER BY d.number
