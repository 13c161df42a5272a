-- The swap's message, before the table is locked: what is detached from it is locked, since whoever reads a view locks the
-- view first and the table afterwards. First the tables of policies and rules that hang on a view, then views, outermost
-- first. A view is locked by an ALTER VIEW that changes nothing: LOCK TABLE would lock all that it reads as well.
-- $1: the table's oid
-- Columns: object, statement, lock, relation, also
-- Lock: ACCESS EXCLUSIVE, each within what is left of --lock-timeout
WITH target AS (
    SELECT c.id, c.relid
    FROM conversion AS c
    WHERE c.relid = $1 AND c.outcome IS NULL
      AND NOT EXISTS (SELECT FROM conversion_column AS cc
                           JOIN pg_attribute AS a ON a.attnum = cc.to_attnum AND a.attname = cc.attname
                      WHERE cc.conversion = c.id AND a.attrelid = c.relid)
), locked (oid, level) AS (
    SELECT CASE d.kind WHEN 'view' THEN d.oid ELSE d.relid END,
           max(CASE d.kind WHEN 'view' THEN (d.detail ->> 'level')::int END)
    FROM target AS t JOIN definition AS d ON d.conversion = t.id
    WHERE d.kind = 'view' OR d.kind IN ('rule', 'policy')
       AND d.relid NOT IN (SELECT m.relid FROM tree_column AS m WHERE m.conversion = t.id)
    GROUP BY 1
)
SELECT format('lock of %s %s', CASE r.relkind WHEN 'v' THEN 'view' ELSE 'table' END, r.oid::regclass) AS object,
       CASE r.relkind WHEN 'v' THEN format('ALTER VIEW %s OWNER TO %s', r.oid::regclass, r.relowner::regrole)
                      ELSE format('LOCK TABLE ONLY %s IN ACCESS EXCLUSIVE MODE', r.oid::regclass) END AS statement,
       'ACCESS EXCLUSIVE' AS lock, r.oid::regclass::text AS relation, NULL AS also
FROM locked AS l JOIN pg_class AS r ON r.oid = l.oid
ORDER BY l.level DESC NULLS FIRST, r.oid
