-- What about the table itself forbids the conversion.
-- $1: oid of the table, $2: numbers of the columns
-- code, object, reason, hint. Lock: none.
WITH tab AS (
    SELECT c.*, format('%I.%I', n.nspname, c.relname) AS relation
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.oid = $1::oid
), found AS (
    SELECT 1 AS place, 'partitioned-table' AS code, 'table ' || t.relation AS object,
           format('it is a partition of %s, whose columns it shares.', r.tab) AS reason,
           format('Name the root, all partitions go with it: %s', (
               SELECT string_agg(format('%s.%I', r.tab, a.attname), ', ' ORDER BY a.attnum)
               FROM pg_attribute a WHERE a.attrelid = t.oid AND a.attnum = ANY ($2::int2[]))) AS hint
    FROM tab t
    CROSS JOIN LATERAL (
        SELECT format('%I.%I', n.nspname, c.relname) AS tab
        FROM pg_partition_root(t.oid) p JOIN pg_class c ON c.oid = p JOIN pg_namespace n ON n.oid = c.relnamespace) r
    WHERE t.relispartition
    UNION ALL
    SELECT 2, 'partition-key', 'column ' || t.relation || '.' || quote_ident(a.attname),
           'the table is partitioned by it.',
           'PostgreSQL can''t change the type of a partition key: make a new partitioned table and move the partitions'' rows.'
    FROM tab t
    JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = ANY ($2::int2[])
    WHERE t.relkind = 'p'
      AND (EXISTS (SELECT FROM pg_partitioned_table p WHERE p.partrelid = t.oid AND a.attnum = ANY (p.partattrs::int2[]))
           OR EXISTS (SELECT FROM pg_depend d
                      WHERE d.classid = 'pg_class'::regclass AND d.objid = t.oid AND d.objsubid = a.attnum
                        AND d.refclassid = 'pg_class'::regclass AND d.refobjid = t.oid AND d.refobjsubid = 0
                        AND d.deptype = 'i'))
    UNION ALL
    SELECT 3, 'foreign-partition', 'foreign table ' || c.oid::regclass,
           'a new column would appear in this partition, and the remote table has none of that name.',
           format('ALTER TABLE %s DETACH PARTITION %s; for the time of the conversion.', t.relation, c.oid::regclass)
    FROM tab t, pg_partition_tree(t.oid) p
    JOIN pg_class c ON c.oid = p.relid
    WHERE t.relkind = 'p' AND c.relkind = 'f'
    UNION ALL
    SELECT 4, 'inheritance', 'table ' || t.relation,
           CASE WHEN h.inhrelid = t.oid THEN format('it inherits from %s.', h.inhparent::regclass)
                ELSE format('%s inherits from it.', h.inhrelid::regclass) END,
           format('ALTER TABLE %s NO INHERIT %s; and INHERIT again after the conversion of both.',
                  h.inhrelid::regclass, h.inhparent::regclass)
    FROM tab t JOIN pg_inherits h ON t.oid IN (h.inhrelid, h.inhparent)
    WHERE t.relkind = 'r' AND NOT t.relispartition
    UNION ALL
    SELECT 5, 'typed-table', 'table ' || t.relation,
           format('it is a table OF the type %s, so no column can be added.', format_type(t.reloftype, NULL)),
           format('ALTER TABLE %s NOT OF;', t.relation)
    FROM tab t
    WHERE t.reloftype <> 0
    UNION ALL
    SELECT 6, 'not-a-table', 'table ' || t.relation,
           format('its access method is %I; the backfill goes by heap blocks.', m.amname),
           'It has to be widened with ALTER TABLE.'
    FROM tab t JOIN pg_am m ON m.oid = t.relam
    WHERE t.relkind = 'r' AND m.amhandler <> 'heap_tableam_handler'::regproc
    UNION ALL
    SELECT 7, 'extension-member', 'table ' || t.relation,
           format('it belongs to the extension %I, whose scripts expect it as it is.', e.extname),
           format('ALTER EXTENSION %I DROP TABLE %s; if it is yours to change.', e.extname, t.relation)
    FROM tab t
    JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = t.oid AND d.objsubid = 0
        AND d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'
    JOIN pg_extension e ON e.oid = d.refobjid
    UNION ALL
    SELECT 8, 'too-many-columns', 'table ' || t.relation,
           format('it has used %s of 1600 column numbers (dropped ones count), and needs %s more.', t.relnatts, w.wanted),
           'Dropping columns does not help; only a new table gives the numbers back.'
    FROM tab t
    CROSS JOIN LATERAL (
        SELECT count(*) AS wanted
        FROM unnest($2) k
        WHERE NOT EXISTS (SELECT FROM pg_attribute a
                          WHERE a.attrelid = t.oid AND a.attname IN ('pgwiden_new_' || k, 'pgwiden_old_' || k))) w
    WHERE t.relnatts + w.wanted > 1600
    UNION ALL
    SELECT 9, 'trigger-name', format('trigger %I on %s', g.tgname, t.relation),
           'the copy trigger must be the last BEFORE ROW trigger, and no name of 63 bytes sorts after this one.',
           format('ALTER TRIGGER %I ON %s RENAME TO %I;', g.tgname, t.relation, left(g.tgname::text, 20))
    FROM tab t JOIN pg_trigger g ON g.tgrelid = t.oid
    WHERE NOT g.tgisinternal AND g.tgtype & 3 = 3 AND g.tgtype & 20 <> 0
      AND g.tgname >= '~pgwiden' AND octet_length(g.tgname::text) = 63
    UNION ALL
    SELECT 10, 'row-security', 'table ' || t.relation,
           format('its row security binds the role %I: the backfill would not see every row.', current_user),
           format('Run as a role that it does not bind: %s', CASE WHEN t.relforcerowsecurity THEN 'one with BYPASSRLS.'
                      ELSE format('the owner %I, or one with BYPASSRLS.', pg_get_userbyid(t.relowner)) END)
    FROM tab t
    WHERE row_security_active(t.oid)
)
SELECT f.code, f.object, f.reason, f.hint
FROM found f
ORDER BY f.place, f.object, f.reason
