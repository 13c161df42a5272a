-- The swap's message: the copy trigger goes; its function stays until cleanup.
-- $1: the table's oid
-- Columns: object, statement, lock, relation, also (for the whole message)
-- The message locks also: the partitions, and tables whose foreign keys reference the partitioned one.
-- Lock: ACCESS EXCLUSIVE, held by the message already
WITH target AS (
    SELECT c.id, c.relid, c.relid::regclass AS relation,
           nullif(concat_ws(', ONLY ', w.also,
                            (SELECT string_agg(DISTINCT format('%I.%I', n.nspname, r.relname), ', ONLY ')
                             FROM definition AS d
                                  JOIN pg_class AS r ON r.oid = d.relid
                                  JOIN pg_namespace AS n ON n.oid = r.relnamespace
                             WHERE d.conversion = c.id AND d.kind = 'foreign-key' AND d.detail ? 'late'
                               AND NOT EXISTS (SELECT FROM tree AS m WHERE m.conversion = c.id AND m.root = c.relid
                                                                       AND m.relid = d.relid))), '') AS also
    FROM conversion AS c JOIN whole AS w ON w.conversion = c.id AND w.root = c.relid
    WHERE c.relid = $1 AND c.outcome IS NULL
      AND NOT EXISTS (SELECT FROM conversion_column AS cc
                           JOIN pg_attribute AS a ON a.attnum = cc.to_attnum AND a.attname = cc.attname
                      WHERE cc.conversion = c.id AND a.attrelid = c.relid)
), copy AS (
    SELECT t.relation, t.also, coalesce(
               (SELECT g.tgname FROM pg_trigger AS g
                WHERE g.tgrelid = t.relid AND g.tgfoid = to_regproc(format('pgwiden.copy_%s', t.relid))),
               -- in plan: the name that prepare will give it, after all other BEFORE ROW triggers
               (SELECT CASE WHEN max(g.tgname) >= '~pgwiden' THEN (max(g.tgname) || '~pgwiden')::name
                            ELSE '~pgwiden' END
                FROM tree AS m JOIN pg_trigger AS g ON g.tgrelid = m.relid
                WHERE m.conversion = t.id AND m.root = t.relid AND NOT g.tgisinternal AND g.tgtype & 3 = 3 AND g.tgtype & 20 <> 0)) AS name
    FROM target AS t
)
SELECT format('trigger %I on %s', name, relation) AS object,
       format('DROP TRIGGER %I ON %s', name, relation) AS statement,
       'ACCESS EXCLUSIVE' AS lock, relation::text AS relation, also
FROM copy
