-- A partitioned table's old foreign keys: its partitions have theirs, proved (undo/fk_restore.sql); ours goes, the old one
-- is made again and adopts them without reading a row. Partitions' keys get their names back, which ours bear.
-- $1: the table's oid. Lock: ACCESS EXCLUSIVE on the table, its partitions and the referenced table.
WITH RECURSIVE exchanged AS (
    SELECT f.*, k.oid AS top
    FROM conversion AS v
         JOIN foreign_key AS f ON f.conversion = v.id AND f.by_leaf
         JOIN shadow_key AS k ON k.conversion = v.id AND k.conrelid = f.relid AND k.conname = f.name
    WHERE v.relid = $1 AND v.outcome IS NULL AND v.swapped_at IS NULL
), member (number, oid) AS (
    SELECT number, top FROM exchanged
    UNION ALL
    SELECT m.number, k.oid FROM member AS m JOIN pg_constraint AS k ON k.conparentid = m.oid
)
SELECT format('foreign key %I on %s', e.name, e.tab) AS object,
       concat_ws('; ',
           format('ALTER TABLE %s DROP CONSTRAINT %I', e.tab, e.name),
           format('ALTER TABLE %s ADD CONSTRAINT %I%s', e.tab, e.name, left(e.as_before, -length(' NOT VALID'))),
           (SELECT string_agg(format('ALTER TABLE %s RENAME CONSTRAINT %I TO %I', t.tab, made.name, k.conname), '; '
                              ORDER BY t.level, t.relid)
            FROM member AS m
                 JOIN pg_constraint AS k ON k.oid = m.oid AND k.confrelid = e.referenced
                 JOIN tree AS t ON t.conversion = e.conversion AND t.root = e.relid AND t.relid = k.conrelid AND t.level > 0
                 -- one of a partition that has partitions is called as the root's, but where that name is taken
                 CROSS JOIN LATERAL (SELECT CASE WHEN t.leaf THEN e.our_name ELSE e.name END AS name) AS made
            WHERE m.number = e.number AND k.conname <> made.name
              AND (t.leaf OR NOT EXISTS (SELECT FROM pg_constraint AS o
                                         WHERE o.conrelid = t.relid AND o.conname = e.name AND o.oid <> k.oid))),
           format('COMMENT ON CONSTRAINT %I ON %s IS ', e.name, e.tab) || quote_literal(e.comment)) AS statement,
       'ACCESS EXCLUSIVE' AS lock,
       e.tab AS relation,
       e.also
FROM exchanged AS e
ORDER BY e.number
