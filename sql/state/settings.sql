-- The settings with which conversion $1 is run now, as they were given, for who looks at it from elsewhere.
-- $2: names, joined by commas; $3: their values, joined by the character chr(31)
INSERT INTO setting (conversion, name, value)
SELECT $1::int, s.name, s.value
  FROM unnest(string_to_array($2, ','), string_to_array($3, chr(31))) AS s (name, value)
    ON CONFLICT (conversion, name) DO UPDATE SET value = excluded.value
