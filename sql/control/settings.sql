-- The settings of conversion $1: as its instance was started with, or as changed by `set` since.
-- Columns: name, value, changed by (NULL: it was not), changed at
-- Lock: none of the user's
SELECT name, coalesce(t.value, s.value), t.set_by, to_char(t.set_at, 'YYYY-MM-DD HH24:MI:SS')
FROM (SELECT name, value FROM setting WHERE conversion = $1::int) AS s
     FULL JOIN (SELECT name, value, set_by, set_at FROM tuning WHERE conversion = $1::int) AS t USING (name)
ORDER BY name
