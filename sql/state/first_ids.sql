-- Where the sequences stand that feed the columns of conversion $1, at its beginning.
UPDATE conversion_column AS k
SET first_id = f.last
FROM fed AS f
WHERE k.conversion = $1::int AND f.conversion = k.conversion AND f.from_attnum = k.from_attnum
