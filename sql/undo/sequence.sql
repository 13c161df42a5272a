-- Sequences get the type back that they had, as long as what they have counted to and their limits fit it: no row where
-- they don't, such a one stays bigint. MINVALUE and MAXVALUE go back natively, as they came.
-- $1: the table's oid. Lock: SHARE ROW EXCLUSIVE on the sequence.
SELECT format('sequence %I.%I', n.nspname, c.relname) AS object,
       format('ALTER SEQUENCE %I.%I AS %s', n.nspname, c.relname, d.detail ->> 'type') AS statement,
       'SHARE ROW EXCLUSIVE' AS lock,
       NULL::text AS relation,
       NULL::text AS also
FROM conversion v
JOIN definition d ON d.conversion = v.id AND d.kind = 'sequence'
JOIN pg_sequence q ON q.seqrelid = d.oid AND q.seqtypid = 'int8'::regtype
JOIN pg_class c ON c.oid = d.oid
JOIN pg_namespace n ON n.oid = c.relnamespace
CROSS JOIN LATERAL (SELECT CASE d.detail ->> 'type' WHEN 'smallint' THEN 32767 ELSE 2147483647 END AS top) y
WHERE v.relid = $1 AND v.outcome IS NULL AND v.swapped_at IS NULL
  AND coalesce(pg_sequence_last_value(q.seqrelid), q.seqstart) BETWEEN -top - 1 AND top
  AND q.seqstart BETWEEN -top - 1 AND top
  AND (q.seqmax <= top OR q.seqmax = 9223372036854775807)
  AND (q.seqmin >= -top - 1 OR q.seqmin = -9223372036854775808)
ORDER BY d.number
