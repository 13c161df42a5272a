-- Our foreign keys, on either side of the table; also those whose originals were dropped meanwhile.
-- $1: the table's oid. Lock: ACCESS EXCLUSIVE on both tables.
SELECT format('foreign key %I on %I.%I', k.conname, n.nspname, c.relname) AS object,
       format('ALTER TABLE %I.%I DROP CONSTRAINT %I', n.nspname, c.relname, k.conname) AS statement,
       'ACCESS EXCLUSIVE' AS lock,
       format('%I.%I', n.nspname, c.relname) AS relation,
       CASE WHEN k.conrelid = f.relid THEN f.also ELSE f.references_also END AS also
FROM conversion AS v
     JOIN shadow_key AS k ON k.conversion = v.id AND k.conname LIKE 'pgwiden\_fk\_%' AND k.conparentid = 0
     JOIN pg_class AS c ON c.oid = k.conrelid
     JOIN pg_namespace AS n ON n.oid = c.relnamespace
     LEFT JOIN foreign_key AS f ON f.conversion = v.id AND f.our_name = k.conname
WHERE v.relid = $1 AND v.outcome IS NULL AND v.swapped_at IS NULL
ORDER BY k.oid
