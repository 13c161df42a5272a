-- What the role lacks.
-- $1: oid of the table, $2: numbers of the columns
-- code, object, reason, hint. Lock: none.
WITH RECURSIVE tab AS (
    SELECT c.oid, c.relowner, c.relnamespace, n.nspname, format('%I.%I', n.nspname, c.relname) AS relation
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.oid = $1::oid
), tree (relid) AS (
    SELECT $1::oid
    UNION ALL
    SELECT i.inhrelid FROM tree t JOIN pg_inherits i ON i.inhparent = t.relid
), col AS (
    -- in each table of a tree by its name
    SELECT c.oid, c.relowner, c.relnamespace, a.attnum, a.attacl, format('%I.%I.%I', n.nspname, c.relname, a.attname) AS called
    FROM tree t
    JOIN pg_class c ON c.oid = t.relid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_attribute r ON r.attrelid = $1 AND r.attnum = ANY ($2::int2[])
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = r.attname
), extended AS (
    SELECT s.stxowner, s.stxnamespace, n.nspname, format('%I.%I', n.nspname, s.stxname) AS name
    FROM col c
    JOIN pg_depend d ON d.classid = 'pg_statistic_ext'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = c.oid
                    AND d.refobjsubid = c.attnum
    JOIN pg_statistic_ext s ON s.oid = d.objid
    JOIN pg_namespace n ON n.oid = s.stxnamespace
), fed_by AS (
    SELECT d.objid AS seq
    FROM pg_depend d
    WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = $1
      AND d.refobjsubid = ANY ($2::int2[]) AND d.deptype IN ('a', 'i')
    UNION
    SELECT d.refobjid
    FROM pg_attrdef f
    JOIN pg_depend d ON d.classid = 'pg_attrdef'::regclass AND d.objid = f.oid AND d.refclassid = 'pg_class'::regclass
    WHERE f.adrelid = $1 AND f.adnum = ANY ($2)
), missing AS (
    SELECT 1 AS place, 'table ' || t.relation AS object, t.relowner AS owner,
           'changing it takes its owner.' AS reason,
           format('Run as %1$I, or a member of it: pgwiden --role %1$I', pg_get_userbyid(t.relowner)) AS hint
    FROM tab t
    WHERE NOT pg_has_role(t.relowner, 'USAGE')
    UNION ALL
    SELECT 2, 'table ' || t.relation, 0, format('the role lacks %s on it, which the backfill needs.', p.privilege),
           format('GRANT %s ON %s TO %I;', p.privilege, t.relation, current_user)
    FROM tab t, (VALUES ('SELECT'), ('UPDATE'), ('TRIGGER'), ('REFERENCES')) p(privilege)
    WHERE pg_has_role(t.relowner, 'USAGE') AND NOT has_table_privilege(t.oid, p.privilege)
    UNION ALL
    SELECT 3, 'schema ' || quote_ident(t.nspname), 0, 'new indexes are made in it, which takes CREATE.',
           format('GRANT CREATE ON SCHEMA %I TO %I;', t.nspname, current_user)
    FROM tab t
    WHERE NOT has_schema_privilege(t.relnamespace, 'CREATE')
    UNION ALL
    SELECT 3, 'schema ' || quote_ident(n.nspname), 0,
           format('%s is in it and is changed or named, which takes USAGE.', min(u.object)),
           format('GRANT USAGE ON SCHEMA %I TO %I;', n.nspname, current_user)
    FROM (SELECT relnamespace AS nspid, 'table ' || relation AS object FROM tab
          UNION ALL
          SELECT c.relnamespace, 'sequence ' || c.oid::regclass FROM fed_by f JOIN pg_class c ON c.oid = f.seq AND c.relkind = 'S'
          UNION ALL
          SELECT c.relnamespace, 'table ' || c.oid::regclass
          FROM pg_constraint o
          JOIN pg_class c ON c.oid = CASE o.conrelid WHEN $1 THEN o.confrelid ELSE o.conrelid END
          WHERE o.contype = 'f' AND (o.conrelid = $1 AND o.conkey && $2 OR o.confrelid = $1 AND o.confkey && $2)) u
    JOIN pg_namespace n ON n.oid = u.nspid
    WHERE NOT has_schema_privilege(n.oid, 'USAGE')
    GROUP BY n.nspname
    UNION ALL
    SELECT DISTINCT 4, 'tablespace ' || quote_ident(s.spcname), 0, 'an index of the column is in it, its successor takes CREATE.',
           format('GRANT CREATE ON TABLESPACE %I TO %I;', s.spcname, current_user)
    FROM pg_index i
    JOIN pg_class c ON c.oid = i.indexrelid
    JOIN pg_tablespace s ON s.oid = c.reltablespace
    WHERE i.indrelid = $1 AND NOT has_tablespace_privilege(s.oid, 'CREATE')
    UNION ALL
    SELECT 5, 'database ' || quote_ident(current_database()), 0, x.reason,
           format('GRANT %s ON DATABASE %I TO %I;', x.privilege, current_database(), current_user)
    FROM (VALUES ('CREATE', 'pgwiden''s state is kept in a schema of its own, which takes CREATE.'),
                 ('TEMPORARY', 'definitions are worked out on temporary tables, which takes TEMPORARY.')) x(privilege, reason)
    WHERE NOT has_database_privilege(current_database(), x.privilege)
      AND (x.privilege <> 'CREATE' OR NOT EXISTS (SELECT FROM pg_namespace WHERE nspname = 'pgwiden'))
    UNION ALL
    SELECT 6, 'schema pgwiden', n.nspowner, 'it was made by another role, and this one can''t work in it.',
           format('Run as %1$I (pgwiden --role %1$I), or GRANT %1$I TO %2$I;', pg_get_userbyid(n.nspowner), current_user)
    FROM pg_namespace n
    WHERE n.nspname = 'pgwiden' AND NOT pg_has_role(n.nspowner, 'USAGE')
    UNION ALL
    SELECT 7, 'language plpgsql', 0, 'the copy trigger is written in it, and this role can''t use it.',
           format('CREATE EXTENSION plpgsql; or GRANT USAGE ON LANGUAGE plpgsql TO %I;', current_user)
    WHERE NOT EXISTS (SELECT FROM pg_language l
                      WHERE l.lanname = 'plpgsql' AND has_language_privilege(l.oid, 'USAGE'))
    UNION ALL
    SELECT 8, 'sequence ' || s.oid::regclass, s.relowner, 'it becomes bigint, which takes its owner.',
           format('ALTER SEQUENCE %s OWNER TO %I;', s.oid::regclass, pg_get_userbyid(t.relowner))
    FROM tab t, fed_by f
    JOIN pg_class s ON s.oid = f.seq AND s.relkind = 'S'
    WHERE NOT pg_has_role(s.relowner, 'USAGE')
    UNION ALL
    SELECT 9, 'table ' || c.oid::regclass, c.relowner,
           format('its foreign key %I references the column and is made again, which takes its owner.', o.conname),
           format('Run as a role that is a member of both owners, %I and %I.', pg_get_userbyid(t.relowner),
                  pg_get_userbyid(c.relowner))
    FROM tab t, pg_constraint o
    JOIN pg_class c ON c.oid = o.conrelid
    WHERE o.contype = 'f' AND o.confrelid = $1 AND o.conrelid <> $1 AND o.confkey && $2
      AND NOT pg_has_role(c.relowner, 'USAGE')
    UNION ALL
    SELECT 10, 'table ' || c.oid::regclass, 0,
           format('foreign key %I references it and is made again, which takes REFERENCES.', o.conname),
           format('GRANT REFERENCES ON %s TO %I;', c.oid::regclass, current_user)
    FROM pg_constraint o
    JOIN pg_class c ON c.oid = o.confrelid
    WHERE o.contype = 'f' AND o.conrelid = $1 AND o.confrelid <> $1 AND o.conkey && $2
      AND NOT has_table_privilege(c.oid, 'REFERENCES')
      AND NOT (SELECT bool_and(has_column_privilege(c.oid, k, 'REFERENCES')) FROM unnest(o.confkey) k)
    UNION ALL
    -- SET ROLE asks whom the session belongs to
    SELECT DISTINCT 11, o.object, 0,
           format('role %I has granted privileges on it, and has to grant them on its successor itself.',
                  pg_get_userbyid(g.grantor)),
           format('Run as a member of %1$I as well (it needs USAGE on the schema), or REVOKE what %1$I has granted.',
                  pg_get_userbyid(g.grantor))
    FROM (SELECT 'column ' || called AS object, relowner, relnamespace AS nspid, attacl AS acl FROM col
          UNION ALL
          SELECT 'sequence ' || c.oid::regclass, c.relowner, c.relnamespace, c.relacl
          FROM pg_depend d JOIN pg_class c ON c.oid = d.objid
          WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = $1
            AND d.refobjsubid = ANY ($2) AND d.deptype = 'i' AND c.relkind = 'S') o
    CROSS JOIN aclexplode(o.acl) g
    WHERE g.grantor <> o.relowner
      AND NOT (pg_has_role(session_user, g.grantor, CASE WHEN current_setting('server_version_num')::int < 160000 THEN 'MEMBER'
                                                         ELSE 'SET' END)
               AND has_schema_privilege(g.grantor, o.nspid, 'USAGE'))
    UNION ALL
    SELECT DISTINCT 12, 'statistics object ' || x.name, x.stxowner, 'it is made again, which takes its owner.',
           format('Run as a member of %I as well, or ALTER STATISTICS %s OWNER TO %I;', pg_get_userbyid(x.stxowner), x.name,
                  current_user)
    FROM extended x
    WHERE NOT pg_has_role(x.stxowner, 'USAGE')
    UNION ALL
    SELECT DISTINCT 13, 'statistics object ' || x.name, 0, 'it is made again in its schema, which takes USAGE and CREATE.',
           format('GRANT USAGE, CREATE ON SCHEMA %I TO %I;', x.nspname, current_user)
    FROM extended x
    WHERE pg_has_role(x.stxowner, 'USAGE')
      AND NOT (has_schema_privilege(x.stxnamespace, 'CREATE') AND has_schema_privilege(x.stxnamespace, 'USAGE'))
)
SELECT 'privilege-missing' AS code, m.object, m.reason, m.hint
FROM missing m
ORDER BY m.place, m.object, m.reason
