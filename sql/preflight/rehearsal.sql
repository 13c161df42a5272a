-- What a capture has found out by trying: texts that do not work on bigint columns, and what hangs on a view that has to be
-- another one and is not carried itself.
-- $1: oid of the table, whose conversion is open (in plan in temporary tables)
-- code, object, reason, hint. Lock: none.
WITH text AS (
    SELECT d.*,
           CASE WHEN d.kind IN ('view', 'materialized-view') THEN 'pg_class'::regclass
                WHEN d.kind = 'trigger' THEN 'pg_trigger'::regclass
                WHEN d.kind = 'rule' THEN 'pg_rewrite'::regclass
                WHEN d.kind = 'policy' THEN 'pg_policy'::regclass
                WHEN d.kind = 'function' THEN 'pg_proc'::regclass
                WHEN d.kind = 'generated' THEN 'pg_attrdef'::regclass
                WHEN d.kind = 'publication' THEN 'pg_publication_rel'::regclass END AS classid
    FROM conversion c JOIN definition d ON d.conversion = c.id
    WHERE c.relid = $1::oid AND c.outcome IS NULL
), gone AS (
    SELECT c.oid, c.reltype, y.typarray, format('%I.%I', n.nspname, c.relname) AS name
    FROM text t
    JOIN pg_class c ON c.oid = t.oid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_type y ON y.oid = c.reltype
    WHERE t.kind = 'view' AND t.detail ->> 'fate' IN ('drop', 'rename') AND NOT t.detail ? 'error'
), hanging AS (
    -- a view's own rules, triggers, defaults and types are made again with it
    SELECT DISTINCT g.name, d.refclassid = 'pg_type'::regclass AS as_type, d.classid, d.objsubid,
           CASE WHEN w.rulename = '_RETURN' THEN w.ev_class ELSE d.objid END AS objid,
           CASE WHEN w.rulename = '_RETURN' THEN 'pg_class'::regclass ELSE d.classid END AS class
    FROM gone g
    JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = g.oid
                     OR d.refclassid = 'pg_type'::regclass AND d.refobjid IN (g.reltype, g.typarray)
    LEFT JOIN pg_rewrite w ON d.classid = 'pg_rewrite'::regclass AND w.oid = d.objid
    LEFT JOIN pg_trigger r ON d.classid = 'pg_trigger'::regclass AND r.oid = d.objid
    LEFT JOIN pg_attrdef f ON d.classid = 'pg_attrdef'::regclass AND f.oid = d.objid
    WHERE NOT (d.classid = 'pg_type'::regclass AND d.objid IN (g.reltype, g.typarray))
      AND coalesce(w.ev_class, r.tgrelid, f.adrelid, 0) NOT IN (SELECT oid FROM gone)
    UNION ALL
    -- a rule of a view that stays
    SELECT DISTINCT v.oid::regclass::text, false, d.classid, 0, w.oid, d.classid
    FROM conversion c
    JOIN conversion_column o ON o.conversion = c.id
    JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = c.relid
                    AND d.refobjsubid = o.from_attnum
    JOIN pg_rewrite w ON w.oid = d.objid AND w.rulename <> '_RETURN'
    JOIN pg_class v ON v.oid = w.ev_class AND v.relkind = 'v'
    WHERE c.relid = $1 AND c.outcome IS NULL AND v.oid NOT IN (SELECT oid FROM gone)
), uncarried AS (
    SELECT h.*, o.type, o.identity, c.relkind
    FROM hanging h
    CROSS JOIN LATERAL pg_identify_object(h.class, h.objid, h.objsubid) o
    LEFT JOIN pg_class c ON h.class = 'pg_class'::regclass AND c.oid = h.objid
    -- a row type can't be exchanged under a function that takes or gives it
    WHERE NOT EXISTS (SELECT FROM text t WHERE t.classid = h.class AND t.oid = h.objid AND NOT (h.as_type AND t.kind = 'function'))
), found (code, object, reason, hint) AS (
    SELECT coalesce(t.detail ->> 'code', 'function-signature'), concat(o.type, ' ', o.identity),
           CASE WHEN t.detail ? 'code' THEN (t.detail ->> 'error') || '.'
                ELSE format('its text does not work on a bigint column: %s.', t.detail ->> 'error') END,
           coalesce(t.detail ->> 'hint',
                    CASE WHEN t.detail ? 'code' THEN 'Drop it and create it again after the conversion.'
                         ELSE 'Give the function or operator a version for bigint, or write a cast into the text.' END)
    FROM text t CROSS JOIN LATERAL pg_identify_object(t.classid, t.oid, 0) o
    WHERE t.detail ? 'error'
    UNION ALL
    SELECT CASE WHEN as_type OR class = 'pg_type'::regclass THEN 'row-type-in-use'
                WHEN relkind = 'm' THEN 'materialized-view'
                WHEN relkind = 'v' THEN 'view'
                WHEN class = 'pg_proc'::regclass THEN 'sql-body-function'
                WHEN class = 'pg_policy'::regclass THEN 'policy'
                WHEN class = 'pg_rewrite'::regclass THEN 'rule'
                WHEN class = 'pg_trigger'::regclass THEN 'trigger'
                ELSE 'function-signature' END,
           CASE WHEN type IN ('table column', 'composite type column')
                THEN (SELECT format('column %s.%I', attrelid::regclass, attname)
                      FROM pg_attribute WHERE attrelid = uncarried.objid AND attnum = objsubid)
                ELSE concat(type, ' ', identity) END,
           format(CASE WHEN as_type THEN 'it uses the row type of view %s, which has to be dropped and made again.'
                       ELSE 'it hangs on view %s, which is made again, and such an object can''t be made again with it.' END, name),
           'Drop it and create it again after the conversion.'
    FROM uncarried
)
SELECT DISTINCT code, object, reason, hint FROM found ORDER BY code, object, reason
