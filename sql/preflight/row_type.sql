-- Where the table's row type is used: stored values of it can't take a new column, functions that return it break when
-- the shadow column appears.
-- $1: oid of the table
-- code, object, reason, hint. Lock: none.
WITH RECURSIVE used(classid, objid, objsubid) AS (
    SELECT 'pg_type'::regclass::oid, c.reltype, 0
    FROM pg_class c
    WHERE c.oid = $1::oid
    UNION
    -- arrays, domains and ranges of the type; columns; a column of a composite type leads to that type
    SELECT CASE WHEN o.relkind = 'c' THEN 'pg_type'::regclass::oid ELSE d.classid END,
           CASE WHEN o.relkind = 'c' THEN o.reltype ELSE d.objid END,
           CASE WHEN o.relkind = 'c' THEN 0 ELSE d.objsubid END
    FROM used u
    JOIN pg_depend d ON d.refclassid = u.classid AND d.refobjid = u.objid
    LEFT JOIN pg_class o ON d.classid = 'pg_class'::regclass AND o.oid = d.objid
    WHERE u.classid = 'pg_type'::regclass
)
SELECT 'row-type-in-use' AS code, format('column %s.%I', c.oid::regclass, a.attname) AS object,
       format('its type %s holds rows of the table; values stored in it would lose the widened column.',
              format_type(a.atttypid, a.atttypmod)) AS reason,
       format('Store the row otherwise (jsonb), or drop the column: ALTER TABLE %s DROP COLUMN %I;',
              c.oid::regclass, a.attname) AS hint
FROM used u
JOIN pg_class c ON c.oid = u.objid AND c.relkind IN ('r', 'p', 'm', 'f')
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = u.objsubid AND NOT a.attisdropped
WHERE u.classid = 'pg_class'::regclass
UNION ALL
-- as the result, an OUT or TABLE column of it, or an array; arguments are no matter
SELECT CASE WHEN p.prosqlbody IS NULL THEN 'returns-setof' ELSE 'sql-body-returns-table' END,
       (pg_identify_object('pg_proc'::regclass, p.oid, 0)).type || ' ' || p.oid::regprocedure,
       'it returns rows of the table; as soon as the shadow column appears they no longer match its result.',
       CASE WHEN p.prosqlbody IS NULL
            THEN 'Let it return a type of its own or, if it selects all columns with *, accept it: --allow returns-setof'
            ELSE 'Let it return a type of its own (RETURNS TABLE), or drop it and create it again after the conversion.' END
FROM used u
JOIN pg_proc p ON p.oid = u.objid
WHERE u.classid = 'pg_proc'::regclass
  AND EXISTS (SELECT FROM used y
              WHERE y.classid = 'pg_type'::regclass
                AND (y.objid = p.prorettype
                     OR EXISTS (SELECT FROM unnest(p.proallargtypes, p.proargmodes) a(type, mode)
                                WHERE a.type = y.objid AND a.mode IN ('o', 'b', 't'))))
GROUP BY p.oid, p.prosqlbody
ORDER BY 1, 2
