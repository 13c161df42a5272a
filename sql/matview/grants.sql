-- The privileges of the old materialized views on the new ones, also those on columns, with their grantors and grant
-- options; what default privileges gave too much, or was taken away meanwhile, is taken away.
-- A grantor other than the owner must give for himself, under SET LOCAL ROLE.
-- $1: the table's oid
-- Columns: object, statement, lock, relation, also
-- Lock: none
WITH RECURSIVE mv AS (
    SELECT m.level, m.number, m.relation, m.ours, m.old, m.new, o.relowner, n.relowner AS our_owner,
           coalesce(o.relacl, acldefault('r', o.relowner)) AS acl,
           coalesce(n.relacl, acldefault('r', coalesce(n.relowner, o.relowner))) AS our_acl
    FROM pg_temp.matviews($1) AS m
         JOIN pg_class AS o ON o.oid = m.old
         LEFT JOIN pg_class AS n ON n.oid = m.new
    WHERE m.planned OR m.new IS NOT NULL
), wanted AS (
    SELECT number, 0 AS attnum, e.* FROM mv, aclexplode(acl) AS e
    UNION ALL
    SELECT number, a.attnum, e.* FROM mv JOIN pg_attribute AS a ON a.attrelid = old AND a.attnum > 0, aclexplode(a.attacl) AS e
), has AS (
    SELECT number, attnum, CASE grantor WHEN our_owner THEN relowner ELSE grantor END AS grantor,
           CASE grantee WHEN our_owner THEN relowner ELSE grantee END AS grantee, privilege_type, is_grantable
    FROM (SELECT mv.number, 0 AS attnum, relowner, our_owner, e.* FROM mv, aclexplode(our_acl) AS e
          UNION ALL
          SELECT mv.number, a.attnum, relowner, our_owner, e.*
          FROM mv JOIN pg_attribute AS a ON a.attrelid = new AND a.attnum > 0, aclexplode(a.attacl) AS e) AS h
), rank (number, role, depth) AS (  -- who gives must have been given before
    SELECT number, relowner, 0 FROM mv
    UNION
    SELECT rank.number, g.grantee, depth + 1
    FROM rank JOIN (SELECT * FROM wanted UNION SELECT * FROM has) AS g ON g.number = rank.number AND g.grantor = rank.role
    WHERE g.is_grantable AND depth < 20
), acl AS (
    SELECT number, attnum, grantor, grantee, privilege_type, 1 AS direction,
           'GRANT %s ON TABLE %s TO %s' || CASE WHEN is_grantable THEN ' WITH GRANT OPTION' ELSE '' END AS form
    FROM (SELECT * FROM wanted EXCEPT SELECT * FROM has) AS g
    UNION ALL
    SELECT number, attnum, h.grantor, h.grantee, h.privilege_type, -1,
           'REVOKE ' || CASE WHEN w.number IS NULL THEN '' ELSE 'GRANT OPTION FOR ' END || '%s ON TABLE %s FROM %s'
    FROM has AS h LEFT JOIN wanted AS w USING (number, attnum, grantor, grantee, privilege_type)
    WHERE w.number IS NULL OR h.is_grantable AND NOT w.is_grantable
), named AS (
    SELECT acl.*, mv.level, mv.relation, mv.ours, mv.relowner,
           privilege_type || CASE attnum WHEN 0 THEN '' ELSE
               (SELECT format(' (%I)', attname) FROM pg_attribute AS a WHERE a.attrelid = mv.old AND a.attnum = acl.attnum) END
               AS privilege,
           (SELECT min(depth) FROM rank AS r WHERE r.number = acl.number AND r.role = acl.grantor) AS depth
    FROM acl JOIN mv USING (number)
)
SELECT 'materialized view ' || relation AS object,
       CASE WHEN grantor <> relowner THEN format('SET LOCAL ROLE %I; ', pg_get_userbyid(grantor)) ELSE '' END
           || format(form, string_agg(privilege, ', ' ORDER BY privilege), ours,
                     CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END) AS statement,
       NULL::text AS lock, NULL::text AS relation, NULL::text AS also
FROM named
GROUP BY level, number, relation, ours, relowner, direction, form, grantor, grantee, depth
ORDER BY level, number, direction, direction * coalesce(depth, 1), 2
