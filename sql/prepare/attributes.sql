-- What a column has besides its type, on the shadow: comment, statistics target, n_distinct, privileges with their
-- grantors and grant options (attoptions may hold more than we know: some builds note a version in them). What was taken
-- away from the column meanwhile is taken away from the shadow.
-- Each table of a partition tree has its own.
-- A grantor other than the owner must give for himself, under SET LOCAL ROLE: hence every row is a transaction of its own.
-- $1: the table's oid. Lock: SHARE UPDATE EXCLUSIVE, a GRANT takes none.
WITH RECURSIVE t AS (
    SELECT v.id, m.relid, r.relowner, m.tab, m.level, CASE WHEN m.leaf THEN '' ELSE 'ONLY ' END || m.tab AS itself
    FROM conversion v
    JOIN tree m ON m.conversion = v.id AND m.root = v.relid
    JOIN pg_class r ON r.oid = m.relid
    WHERE v.relid = $1 AND v.outcome IS NULL AND v.swapped_at IS NULL
), c AS (
    SELECT t.*, a.attname, format('pgwiden_new_%s', o.number) AS shadow, a.attnum, a.attacl, s.attacl AS shadow_attacl,
           col_description(t.relid, a.attnum) AS comment, col_description(t.relid, s.attnum) AS shadow_comment,
           coalesce(a.attstattarget, -1) AS target, coalesce(s.attstattarget, -1) AS shadow_target,
           a.attoptions, s.attoptions AS shadow_attoptions
    FROM t
    JOIN tree_column o ON o.conversion = t.id AND o.relid = t.relid
    JOIN pg_attribute a ON a.attrelid = t.relid AND a.attnum = o.attnum
    LEFT JOIN pg_attribute s ON s.attrelid = t.relid AND s.attnum = o.shadow
), options AS (
    SELECT c.relid, c.level, c.tab, c.itself, c.attname, c.shadow, c.attnum, name, substr(w.o, length(name) + 2) AS wanted, h.o AS has
    FROM c
    CROSS JOIN unnest(ARRAY['n_distinct', 'n_distinct_inherited']) name
    LEFT JOIN unnest(c.attoptions) w (o) ON starts_with(w.o, name || '=')
    LEFT JOIN unnest(c.shadow_attoptions) h (o) ON starts_with(h.o, name || '=')
    WHERE w.o IS DISTINCT FROM h.o
), wanted AS (
    SELECT relid, attnum, grantor, grantee, privilege_type, is_grantable FROM c, aclexplode(attacl)
), has AS (
    SELECT relid, attnum, grantor, grantee, privilege_type, is_grantable FROM c, aclexplode(shadow_attacl)
), rank (relid, role, depth) AS (  -- who gives must have been given before; a grantor not reached has it from the table
    SELECT relid, relowner, 0 FROM t
    UNION
    SELECT g.relid, g.grantee, depth + 1
    FROM rank JOIN (SELECT * FROM wanted UNION SELECT * FROM has) g ON g.relid = rank.relid AND g.grantor = rank.role
    WHERE g.is_grantable AND depth < 20
), acl AS (
    SELECT relid, attnum, grantor, grantee, 'GRANT %s ON TABLE %s TO %s' || CASE WHEN is_grantable THEN ' WITH GRANT OPTION' ELSE '' END
               AS form, privilege_type, 1 AS direction
    FROM (SELECT * FROM wanted EXCEPT SELECT * FROM has) g
    UNION ALL
    SELECT h.relid, h.attnum, h.grantor, h.grantee, 'REVOKE ' || CASE WHEN w.attnum IS NULL THEN '' ELSE 'GRANT OPTION FOR ' END
               || '%s ON TABLE %s FROM %s', h.privilege_type, -1
    FROM has h
    LEFT JOIN wanted w USING (relid, attnum, grantor, grantee, privilege_type)
    WHERE w.attnum IS NULL OR h.is_grantable AND NOT w.is_grantable
), rows AS (
    SELECT 1 AS kind, level, attnum, 0 AS rank, tab, attname,
           format('COMMENT ON COLUMN %s.%s IS %L', tab, shadow, comment) AS statement
    FROM c WHERE comment IS DISTINCT FROM shadow_comment
    UNION ALL
    SELECT 2, level, attnum, 0, tab, attname, format('ALTER TABLE %s ALTER COLUMN %s SET STATISTICS %s', itself, shadow, target)
    FROM c WHERE target <> shadow_target
    UNION ALL
    SELECT 3, level, attnum, 0, tab, attname, format('ALTER TABLE %s ALTER COLUMN %s RESET (%s)', itself, shadow, string_agg(name, ', '))
    FROM options WHERE wanted IS NULL GROUP BY level, attnum, tab, itself, attname, shadow
    UNION ALL
    SELECT 4, level, attnum, 0, tab, attname, format('ALTER TABLE %s ALTER COLUMN %s SET (%s)', itself, shadow,
                                              string_agg(format('%s = %s', name, wanted), ', '))
    FROM options WHERE wanted IS NOT NULL GROUP BY level, attnum, tab, itself, attname, shadow
    UNION ALL
    SELECT CASE direction WHEN 1 THEN 6 ELSE 5 END, level, attnum, direction * coalesce(min(depth), 1), tab, attname,
           CASE WHEN grantor <> relowner THEN format('SET LOCAL ROLE %I; ', pg_get_userbyid(grantor)) ELSE '' END
               || format(form, string_agg(DISTINCT format('%s (%s)', privilege_type, shadow), ', '), tab,
                         CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END)
    FROM acl JOIN c USING (relid, attnum) LEFT JOIN rank ON rank.relid = acl.relid AND rank.role = grantor
    GROUP BY direction, level, attnum, tab, attname, shadow, grantor, relowner, grantee, form
)
SELECT format('column %s.%I', tab, attname) AS object,
       statement,
       CASE WHEN kind < 5 THEN 'SHARE UPDATE EXCLUSIVE' END AS lock,
       NULL::text AS relation,
       NULL::text AS also
FROM rows
ORDER BY kind, rank, level, attnum, statement
