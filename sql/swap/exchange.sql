-- Foreign keys, pair by pair, just before the swap's message: the old one is dropped and the new one takes its name.
-- After this the swap locks one table only. A pair is exchanged when ours is there, and validated if the original was.
-- $1: the table's oid
-- Columns: object, statement, lock, relation, also
-- Lock: ACCESS EXCLUSIVE on the referencing and the referenced table, catalog work only
WITH target AS (
    SELECT c.id,
           (SELECT bool_and(cc.to_attnum IS NULL) FROM conversion_column AS cc WHERE cc.conversion = c.id) AS planned
    FROM conversion AS c
    WHERE c.relid = $1 AND c.outcome IS NULL
), pair AS (
    SELECT d.number, o.conname, format('pgwiden_fk_%s', d.number) AS ours, n.oid IS NOT NULL AS made,
           o.conrelid::regclass AS child,
           -- who may not lock the referenced table may drop the key all the same
           CASE WHEN o.confrelid <> o.conrelid
                 AND (has_table_privilege(o.confrelid, 'UPDATE, DELETE, TRUNCATE')
                      OR CASE WHEN current_setting('server_version_num')::int >= 170000
                              THEN has_table_privilege(o.confrelid, 'MAINTAIN') END)
                THEN o.confrelid::regclass::text END AS parent,
           obj_description(o.oid, 'pg_constraint') AS comment, obj_description(n.oid, 'pg_constraint') AS our_comment
    FROM target AS t
         JOIN definition AS d ON d.conversion = t.id AND d.kind = 'foreign-key'
         JOIN pg_constraint AS o ON o.oid = d.oid
         LEFT JOIN pg_constraint AS n ON n.conrelid = o.conrelid AND n.conname = format('pgwiden_fk_%s', d.number)::name
    WHERE t.planned OR (n.oid IS NOT NULL AND (n.convalidated OR NOT o.convalidated))
)
SELECT format('foreign key %I on %s', conname, child) AS object,
       concat_ws('; ', format('ALTER TABLE %s DROP CONSTRAINT %I', child, conname),
                 format('ALTER TABLE %s RENAME CONSTRAINT %I TO %I', child, ours, conname),
                 CASE WHEN made AND comment IS DISTINCT FROM our_comment
                      THEN format('COMMENT ON CONSTRAINT %I ON %s IS %L', conname, child, comment) END) AS statement,
       'ACCESS EXCLUSIVE' AS lock, child::text AS relation, parent AS also
FROM pair
ORDER BY number
