-- When will the ids of table $1 run out, at the rate since its conversion was begun? The sequence that is the first to.
-- Columns: object, seconds, ids a second. No row: not known. Lock: none.
SELECT format('sequence %s', f.sequence::regclass) AS object, f.seconds, f.ids_left / greatest(f.seconds, 1) AS rate
FROM conversion AS c
     JOIN fed AS f ON f.conversion = c.id
WHERE c.relid = $1::oid AND f.seconds IS NOT NULL
ORDER BY f.seconds
LIMIT 1
