-- The proof: a CHECK a column that the shadow equals it, NOT VALID, all that are missing in one ALTER TABLE. From here on no
-- wrong row can be written. On a NOT NULL column it says so too, which spares SET NOT NULL its scan. One of the wrong
-- form (the column got or lost its NOT NULL meanwhile) is replaced; a NOT NULL that is NOT VALID (18) proves nothing.
-- A partition may be NOT NULL where its parent is not: then it gets a CHECK of its own that says so.
-- $1: the table's oid. Lock: ACCESS EXCLUSIVE, without a scan.
WITH t AS (
    SELECT o.from_attnum AS n, w.tab, w.also, a.attname, k.oid AS id,
           a.attnotnull AND NOT EXISTS (SELECT FROM pg_constraint b
                                        WHERE b.conrelid = v.relid AND b.contype = 'n' AND NOT b.convalidated
                                          AND b.conkey = ARRAY[a.attnum]) AS filled,
           pg_get_expr(k.conbin, k.conrelid) LIKE '((pgwiden\_new\_% IS NOT NULL) AND %' AS says_so
    FROM conversion v
    JOIN conversion_column o ON o.conversion = v.id
    JOIN whole w ON w.conversion = v.id AND w.root = v.relid
    JOIN pg_attribute a ON a.attrelid = v.relid AND a.attnum = o.from_attnum
    LEFT JOIN pg_constraint k ON k.conrelid = v.relid AND k.conname = format('pgwiden_eq_%s', o.from_attnum)
    WHERE v.relid = $1 AND v.outcome IS NULL AND v.swapped_at IS NULL
), filled AS (
    SELECT c.number AS n, c.relid, c.level, c.tab,
           (SELECT string_agg(m.tab, ', ONLY ' ORDER BY m.level, m.relid)
            FROM tree m WHERE m.conversion = v.id AND m.root = v.relid AND m.level > c.level AND NOT c.leaf) AS also
    FROM conversion v
    JOIN tree_column c ON c.conversion = v.id AND c.level > 0
    JOIN pg_attribute a ON a.attrelid = c.relid AND a.attnum = c.attnum AND a.attnotnull
    JOIN pg_inherits h ON h.inhrelid = c.relid
    JOIN pg_attribute pa ON pa.attrelid = h.inhparent AND pa.attname = c.attname AND NOT pa.attnotnull
    WHERE v.relid = $1 AND v.outcome IS NULL AND v.swapped_at IS NULL
      AND NOT EXISTS (SELECT FROM pg_constraint b
                      WHERE b.conrelid = c.relid AND b.contype = 'n' AND NOT b.convalidated AND b.conkey = ARRAY[c.attnum])
      AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = c.relid AND k.conname = format('pgwiden_full_%s', c.number))
)
SELECT format('table %s', tab) AS object,
       format('ALTER TABLE %s %s', tab, string_agg(
           CASE WHEN id IS NULL THEN '' ELSE format('DROP CONSTRAINT pgwiden_eq_%s, ', n) END
           || CASE WHEN filled THEN format('ADD CONSTRAINT pgwiden_eq_%1$s CHECK '
                                           '(pgwiden_new_%1$s IS NOT NULL AND pgwiden_new_%1$s = %2$I) NOT VALID', n, attname)
                   ELSE format('ADD CONSTRAINT pgwiden_eq_%1$s CHECK '
                               '(pgwiden_new_%1$s IS NOT DISTINCT FROM %2$I) NOT VALID', n, attname) END,
           ', ' ORDER BY n)) AS statement,
       'ACCESS EXCLUSIVE' AS lock,
       tab AS relation,
       also
FROM t
WHERE id IS NULL OR says_so <> filled
GROUP BY tab, also
UNION ALL
SELECT * FROM (
    SELECT format('table %s', tab),
           format('ALTER TABLE %s %s', tab, string_agg(
               format('ADD CONSTRAINT pgwiden_full_%1$s CHECK (pgwiden_new_%1$s IS NOT NULL) NOT VALID', n), ', ' ORDER BY n)),
           'ACCESS EXCLUSIVE', tab, also
    FROM filled
    GROUP BY relid, level, tab, also
    ORDER BY level, relid) f
