-- What about single partitions forbids the conversion of the partitioned table. What the root has handed on to them was
-- looked at there.
-- $1: oid of the table, $2: numbers of the columns
-- code, object, reason, hint. Lock: none.
WITH RECURSIVE tree (relid, root, level) AS (
    SELECT c.oid, format('%I.%I', n.nspname, c.relname), 0
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.oid = $1::oid AND c.relkind = 'p'
    UNION ALL
    SELECT i.inhrelid, t.root, t.level + 1 FROM tree t JOIN pg_inherits i ON i.inhparent = t.relid
), part AS (
    SELECT c.oid, c.relkind, c.relam, c.relowner, c.relforcerowsecurity, c.relnatts, t.root,
           format('%I.%I', n.nspname, c.relname) AS relation, c.relnamespace, n.nspname
    FROM tree t JOIN pg_class c ON c.oid = t.relid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE t.level > 0
), col AS (
    SELECT p.*, a.attnum, a.attname
    FROM part p
    JOIN pg_attribute r ON r.attrelid = $1 AND r.attnum = ANY ($2::int2[])
    JOIN pg_attribute a ON a.attrelid = p.oid AND a.attname = r.attname
), found AS (
    SELECT 1 AS place, 'not-a-table' AS code, 'table ' || p.relation AS object,
           format('its access method is %I; the backfill goes by heap blocks.', m.amname) AS reason,
           format('ALTER TABLE %s DETACH PARTITION %s; for the time of the conversion, or widen all with ALTER TABLE.',
                  p.root, p.relation) AS hint
    FROM part p JOIN pg_am m ON m.oid = p.relam
    WHERE p.relkind = 'r' AND m.amhandler <> 'heap_tableam_handler'::regproc
    UNION ALL
    SELECT 2, 'detached-partition', 'table ' || p.relation, 'DETACH PARTITION CONCURRENTLY has begun on it and is not complete.',
           format('ALTER TABLE %s DETACH PARTITION %s FINALIZE;', h.inhparent::regclass, p.relation)
    FROM part p JOIN pg_inherits h ON h.inhrelid = p.oid AND h.inhdetachpending
    UNION ALL
    SELECT 3, 'extension-member', 'table ' || p.relation,
           format('it belongs to the extension %I, whose scripts expect it as it is.', e.extname),
           format('ALTER EXTENSION %I DROP TABLE %s; if it is yours to change.', e.extname, p.relation)
    FROM part p
    JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = p.oid AND d.objsubid = 0
        AND d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'
    JOIN pg_extension e ON e.oid = d.refobjid
    UNION ALL
    SELECT 4, 'too-many-columns', 'table ' || p.relation,
           format('it has used %s of 1600 column numbers (dropped ones count).', p.relnatts),
           'Dropping columns does not help; only a new table gives the numbers back.'
    FROM part p
    WHERE p.relnatts + cardinality($2::int2[]) > 1600
      AND NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = p.oid AND a.attname ~ '^pgwiden_(new|old)_[0-9]+$')
    UNION ALL
    SELECT 5, 'trigger-name', format('trigger %I on %s', g.tgname, p.relation),
           'the copy trigger must be the last BEFORE ROW trigger, and no name of 63 bytes sorts after this one.',
           format('ALTER TRIGGER %I ON %s RENAME TO %I;', g.tgname, p.relation, left(g.tgname::text, 20))
    FROM part p JOIN pg_trigger g ON g.tgrelid = p.oid
    WHERE NOT g.tgisinternal AND g.tgparentid = 0 AND g.tgtype & 3 = 3 AND g.tgtype & 20 <> 0
      AND g.tgname >= '~pgwiden' AND octet_length(g.tgname::text) = 63
    UNION ALL
    SELECT 6, 'row-security', 'table ' || p.relation,
           format('its row security binds the role %I: the backfill would not see every row.', current_user),
           format('Run as a role that it does not bind: %s', CASE WHEN p.relforcerowsecurity THEN 'one with BYPASSRLS.'
                      ELSE format('the owner %I, or one with BYPASSRLS.', pg_get_userbyid(p.relowner)) END)
    FROM part p
    WHERE row_security_active(p.oid)
    UNION ALL
    SELECT 7, 'privilege-missing', 'table ' || p.relation, 'changing it takes its owner.',
           format('ALTER TABLE %s OWNER TO the root''s owner, or run as a member of both.', p.relation)
    FROM part p
    WHERE NOT pg_has_role(p.relowner, 'USAGE')
    UNION ALL
    SELECT 7, 'privilege-missing', 'table ' || p.relation, format('the role lacks %s on it, which the backfill needs.', v.privilege),
           format('GRANT %s ON %s TO %I;', v.privilege, p.relation, current_user)
    FROM part p, (VALUES ('SELECT'), ('UPDATE')) v (privilege)
    WHERE pg_has_role(p.relowner, 'USAGE') AND NOT has_table_privilege(p.oid, v.privilege)
    UNION ALL
    SELECT 7, 'privilege-missing', 'schema ' || quote_ident(p.nspname),
           format('new indexes of partitions are made in it, which takes %s.', v.privilege),
           format('GRANT %s ON SCHEMA %I TO %I;', v.privilege, p.nspname, current_user)
    FROM part p, (VALUES ('CREATE'), ('USAGE')) v (privilege)
    WHERE NOT has_schema_privilege(p.relnamespace, v.privilege)
    UNION ALL
    SELECT 0, 'partition-key', 'column ' || c.relation || '.' || quote_ident(c.attname), 'this partition is partitioned by it.',
           'PostgreSQL can''t change the type of a partition key: make a new partitioned table and move the partitions'' rows.'
    FROM col c
    WHERE EXISTS (SELECT FROM pg_partitioned_table p WHERE p.partrelid = c.oid AND c.attnum = ANY (p.partattrs::int2[]))
       OR EXISTS (SELECT FROM pg_depend d
                  WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.objsubid = c.attnum
                    AND d.refclassid = 'pg_class'::regclass AND d.refobjid = c.oid AND d.refobjsubid = 0 AND d.deptype = 'i')
    UNION ALL
    -- what hangs on a partition's own column, and is not carried there
    SELECT 8, k.code, 'column ' || c.relation || '.' || quote_ident(c.attname),
           format('%s hangs on this partition''s column.', pg_describe_object(d.classid, d.objid, d.objsubid)),
           'Let it use the partitioned table instead, or drop it and make it again after the conversion.'
    FROM col c
    JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = c.oid AND d.refobjsubid = c.attnum
    LEFT JOIN pg_class x ON d.classid = 'pg_class'::regclass AND x.oid = d.objid
    LEFT JOIN pg_constraint k0 ON d.classid = 'pg_constraint'::regclass AND k0.oid = d.objid
    LEFT JOIN pg_attrdef f ON d.classid = 'pg_attrdef'::regclass AND f.oid = d.objid
    CROSS JOIN LATERAL (
        SELECT CASE
            WHEN x.relkind IN ('i', 'I', 'S') OR d.classid = 'pg_statistic_ext'::regclass THEN NULL
            WHEN k0.contype = 'x' THEN 'exclusion-constraint'
            WHEN to_jsonb(k0) ->> 'conperiod' = 'true' THEN 'temporal-key'
            WHEN k0.oid IS NOT NULL THEN NULL
            -- triggers, policies, functions, publications, rules, those of views among them, come along
            WHEN d.classid IN ('pg_trigger'::regclass, 'pg_rewrite'::regclass, 'pg_policy'::regclass, 'pg_proc'::regclass,
                               to_regclass('pg_publication_rel')) THEN NULL
            WHEN f.adrelid = c.oid AND f.adnum = c.attnum THEN NULL
            WHEN f.oid IS NOT NULL THEN (
                SELECT CASE a.attgenerated WHEN 's' THEN 'stored-generated-column' WHEN 'v' THEN 'virtual-generated-column'
                            ELSE 'function-signature' END
                FROM pg_attribute a WHERE a.attrelid = f.adrelid AND a.attnum = f.adnum)
            ELSE 'function-signature' END AS code) k
    WHERE k.code IS NOT NULL
)
SELECT DISTINCT f.code, f.object, f.reason, f.hint, f.place
FROM found f
ORDER BY f.place, f.object, f.reason
