-- Is column $2 of its table part of conversion $1? With $3, its number, also when it was renamed meanwhile.
SELECT EXISTS (SELECT FROM conversion_column
                WHERE conversion = $1::int AND (attname = $2::name OR from_attnum = $3::int2))
