-- Foreign keys, pair by pair, just before the swap's message: the old one dropped, the new one takes its name. After this
-- the swap locks one table only. A pair is exchanged when ours is there, validated if the original was; in plan always.
-- $1: the table's oid
-- Columns: object, statement, lock, relation, also
-- Lock: ACCESS EXCLUSIVE on the referencing and the referenced table, catalog work only
WITH target AS (
    SELECT c.id,
           (SELECT bool_and(cc.to_attnum IS NULL) FROM conversion_column AS cc WHERE cc.conversion = c.id) AS planned
    FROM conversion AS c
    WHERE c.relid = $1 AND c.outcome IS NULL
), pair AS (
    SELECT d.number, o.conname, o.conrelid::regclass AS child, o.confrelid::regclass AS parent,
           format('pgwiden_fk_%s', d.number) AS ours,
           obj_description(o.oid, 'pg_constraint') AS comment, obj_description(n.oid, 'pg_constraint') AS our_comment
    FROM target AS t
         JOIN definition AS d ON d.conversion = t.id AND d.kind = 'foreign-key'
         JOIN pg_constraint AS o ON o.oid = d.oid
         LEFT JOIN pg_constraint AS n ON n.conrelid = o.conrelid AND n.conname = format('pgwiden_fk_%s', d.number)::name
    WHERE t.planned OR (n.oid IS NOT NULL AND (n.convalidated OR NOT o.convalidated))
)
SELECT format('foreign key %I on %s', conname, child) AS object,
       format('ALTER TABLE %s DROP CONSTRAINT %I; ALTER TABLE %s RENAME CONSTRAINT %I TO %I', child, conname, child, ours,
              conname)
       || CASE WHEN comment IS DISTINCT FROM our_comment
               THEN format('; COMMENT ON CONSTRAINT %I ON %s IS %L', conname, child, comment) ELSE '' END AS statement,
       'ACCESS EXCLUSIVE' AS lock, child::text AS relation, CASE WHEN parent <> child THEN parent::text END AS also
FROM pair
ORDER BY number
