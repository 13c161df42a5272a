-- The swap's message: keys, defaults, NOT NULL, replica identity and the CLUSTER mark move in one ALTER TABLE; old keys
-- and CHECKs are dropped. Nothing is scanned: the validated equality CHECK proves NOT NULL, and must not be dropped here
-- (drops run before SET NOT NULL in one ALTER TABLE). From 18 on verify has made the shadow's NOT NULL already.
-- A partitioned table takes more: what is dropped or set on the root reaches its partitions; then each partition's key is
-- made of its index, bottom-up, and a plain ADD CONSTRAINT on the parent adopts them without building anything.
-- $1: the table's oid
-- Columns: object, statement, lock, relation, also
-- Lock: ACCESS EXCLUSIVE, held by the message already
WITH target AS (
    SELECT c.id, m.relid, m.tab, m.level, m.leaf, c.relid::regclass AS relation,
           EXISTS (SELECT FROM pg_class AS p WHERE p.oid = c.relid AND p.relkind = 'p') AS is_tree
    FROM conversion AS c JOIN tree AS m ON m.conversion = c.id AND m.root = c.relid
    WHERE c.relid = $1 AND c.outcome IS NULL
      AND NOT EXISTS (SELECT FROM conversion_column AS cc
                           JOIN pg_attribute AS a ON a.attnum = cc.to_attnum AND a.attname = cc.attname
                      WHERE cc.conversion = c.id AND a.attrelid = c.relid)
), key AS (
    -- indexes with what the new ones must be: constraint, replica identity, CLUSTER mark
    SELECT t.*, d.number, k.conname, k.contype, k.condeferrable, k.condeferred, i.indisreplident, i.indisclustered,
           coalesce(k.conparentid, 0) <> 0 AS inherited, i.indexrelid, i.indnkeyatts, x.reloptions, s.spcname,
           coalesce((to_jsonb(i) ->> 'indnullsnotdistinct')::bool, false) AS nulls_not_distinct,
           coalesce(k.conname, format('pgwiden_idx_%s', d.number)) AS new_name
    FROM target AS t
         JOIN definition AS d ON d.conversion = t.id AND d.kind = 'index' AND d.relid = t.relid
         JOIN pg_index AS i ON i.indexrelid = d.oid
         JOIN pg_class AS x ON x.oid = d.oid
         LEFT JOIN pg_tablespace AS s ON s.oid = x.reltablespace
         LEFT JOIN pg_constraint AS k ON k.conindid = d.oid AND k.conrelid = t.relid AND k.contype IN ('p', 'u')
), key_column AS (
    -- of a partitioned table's keys
    SELECT k.number, u.place > k.indnkeyatts AS included,
           string_agg(coalesce('pgwiden_new_' || c.number, quote_ident(a.attname)), ', ' ORDER BY u.place) AS names
    FROM key AS k
         JOIN pg_index AS i ON i.indexrelid = k.indexrelid
         CROSS JOIN unnest(i.indkey::int2[]) WITH ORDINALITY AS u (attnum, place)
         JOIN pg_attribute AS a ON a.attrelid = k.relid AND a.attnum = u.attnum
         LEFT JOIN tree_column AS c ON c.conversion = k.id AND c.relid = k.relid AND c.attnum = u.attnum
    WHERE NOT k.leaf AND k.conname IS NOT NULL
    GROUP BY 1, 2
), col AS (
    SELECT t.relid, t.tab, t.level, t.leaf, cc.number, o.attname, o.attnotnull, t.relation::oid = t.relid AS is_root,
           coalesce(n.attnotnull, current_setting('server_version_num')::int >= 180000) AS has_not_null,
           pg_get_expr(f.adbin, f.adrelid) AS expression
    FROM target AS t
         JOIN tree_column AS cc ON cc.conversion = t.id AND cc.relid = t.relid
         JOIN pg_attribute AS o ON o.attrelid = t.relid AND o.attnum = cc.attnum
         LEFT JOIN pg_attribute AS n ON n.attrelid = t.relid AND n.attnum = cc.shadow
         LEFT JOIN pg_attrdef AS f ON f.adrelid = o.attrelid AND f.adnum = o.attnum
), action (ordinal, number, relid, itself, text) AS MATERIALIZED (  -- once, not once a table
    SELECT 1, number, relid, false, format('DROP CONSTRAINT %I', conname) FROM key WHERE conname IS NOT NULL AND NOT inherited
    UNION ALL
    SELECT 2, d.number, t.relid, false, format('DROP CONSTRAINT %I', k.conname)
    FROM target AS t
         JOIN definition AS d ON d.conversion = t.id AND d.kind = 'check' AND d.relid = t.relid
         JOIN pg_constraint AS k ON k.oid = d.oid
    UNION ALL
    SELECT 3, number, relid, NOT leaf, format('ALTER COLUMN %I DROP DEFAULT', attname) FROM col WHERE expression IS NOT NULL
    UNION ALL
    SELECT 4, number, relid, false, format('ALTER COLUMN pgwiden_new_%s SET NOT NULL', number)
    FROM col AS c
    WHERE attnotnull AND NOT has_not_null
      AND NOT EXISTS (SELECT FROM col AS r WHERE r.number = c.number AND r.is_root AND r.attnotnull AND NOT c.is_root)
    UNION ALL
    SELECT 5, number, relid, NOT leaf, format('ALTER COLUMN pgwiden_new_%s SET DEFAULT %s', number, expression)
    FROM col WHERE expression IS NOT NULL
    UNION ALL
    SELECT 6, number, relid, false,
           format('ADD CONSTRAINT %I %s USING INDEX pgwiden_idx_%s%s%s', conname,
                  CASE contype WHEN 'p' THEN 'PRIMARY KEY' ELSE 'UNIQUE' END, number,
                  CASE WHEN condeferrable THEN ' DEFERRABLE' END,
                  CASE WHEN condeferred THEN ' INITIALLY DEFERRED' END)
    FROM key WHERE conname IS NOT NULL AND leaf
    UNION ALL
    SELECT 6, k.number, relid, false,
           format('ADD CONSTRAINT %I %s%s (%s)%s%s%s%s%s', conname,
                  CASE contype WHEN 'p' THEN 'PRIMARY KEY' ELSE 'UNIQUE' END,
                  CASE WHEN nulls_not_distinct THEN ' NULLS NOT DISTINCT' END, c.names, ' INCLUDE (' || i.names || ')',
                  (SELECT format(' WITH (%s)', string_agg(format('%s = %L', o.option_name, o.option_value), ', '))
                   FROM pg_options_to_table(k.reloptions) AS o HAVING count(*) > 0),
                  ' USING INDEX TABLESPACE ' || quote_ident(spcname),
                  CASE WHEN condeferrable THEN ' DEFERRABLE' END,
                  CASE WHEN condeferred THEN ' INITIALLY DEFERRED' END)
    FROM key AS k
         JOIN key_column AS c ON c.number = k.number AND NOT c.included
         LEFT JOIN key_column AS i ON i.number = k.number AND i.included
    UNION ALL
    SELECT 7, number, relid, false, format('REPLICA IDENTITY USING INDEX %I', new_name) FROM key WHERE indisreplident
    UNION ALL
    SELECT 8, number, relid, false, format('CLUSTER ON %I', new_name) FROM key WHERE indisclustered
), part AS (
    -- a plain table: one; a tree: what the root hands on, then table by table, from the leaves to the root
    SELECT t.*, a.ordinal, a.number, a.text,
           CASE WHEN NOT t.is_tree THEN 0 WHEN a.ordinal <= 2 THEN 1 WHEN a.ordinal = 4 THEN 2
                WHEN a.ordinal IN (3, 5) THEN 3 ELSE 4 END AS stage,
           CASE WHEN a.itself THEN 'ONLY ' ELSE '' END AS itself_only
    FROM target AS t JOIN action AS a USING (relid)
)
SELECT 'table ' || CASE WHEN is_tree THEN tab ELSE relation::text END AS object,
       format(E'ALTER TABLE %s%s\n    %s', itself_only, CASE WHEN is_tree THEN tab ELSE relation::text END,
              string_agg(text, E',\n    ' ORDER BY ordinal, number)) AS statement,
       'ACCESS EXCLUSIVE' AS lock, relation::text AS relation, NULL AS also
FROM part
GROUP BY is_tree, relation, relid, tab, level, stage, itself_only
ORDER BY stage, CASE WHEN stage = 4 THEN -level ELSE level END, relid
