-- Foreign keys that a swap has exchanged before it was given up: ours gets its own name back, the old one is made again
-- beside it, NOT VALID, with its comment; those of partitioned tables: on the partitions, under our name for the time being
-- (undo/fk_adopt.sql).
-- $1: the table's oid. Lock: ACCESS EXCLUSIVE on the referencing table, SHARE ROW EXCLUSIVE on the referenced one.
SELECT format('foreign key %I on %s', f.name, p.tab) AS object,
       CASE WHEN f.by_leaf THEN format('ALTER TABLE %s ADD CONSTRAINT %I%s', p.tab, f.our_name, f.as_before)
            ELSE concat_ws('; ',
                     format('ALTER TABLE %s RENAME CONSTRAINT %I TO %I', p.tab, f.name, f.our_name),
                     format('ALTER TABLE %s ADD CONSTRAINT %I%s', p.tab, f.name, f.as_before),
                     format('COMMENT ON CONSTRAINT %I ON %s IS ', f.name, p.tab) || quote_literal(f.comment)) END AS statement,
       CASE WHEN f.by_leaf THEN 'SHARE ROW EXCLUSIVE' ELSE 'ACCESS EXCLUSIVE' END AS lock,
       p.tab AS relation,
       CASE WHEN f.by_leaf THEN f.references_also ELSE f.also END AS also
FROM conversion AS v
     JOIN foreign_key AS f ON f.conversion = v.id
     JOIN shadow_key AS k ON k.conversion = v.id AND k.conrelid = f.relid AND k.conname = f.name
     JOIN foreign_key_place AS p ON p.conversion = v.id AND p.number = f.number
WHERE v.relid = $1 AND v.outcome IS NULL AND v.swapped_at IS NULL
  AND NOT EXISTS (SELECT FROM pg_constraint AS o WHERE o.conrelid = p.relid AND o.conname = f.our_name)
ORDER BY f.number, p.level, p.relid
