-- Removes the history of table $1; open conversions stay. Returns whether any conversion of the database is left.
WITH gone AS (DELETE FROM conversion WHERE relid = $1::oid AND outcome IS NOT NULL RETURNING id)
SELECT EXISTS (SELECT FROM conversion WHERE id NOT IN (SELECT id FROM gone))
