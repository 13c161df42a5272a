-- Is column $2 of its table part of conversion $1?
SELECT EXISTS (SELECT FROM conversion_column WHERE conversion = $1::int AND attname = $2::name)
