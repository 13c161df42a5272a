-- Setting $2 of conversion $1 is again what the command line or its default says.
DELETE FROM tuning WHERE conversion = $1::int AND name = $2
