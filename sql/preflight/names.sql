-- What is called as we call ours, and is not ours: it would be taken for ours, filled and swapped, or dropped by cleanup and
-- abort. As long as the functions of the table's triggers are there a conversion of it is open, and such names are ours.
-- $1: oid of the table, $2: numbers of the columns
-- code, object, reason, hint. Lock: none.
WITH RECURSIVE tree (relid) AS (
    SELECT $1::oid
    WHERE NOT EXISTS (
        SELECT FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
        WHERE n.nspname = 'pgwiden' AND p.proname::text IN ('copy_' || $1::oid, 'mirror_' || $1::oid))
    UNION ALL
    SELECT i.inhrelid FROM tree t JOIN pg_inherits i ON i.inhparent = t.relid
), tab AS (
    SELECT c.oid, c.relnamespace, format('%I.%I', n.nspname, c.relname) AS relation
    FROM tree t JOIN pg_class c ON c.oid = t.relid JOIN pg_namespace n ON n.oid = c.relnamespace
), found AS (
    SELECT 1 AS place, format('column %s.%I', t.relation, a.attname) AS object,
           format('ALTER TABLE %s RENAME %I TO ..;', t.relation, a.attname) AS rename
    FROM tab t
    JOIN pg_attribute a ON a.attrelid = t.oid AND NOT a.attisdropped
    JOIN unnest($2::int2[]) k ON a.attname IN ('pgwiden_new_' || k, 'pgwiden_old_' || k)
    WHERE t.oid = $1
    UNION ALL
    SELECT 2, format('constraint %I on %s', o.conname, t.relation),
           format('ALTER TABLE %s RENAME CONSTRAINT %I TO ..;', t.relation, o.conname)
    FROM tab t
    JOIN pg_constraint o ON o.conrelid = t.oid AND o.conname ~ '^pgwiden_(eq|check|full|nn)_[0-9]+$' AND o.coninhcount = 0
    UNION ALL
    -- also of others in the schema, where no name can be twice; of tables that are being converted they are ours
    SELECT 3, format('%s %I.%I', CASE WHEN i.indexrelid IS NULL THEN 'relation' ELSE 'index' END, n.nspname, x.relname),
           format('ALTER %s %I.%I RENAME TO ..;', CASE WHEN i.indexrelid IS NULL THEN 'TABLE' ELSE 'INDEX' END, n.nspname,
                  x.relname)
    FROM pg_class x
    JOIN pg_namespace n ON n.oid = x.relnamespace
    LEFT JOIN pg_index i ON i.indexrelid = x.oid
    WHERE x.relname ~ '^pgwiden_(idx|oldidx)_[0-9]+$'
      AND (i.indrelid IN (SELECT oid FROM tab)
           OR x.relnamespace IN (SELECT relnamespace FROM tab)
              AND NOT EXISTS (SELECT FROM pg_attribute a
                              WHERE a.attrelid = i.indrelid AND a.attname ~ '^pgwiden_(new|old)_[0-9]+$'))
    UNION ALL
    SELECT 4, format('statistics object %I.%I', n.nspname, s.stxname),
           format('ALTER STATISTICS %I.%I RENAME TO ..;', n.nspname, s.stxname)
    FROM tab t
    JOIN pg_statistic_ext s ON s.stxrelid = t.oid AND s.stxname ~ '^pgwiden_(stat|oldstat)_[0-9]+$'
    JOIN pg_namespace n ON n.oid = s.stxnamespace
)
SELECT 'name-taken' AS code, f.object,
       'it has a name that pgwiden gives to objects of its own, and would be taken for one.' AS reason,
       f.rename || ' or drop it, if an earlier conversion has left it whose schema pgwiden was dropped.' AS hint
FROM found f
ORDER BY f.place, f.object
