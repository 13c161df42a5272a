-- The statements that give a relation that was just made again by the current role the owner and exactly the grants that
-- `id` has: grantor and grant option kept, what default privileges gave it too much taken away; those of columns too. NULL: none.
CREATE OR REPLACE FUNCTION pg_temp.capture_grants(id oid)
RETURNS text LANGUAGE plpgsql STABLE SET search_path = pg_catalog AS $$
#variable_conflict use_column
BEGIN
    RETURN (
    WITH rel AS (
        SELECT format('%I.%I', nspname, relname) AS name, relowner, relnamespace, relacl, relkind
        FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE c.oid = id
    ), preset (grantee) AS (
        SELECT DISTINCT x.grantee
        FROM rel
        JOIN pg_default_acl d ON d.defaclobjtype = 'r' AND d.defaclnamespace IN (0, relnamespace)
                             AND d.defaclrole IN (relowner, quote_ident(current_user)::regrole)
        CROSS JOIN aclexplode(d.defaclacl) x
    ), held AS (
        SELECT coalesce(relacl, CASE WHEN EXISTS (SELECT FROM preset) THEN acldefault('r', relowner) END) AS acl FROM rel
    ), loser (grantee) AS (
        SELECT relowner FROM rel, held WHERE acl IS NOT NULL
        UNION
        SELECT grantee FROM preset
    ), item (attnum, number, column_name, entry) AS (
        SELECT 0::int2, x.ordinality, NULL, x.item FROM held CROSS JOIN unnest(acl) WITH ORDINALITY x (item, ordinality)
        UNION ALL
        SELECT attnum, x.ordinality, format(' (%I)', attname), x.item
        FROM pg_attribute CROSS JOIN unnest(attacl) WITH ORDINALITY x (item, ordinality)
        WHERE attrelid = id AND NOT attisdropped
    ), granted AS (
        SELECT i.attnum, i.number, g.is_grantable, g.grantor,
               format('GRANT %s ON %s TO %s%s',
                      string_agg(g.privilege_type || coalesce(i.column_name, ''), ', ' ORDER BY g.privilege_type), rel.name,
                      CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE g.grantee::regrole::text END,
                      CASE WHEN g.is_grantable THEN ' WITH GRANT OPTION' END) AS text
        FROM rel CROSS JOIN item i CROSS JOIN aclexplode(ARRAY[i.entry]) g
        GROUP BY rel.name, i.attnum, i.number, g.grantor, g.grantee, g.is_grantable
    ), part (ord, attnum, number, text) AS (
        SELECT 1, 0::int2, 0::bigint,
               format('ALTER %s %s OWNER TO %s', CASE relkind WHEN 'm' THEN 'MATERIALIZED VIEW' ELSE 'VIEW' END, name,
                      relowner::regrole)
        FROM rel WHERE relowner <> quote_ident(current_user)::regrole
        UNION ALL
        SELECT 2, 0, 0, format('REVOKE ALL ON %s FROM %s', rel.name,
                               string_agg(CASE l.grantee WHEN 0 THEN 'PUBLIC' ELSE l.grantee::regrole::text END, ', '
                                          ORDER BY l.grantee))
        FROM rel CROSS JOIN loser l
        GROUP BY rel.name
        UNION ALL
        -- GRANT writes down who runs it: what a role passed on is passed on again by the same role
        SELECT 3, g.attnum, g.number * 2 + g.is_grantable::int,
               CASE WHEN g.grantor = rel.relowner THEN g.text
                    ELSE format('SET LOCAL ROLE %s; %s; SET LOCAL ROLE %s', g.grantor::regrole, g.text,
                                coalesce(quote_ident(nullif(current_setting('role'), 'none')), 'NONE')) END
        FROM granted g CROSS JOIN rel
    )
    SELECT string_agg(text, '; ' ORDER BY ord, attnum, number) FROM part);
END $$;
