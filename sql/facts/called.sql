-- What a table's columns are called now.
-- $1: the table's oid, $2: numbers of the columns
-- Column: name (schema.table.column), in the order of $2. Fewer rows: the table or columns are gone.
-- Lock: none
SELECT format('%I.%I.%I', n.nspname, c.relname, a.attname) AS name
FROM pg_class AS c
     JOIN pg_namespace AS n ON n.oid = c.relnamespace
     CROSS JOIN unnest($2::int2[]) WITH ORDINALITY AS w (attnum, place)
     JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = w.attnum AND NOT a.attisdropped
WHERE c.oid = $1::oid
ORDER BY w.place
