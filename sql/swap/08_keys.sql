-- The swap's message: foreign keys of our columns whose action writes to them (ON DELETE SET NULL and SET DEFAULT, ON UPDATE
-- CASCADE, SET NULL and SET DEFAULT) are exchanged in it, and the referenced table is locked for its time. Once the old key
-- is gone and the columns are not exchanged yet, the action sets the shadow alone: the copy trigger takes that back, and the
-- row goes on referencing what is no longer there, without an error.
-- $1: the table's oid
-- Columns: object, statement, lock, relation, also
-- Lock: ACCESS EXCLUSIVE on the referencing and the referenced table, catalog work only
WITH RECURSIVE target AS (
    SELECT c.id,
           (SELECT bool_and(cc.to_attnum IS NULL) FROM conversion_column AS cc WHERE cc.conversion = c.id) AS planned
    FROM conversion AS c
    WHERE c.relid = $1 AND c.outcome IS NULL
), pair AS (
    SELECT f.number, o.conname, f.our_name AS ours, n.oid IS NOT NULL AS made, o.oid AS old, n.oid AS new, f.tab AS child, f.also,
           obj_description(o.oid, 'pg_constraint') AS comment, obj_description(n.oid, 'pg_constraint') AS our_comment
    FROM target AS t
         JOIN foreign_key AS f ON f.conversion = t.id
         JOIN pg_constraint AS o ON o.oid = f.oid
         LEFT JOIN pg_constraint AS n ON n.conrelid = f.relid AND n.conname = f.our_name
    WHERE (t.planned OR (n.oid IS NOT NULL AND (n.convalidated OR NOT o.convalidated)))
      AND EXISTS (SELECT FROM tree_column AS m
                  WHERE m.conversion = t.id AND m.relid = o.conrelid AND m.attnum = ANY (o.conkey)
                    AND (o.confdeltype IN ('n', 'd') OR o.confupdtype IN ('c', 'n', 'd')))
), family (top, oid) AS (
    SELECT p.top, p.top FROM pair, unnest(ARRAY[old, new]) AS p (top) WHERE p.top IS NOT NULL
    UNION ALL
    SELECT f.top, k.oid FROM family AS f JOIN pg_constraint AS k ON k.conparentid = f.oid
), member AS (
    SELECT f.top, k.oid, k.conrelid, k.confrelid, k.conname
    FROM family AS f JOIN pg_constraint AS k ON k.oid = f.oid
    WHERE f.top <> f.oid
)
SELECT format('foreign key %I on %s', p.conname, child) AS object,
       concat_ws('; ', format('ALTER TABLE %s DROP CONSTRAINT %I', child, p.conname),
                 format('ALTER TABLE %s RENAME CONSTRAINT %I TO %I', child, ours, p.conname),
                 (SELECT string_agg(format('ALTER TABLE %s RENAME CONSTRAINT %I TO %I', n.conrelid::regclass, n.conname, o.conname),
                                    '; ' ORDER BY n.oid)
                  FROM member AS n JOIN member AS o USING (conrelid, confrelid)
                  WHERE n.top = p.new AND o.top = p.old AND n.conname <> o.conname),
                 CASE WHEN made AND comment IS DISTINCT FROM our_comment
                      THEN format('COMMENT ON CONSTRAINT %I ON %s IS %L', p.conname, child, comment) END) AS statement,
       'ACCESS EXCLUSIVE' AS lock, child AS relation, also
FROM pair AS p
ORDER BY p.number
