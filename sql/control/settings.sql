-- The settings of conversion $1: as its instance was started with, or as changed by `set` since.
-- Columns: name, value, changed by (NULL: it was not), changed at
-- Lock: none of the user's
WITH changed (name, value, set_by, set_at) AS (
    SELECT name, value, set_by, set_at FROM tuning WHERE conversion = $1::int
    UNION ALL
    SELECT 'swap', swap, swap_by, NULL FROM control WHERE conversion = $1::int AND swap IS NOT NULL
)
SELECT name, coalesce(c.value, s.value), c.set_by, to_char(c.set_at, 'YYYY-MM-DD HH24:MI:SS')
FROM (SELECT name, value FROM setting WHERE conversion = $1::int) AS s
     FULL JOIN changed AS c USING (name)
ORDER BY name
