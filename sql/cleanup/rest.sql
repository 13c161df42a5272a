-- What bears one of our names on a table or beside it. After cleanup and after abort: no row.
-- $1: the table's oid
-- Column: object
-- Lock: none beyond the catalogs'
SELECT pg_describe_object(classid, objid, objsubid) AS object
FROM (SELECT 'pg_class'::regclass AS classid, attrelid AS objid, attnum::int AS objsubid, attname AS name
      FROM pg_attribute
      WHERE attrelid = $1 AND NOT attisdropped
      UNION ALL
      SELECT 'pg_class'::regclass, c.oid, 0, c.relname
      FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
      WHERE i.indrelid = $1
      UNION ALL
      SELECT 'pg_class'::regclass, c.oid, 0, c.relname
      FROM pg_depend AS d JOIN pg_class AS c ON c.oid = d.objid AND c.relkind = 'S'
      WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = $1
      UNION ALL
      SELECT 'pg_constraint'::regclass, oid, 0, conname
      FROM pg_constraint
      WHERE conrelid = $1 OR confrelid = $1
      UNION ALL
      SELECT 'pg_statistic_ext'::regclass, oid, 0, stxname
      FROM pg_statistic_ext
      WHERE stxrelid = $1
      UNION ALL
      SELECT 'pg_trigger'::regclass, oid, 0, tgname
      FROM pg_trigger
      WHERE tgrelid = $1 AND NOT tgisinternal) AS o
WHERE name ~ '(^|_)pgwiden_(new|old|eq|nn|idx|check|fk|stat|oldidx|oldstat|oldseq)_[0-9]+(_|$)'
   OR (classid = 'pg_trigger'::regclass AND name LIKE '%~pgwiden')
ORDER BY 1
