-- The foreign keys of rel's open conversion that are still to be exchanged, pair by pair: the old one is dropped and the new
-- one takes its name. A pair is exchanged when ours is there, and validated if the original was.
-- acts: those whose action writes to our columns (ON DELETE SET NULL and SET DEFAULT, ON UPDATE CASCADE, SET NULL and SET
-- DEFAULT), or the others.
-- Partitions on either side have keys of their own that belong to it: they take the names of the old ones too.
-- A row a pair, as of a step: object, statement, lock, relation, also.
CREATE OR REPLACE FUNCTION pg_temp.keys_exchanged(rel oid, acts bool)
RETURNS TABLE (object text, statement text, lock text, relation text, also text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pgwiden AS $$
    WITH RECURSIVE target AS (
        SELECT c.id,
               (SELECT bool_and(cc.to_attnum IS NULL) FROM conversion_column AS cc WHERE cc.conversion = c.id) AS planned
        FROM conversion AS c
        WHERE c.relid = rel AND c.outcome IS NULL
    ), pair AS (
        SELECT f.number, o.conname, f.our_name AS ours, n.oid IS NOT NULL AS made, o.oid AS old, n.oid AS new, f.tab AS child, f.also,
               obj_description(o.oid, 'pg_constraint') AS comment, obj_description(n.oid, 'pg_constraint') AS our_comment
        FROM target AS t
             JOIN foreign_key AS f ON f.conversion = t.id
             JOIN pg_constraint AS o ON o.oid = f.oid
             LEFT JOIN pg_constraint AS n ON n.conrelid = f.relid AND n.conname = f.our_name
        WHERE (t.planned OR (n.oid IS NOT NULL AND (n.convalidated OR NOT o.convalidated)))
          AND acts = EXISTS (SELECT FROM tree_column AS m
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
    SELECT format('foreign key %I on %s', p.conname, p.child) AS object,
           concat_ws('; ', format('ALTER TABLE %s DROP CONSTRAINT %I', p.child, p.conname),
                     format('ALTER TABLE %s RENAME CONSTRAINT %I TO %I', p.child, p.ours, p.conname),
                     (SELECT string_agg(format('ALTER TABLE %s RENAME CONSTRAINT %I TO %I', n.conrelid::regclass, n.conname, o.conname),
                                        '; ' ORDER BY n.oid)
                      FROM member AS n JOIN member AS o USING (conrelid, confrelid)
                      WHERE n.top = p.new AND o.top = p.old AND n.conname <> o.conname),
                     CASE WHEN p.made AND p.comment IS DISTINCT FROM p.our_comment
                          THEN format('COMMENT ON CONSTRAINT %I ON %s IS %L', p.conname, p.child, p.comment) END) AS statement,
           'ACCESS EXCLUSIVE' AS lock, p.child AS relation, p.also
    FROM pair AS p
    ORDER BY p.number
$$;
