-- Everything that hangs on the columns and is not carried: found through pg_depend and through whole-row references, which
-- pg_depend does not tell from others. What is neither carried nor known is refused as well.
-- $1: oid of the table, $2: numbers of the columns
-- code, object, reason, hint. Lock: none.
WITH RECURSIVE tab AS (
    SELECT c.oid, format('%I.%I', n.nspname, c.relname) AS relation, c.reltype,
           format(':varattno 0 :vartype %s ', c.reltype) AS whole_row
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.oid = $1::oid
), whole AS (
    -- what reads the row as a whole: the expression's tree is the only place that says so
    SELECT d.classid, d.objid
    FROM tab t
    JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = t.oid
    WHERE position(t.whole_row IN CASE d.classid
              WHEN 'pg_class'::regclass THEN (SELECT concat(indexprs, indpred) FROM pg_index WHERE indexrelid = d.objid)
              WHEN 'pg_constraint'::regclass THEN (SELECT conbin::text FROM pg_constraint WHERE oid = d.objid)
              WHEN 'pg_rewrite'::regclass THEN (SELECT concat(ev_qual, ev_action) FROM pg_rewrite WHERE oid = d.objid)
              WHEN 'pg_trigger'::regclass THEN (SELECT tgqual::text FROM pg_trigger WHERE oid = d.objid)
              WHEN 'pg_policy'::regclass THEN (SELECT concat(polqual, polwithcheck) FROM pg_policy WHERE oid = d.objid)
              WHEN 'pg_proc'::regclass THEN (SELECT prosqlbody::text FROM pg_proc WHERE oid = d.objid)
              WHEN 'pg_statistic_ext'::regclass THEN (SELECT stxexprs::text FROM pg_statistic_ext WHERE oid = d.objid)
              END) > 0
), hangs(classid, objid, objsubid) AS (
    SELECT d.classid, d.objid, d.objsubid
    FROM pg_depend d
    WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = $1 AND d.refobjsubid = ANY ($2::int2[])
    UNION
    SELECT w.classid, w.objid, 0
    FROM whole w
    UNION
    -- further: through a rule to the view, through constraints and indexes to what needs them. Views and materialized views
    -- are carried, and what reads them is looked at when they are tried (rehearsal.sql).
    SELECT n.*
    FROM hangs h
    CROSS JOIN LATERAL (
        SELECT 'pg_class'::regclass::oid, r.ev_class, 0
        FROM pg_rewrite r
        WHERE h.classid = 'pg_rewrite'::regclass AND r.oid = h.objid AND r.rulename = '_RETURN'
        UNION ALL
        SELECT d.classid, d.objid, d.objsubid
        FROM pg_depend d
        LEFT JOIN pg_class c ON h.classid = 'pg_class'::regclass AND c.oid = h.objid
        WHERE d.refclassid = h.classid AND d.refobjid = h.objid
          AND (h.classid = 'pg_constraint'::regclass OR c.relkind IN ('i', 'I'))) n
), object AS (
    SELECT h.classid, h.objid, h.objsubid, o.type, o.identity, c.relkind, x.indexrelid, t.relation, t.reltype,
           EXISTS (SELECT FROM whole w WHERE (w.classid, w.objid) = (h.classid, h.objid)) AS whole_row
    FROM hangs h
    CROSS JOIN tab t
    CROSS JOIN LATERAL pg_identify_object(h.classid, h.objid, h.objsubid) o
    LEFT JOIN pg_class c ON h.classid = 'pg_class'::regclass AND c.oid = h.objid
    LEFT JOIN pg_index x ON x.indexrelid = c.oid
    WHERE NOT (h.classid = 'pg_class'::regclass AND h.objid = $1 AND h.objsubid = 0)
), classified AS (
    SELECT o.classid, o.objid, o.objsubid, coalesce(v.obstacle, o.type) AS type, o.identity, o.relation, CASE o.classid
        WHEN 'pg_class'::regclass THEN CASE
            WHEN o.relkind IN ('v', 'm') THEN NULL
            WHEN o.relkind IN ('i', 'I') AND o.whole_row THEN 'whole-row-index'
            -- an operator class for integer only: without its own kind for bigint the index can't be made again
            WHEN o.relkind IN ('i', 'I') AND EXISTS (
                SELECT FROM pg_index i
                CROSS JOIN unnest(i.indclass::oid[], i.indkey::int2[]) k(opclass, attnum)
                JOIN pg_opclass p ON p.oid = k.opclass AND p.opcintype IN ('int2'::regtype, 'int4'::regtype)
                WHERE i.indexrelid = o.objid AND (k.attnum = ANY ($2) OR k.attnum = 0 AND NOT p.opcdefault)
                  AND NOT EXISTS (SELECT FROM pg_opclass w
                                  WHERE w.opcmethod = p.opcmethod AND w.opcintype = 'int8'::regtype
                                    AND (w.opcdefault AND p.opcdefault OR w.opcfamily = p.opcfamily))) THEN 'function-signature'
            WHEN o.relkind IN ('i', 'I', 'S') THEN NULL
            WHEN o.objid = $1 THEN 'stored-generated-column'
            ELSE 'function-signature' END
        WHEN 'pg_constraint'::regclass THEN (
            SELECT CASE
                WHEN to_jsonb(c)->>'conperiod' = 'true' THEN 'temporal-key'
                WHEN c.conparentid <> 0 THEN NULL  -- the parent's is told
                WHEN c.contype = 'x' THEN 'exclusion-constraint'
                -- it needs the key that the swap makes, and can't be NOT VALID
                WHEN c.contype = 'f' AND c.confrelid = $1 AND c.confkey && $2::int2[] AND EXISTS (
                    SELECT FROM pg_class r, pg_class f
                    WHERE r.oid = c.conrelid AND r.relkind = 'p' AND f.oid = $1 AND f.relkind = 'p')
                    THEN 'partitioned-table'
                WHEN o.whole_row THEN 'whole-row-index'
                -- on a unique index that has the column in INCLUDE only: a key of the same columns would take the old index
                WHEN c.contype = 'f' AND NOT (c.conrelid = $1 AND c.conkey && $2::int2[]
                                              OR c.confrelid = $1 AND c.confkey && $2::int2[]) THEN 'function-signature'
                WHEN c.contype IN ('p', 'u', 'f', 'c', 'n') THEN NULL
                ELSE 'function-signature' END
            FROM pg_constraint c
            WHERE c.oid = o.objid)
        WHEN 'pg_attrdef'::regclass THEN (
            SELECT CASE WHEN a.attgenerated = 's' THEN 'stored-generated-column'
                        WHEN v.obstacle IS NOT NULL THEN 'virtual-generated-column'
                        WHEN a.attgenerated = 'v' THEN NULL
                        WHEN d.adrelid = $1 AND d.adnum = ANY ($2) THEN NULL
                        ELSE 'function-signature' END
            FROM pg_attrdef d JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
            WHERE d.oid = o.objid)
        WHEN 'pg_trigger'::regclass THEN NULL
        -- made again by their owner, whoever owns the table
        WHEN 'pg_rewrite'::regclass THEN (
            SELECT CASE WHEN r.rulename <> '_RETURN' AND c.oid <> $1 AND NOT pg_has_role(c.relowner, 'USAGE')
                        THEN 'privilege-missing' END
            FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class
            WHERE r.oid = o.objid)
        WHEN 'pg_policy'::regclass THEN (
            SELECT CASE WHEN c.oid <> $1 AND NOT pg_has_role(c.relowner, 'USAGE') THEN 'privilege-missing' END
            FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid
            WHERE p.oid = o.objid)
        -- one that returns the table's rows is told by row_type.sql
        WHEN 'pg_proc'::regclass THEN (
            SELECT CASE WHEN p.prorettype = o.reltype THEN NULL
                        WHEN NOT pg_has_role(p.proowner, 'USAGE') THEN 'privilege-missing' END
            FROM pg_proc p
            WHERE p.oid = o.objid)
        WHEN 'pg_statistic_ext'::regclass THEN CASE WHEN o.whole_row THEN 'whole-row-index' END
        WHEN 'pg_publication_rel'::regclass THEN (
            SELECT CASE WHEN NOT pg_has_role(p.pubowner, 'USAGE') THEN 'privilege-missing' END
            FROM pg_publication_rel r JOIN pg_publication p ON p.oid = r.prpubid
            WHERE r.oid = o.objid)
        ELSE 'function-signature' END AS code
    FROM object o
    -- what PostgreSQL can't do with a virtual column at all, or not without a scan
    LEFT JOIN LATERAL (
        SELECT CASE WHEN d.adrelid = $1 AND d.adnum = ANY ($2) THEN 'virtual column, itself'
                    WHEN EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = d.adrelid AND k.contype = 'c'
                                                               AND k.conname !~ '^pgwiden_(eq|check)_[0-9]+$')
                    THEN 'virtual column, CHECK'
                    WHEN a.attnotnull THEN 'virtual column, NOT NULL' END AS obstacle
        FROM pg_attrdef d JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
        WHERE o.classid = 'pg_attrdef'::regclass AND d.oid = o.objid AND a.attgenerated = 'v') v ON true
    UNION ALL
    SELECT 'pg_seclabel'::regclass, l.objoid, l.objsubid, 'security label',
           format('(%s) on column %s.%I', l.provider, t.relation, a.attname), t.relation, 'policy'
    FROM tab t
    JOIN pg_seclabel l ON l.classoid = 'pg_class'::regclass AND l.objoid = t.oid AND l.objsubid = ANY ($2)
    JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = l.objsubid
), advice(code, type, reason, hint) AS (
    -- %1$s: the object, %2$s: its table, %3$s: its bare name; the row with the object's own type comes first
    VALUES
    ('privilege-missing', NULL, 'it uses the column and is made again in the swap, which takes its owner.',
     'Run as a role that is a member of its owner as well, or give it to the table''s owner.'),
    ('policy', 'security label', 'the label would be lost with the old column.',
     'Take it away (SECURITY LABEL .. IS NULL) and set it again after the conversion.'),
    ('stored-generated-column', NULL,
     'it is GENERATED .. STORED from the column, or is the column itself; changing it rewrites the table.',
     'ALTER TABLE %2$s ALTER %3$s DROP EXPRESSION; keeps its values, and a trigger can go on with the computation.'),
    ('virtual-generated-column', 'virtual column, itself', 'it is GENERATED .. VIRTUAL itself, and nothing of it is stored.',
     'ALTER TABLE %2$s DROP COLUMN %3$s; and add it again as bigint (it stores nothing).'),
    ('virtual-generated-column', 'virtual column, CHECK',
     'it is GENERATED .. VIRTUAL from the column, and PostgreSQL gives it no other expression while the table has a CHECK.',
     'Drop the table''s CHECKs and add them again (NOT VALID, then VALIDATE CONSTRAINT) after the conversion; or '
     'ALTER TABLE %2$s DROP COLUMN %3$s; and add it again then (it stores nothing).'),
    ('virtual-generated-column', 'virtual column, NOT NULL',
     'it is GENERATED .. VIRTUAL from the column and NOT NULL: another expression would scan the table under its strongest lock.',
     'ALTER TABLE %2$s ALTER %3$s DROP NOT NULL; and set it again after the conversion.'),
    ('exclusion-constraint', NULL, 'an exclusion constraint can be made only by a scan under the table''s strongest lock.',
     'ALTER TABLE %2$s DROP CONSTRAINT %3$s; and add it again after the conversion, if the application can do without.'),
    ('temporal-key', NULL, 'a key WITHOUT OVERLAPS or PERIOD can''t be made from an index that was built beforehand.',
     'ALTER TABLE %2$s DROP CONSTRAINT %3$s; and add it again after the conversion, if the application can do without.'),
    ('partitioned-table', NULL,
     'it is on a partitioned table and references a partitioned one, whose new key exists only after the swap.',
     'ALTER TABLE %2$s DROP CONSTRAINT %3$s; and add it again after the conversion.'),
    ('whole-row-index', NULL, 'it reads the row as a whole, and the row changes as soon as the shadow column appears.',
     'Drop it, or write the columns that it means.'),
    ('whole-row-index', 'index', 'it reads the row as a whole, and the row changes as soon as the shadow column appears.',
     'DROP INDEX CONCURRENTLY %1$s; or make it on the columns that it means.'),
    ('function-signature', NULL, 'pgwiden does not know how to make it again on a bigint column.',
     'Drop it and create it again after the conversion.'),
    ('function-signature', 'table constraint',
     'it rests on a unique index that has the column in INCLUDE, and can''t be moved to the new one while clients write.',
     'ALTER TABLE %2$s DROP CONSTRAINT %3$s; and add it again (NOT VALID, then VALIDATE CONSTRAINT) after the conversion.'),
    ('function-signature', 'index', 'its operator class is for integer only, it has none of the same kind for bigint.',
     'DROP INDEX CONCURRENTLY %1$s; or make it with the default operator class.')
), told AS (
    SELECT c.*, n.name AS bare, coalesce(n.parent::text, c.relation) AS parent
    FROM classified c
    LEFT JOIN LATERAL (
        SELECT quote_ident(o.conname) AS name, o.conrelid::regclass AS parent
        FROM pg_constraint o WHERE c.classid = 'pg_constraint'::regclass AND o.oid = c.objid
        UNION ALL
        SELECT quote_ident(g.tgname), g.tgrelid FROM pg_trigger g WHERE c.classid = 'pg_trigger'::regclass AND g.oid = c.objid
        UNION ALL
        SELECT quote_ident(r.rulename), r.ev_class FROM pg_rewrite r WHERE c.classid = 'pg_rewrite'::regclass AND r.oid = c.objid
        UNION ALL
        SELECT quote_ident(p.polname), p.polrelid FROM pg_policy p WHERE c.classid = 'pg_policy'::regclass AND p.oid = c.objid
        UNION ALL
        SELECT quote_ident(p.pubname), r.prrelid
        FROM pg_publication_rel r JOIN pg_publication p ON p.oid = r.prpubid
        WHERE c.classid = 'pg_publication_rel'::regclass AND r.oid = c.objid
        UNION ALL
        SELECT quote_ident(a.attname), a.attrelid
        FROM pg_attrdef d JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
        WHERE c.classid = 'pg_attrdef'::regclass AND d.oid = c.objid
        UNION ALL
        SELECT quote_ident(a.attname), a.attrelid
        FROM pg_attribute a
        WHERE c.classid = 'pg_class'::regclass AND a.attrelid = c.objid AND c.objsubid > 0 AND a.attnum = c.objsubid) n ON true
    WHERE c.code IS NOT NULL
)
SELECT DISTINCT t.code,
       CASE WHEN t.classid = 'pg_constraint'::regclass THEN 'constraint ' || t.identity
            WHEN t.classid = 'pg_publication_rel'::regclass THEN 'publication ' || t.bare
            WHEN t.classid = 'pg_attrdef'::regclass OR t.type = 'table column' THEN format('column %s.%s', t.parent, t.bare)
            ELSE concat(t.type, ' ', t.identity) END AS object,
       a.reason, format(a.hint, t.identity, t.parent, t.bare) AS hint
FROM told t
CROSS JOIN LATERAL (
    SELECT a.reason, a.hint
    FROM advice a
    WHERE a.code = t.code AND coalesce(a.type, t.type) = t.type
    ORDER BY a.type NULLS LAST
    LIMIT 1) a
ORDER BY 1, 2
