-- Sequences that feed one of the columns by default or are owned by one become bigint. As natively, MINVALUE and MAXVALUE
-- move only where they were the narrow type's limits. An identity's sequence goes with the swap.
-- $1: the table's oid. Lock: SHARE ROW EXCLUSIVE on the sequence (nextval waits; it waits for every transaction that
-- called nextval); LOCK TABLE doesn't take sequences.
SELECT format('sequence %I.%I', s.nspname, c.relname) AS object,
       format('ALTER SEQUENCE %I.%I AS bigint', s.nspname, c.relname) AS statement,
       'SHARE ROW EXCLUSIVE' AS lock,
       NULL::text AS relation,
       NULL::text AS also
FROM conversion v
JOIN definition d ON d.conversion = v.id AND d.kind = 'sequence'
JOIN pg_sequence q ON q.seqrelid = d.oid AND q.seqtypid <> 'int8'::regtype
JOIN pg_class c ON c.oid = d.oid
JOIN pg_namespace s ON s.oid = c.relnamespace
WHERE v.relid = $1 AND v.outcome IS NULL AND v.swapped_at IS NULL
ORDER BY d.number
