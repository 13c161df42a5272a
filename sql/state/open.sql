-- Tables and columns of the open conversions, with $1 = true of the ended ones as well, as two arrays of one length.
SELECT coalesce(array_agg(c.relid), '{}') AS relids, coalesce(array_agg(k.attname), '{}') AS attnames
FROM conversion c
JOIN conversion_column k ON k.conversion = c.id
WHERE (c.outcome IS NULL OR $1::bool) AND c.nspname <> 'pgwiden'
