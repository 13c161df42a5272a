-- What there is now on the columns `widened` and not on our own columns `shadows`.
CREATE OR REPLACE FUNCTION pg_temp.capture_found(rel oid, widened int2[], shadows int2[])
RETURNS TABLE (ord int, kind text, id oid, relid oid, name name, original text, detail jsonb)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH t AS (
        SELECT format('%I.%I', nspname, relname) AS tab
        FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE c.oid = rel
    )
    -- plain indexes and those of primary keys and unique constraints; pg_depend knows expressions and predicates,
    -- but a constraint's index has no dependency of its own
    SELECT 1, 'index', x.oid, rel, x.relname,
           CASE WHEN k.oid IS NULL THEN pg_get_indexdef(x.oid)
                ELSE format('ALTER TABLE %s ADD CONSTRAINT %I %s', tab, conname, pg_get_constraintdef(k.oid)) END,
           jsonb_strip_nulls(jsonb_build_object(
               'unique', indisunique,
               'partitioned', nullif(x.relkind = 'I', false),
               'comment', obj_description(x.oid, 'pg_class'),
               'tablespace', coalesce(spcname, CASE WHEN current_setting('default_tablespace') <> '' THEN
                    (SELECT s.spcname FROM pg_tablespace s JOIN pg_database d ON d.dattablespace = s.oid
                     WHERE datname = current_database()) END),
               'statistics', (SELECT jsonb_object_agg(attnum, attstattarget) FROM pg_attribute
                              WHERE attrelid = x.oid AND attnum > 0 AND attstattarget >= 0),
               'clustered', nullif(indisclustered, false),
               'replica-identity', nullif(indisreplident, false),
               'constraint', CASE WHEN k.oid IS NOT NULL THEN jsonb_build_object(
                    'name', conname, 'type', contype, 'deferrable', condeferrable, 'deferred', condeferred,
                    'comment', obj_description(k.oid, 'pg_constraint')) END))
    FROM t, pg_index i
    JOIN pg_class x ON x.oid = i.indexrelid
    LEFT JOIN pg_tablespace s ON s.oid = x.reltablespace
    LEFT JOIN pg_constraint k ON k.conindid = x.oid AND k.conrelid = rel AND k.contype IN ('p', 'u')
    CROSS JOIN LATERAL (
        SELECT array_agg(a) AS used
        FROM (SELECT unnest(i.indkey::int2[]) UNION
              SELECT refobjsubid::int2 FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = x.oid
                 AND refclassid = 'pg_class'::regclass AND refobjid = rel) u (a)) c
    WHERE indrelid = rel AND indislive AND NOT indisexclusion AND used && widened AND NOT used && shadows
    UNION ALL
    SELECT 2, 'check', k.oid, rel, conname,
           format('ALTER TABLE %s ADD CONSTRAINT %I %s', tab, conname, pg_get_constraintdef(k.oid)),
           jsonb_strip_nulls(jsonb_build_object(
               'comment', obj_description(k.oid, 'pg_constraint'), 'validated', convalidated,
               'enforced', coalesce((to_jsonb(k) ->> 'conenforced')::bool, true), 'no-inherit', connoinherit))
    FROM t, pg_constraint k
    WHERE conrelid = rel AND contype = 'c' AND coninhcount = 0 AND conkey && widened AND NOT conkey && shadows
    UNION ALL
    -- on either side; a partition's own copy of a key follows its root. One that references a partitioned table that is
    -- converted must wait for the swap, which makes the key that it needs.
    SELECT 3, 'foreign-key', k.oid, conrelid, conname,
           format('ALTER TABLE %I.%I ADD CONSTRAINT %I %s', nspname, relname, conname,
                  pg_temp.capture_foreign_key(k.oid, NULL)),
           jsonb_strip_nulls(jsonb_build_object(
               'comment', obj_description(k.oid, 'pg_constraint'), 'validated', convalidated,
               'enforced', coalesce((to_jsonb(k) ->> 'conenforced')::bool, true), 'references', confrelid,
               'late', nullif(confrelid = rel AND confkey && widened
                              AND (SELECT relkind = 'p' FROM pg_class p WHERE p.oid = rel), false)))
    FROM pg_constraint k
    JOIN pg_class c ON c.oid = conrelid
    JOIN pg_namespace n ON n.oid = relnamespace
    WHERE contype = 'f' AND conparentid = 0 AND to_jsonb(k) ->> 'conperiod' IS DISTINCT FROM 'true'
      AND (conrelid = rel AND conkey && widened OR confrelid = rel AND confkey && widened)
      AND NOT (conrelid = rel AND conkey && shadows OR confrelid = rel AND confkey && shadows)
    UNION ALL
    SELECT 4, 'statistics', s.oid, rel, stxname, pg_get_statisticsobjdef(s.oid),
           jsonb_strip_nulls(jsonb_build_object(
               'comment', obj_description(s.oid, 'pg_statistic_ext'), 'schema', nspname,
               'owner', pg_get_userbyid(stxowner), 'target', nullif((to_jsonb(s) ->> 'stxstattarget')::int, -1)))
    FROM pg_statistic_ext s
    JOIN pg_namespace n ON n.oid = stxnamespace
    CROSS JOIN LATERAL (
        SELECT array_agg(a) AS used
        FROM (SELECT unnest(s.stxkeys::int2[]) UNION
              SELECT refobjsubid::int2 FROM pg_depend WHERE classid = 'pg_statistic_ext'::regclass AND objid = s.oid
                 AND refclassid = 'pg_class'::regclass AND refobjid = rel) u (a)) c
    WHERE stxrelid = rel AND used && widened AND NOT used && shadows
    UNION ALL
    -- whatever the default reads, owned or not, and what the column owns though the application calls nextval itself. An
    -- identity's sequence is the swap's.
    SELECT 5, 'sequence', c.oid, rel, c.relname,
           format('ALTER SEQUENCE %I.%I AS %s', nspname, c.relname, format_type(seqtypid, NULL)),
           jsonb_build_object('schema', nspname, 'type', format_type(seqtypid, NULL))
    FROM (SELECT d.refobjid AS oid
          FROM pg_attrdef f
          JOIN pg_depend d ON d.classid = 'pg_attrdef'::regclass AND d.objid = f.oid
                          AND d.refclassid = 'pg_class'::regclass
          WHERE adrelid = rel AND adnum = ANY (widened)
          UNION
          SELECT objid FROM pg_depend
          WHERE classid = 'pg_class'::regclass AND refclassid = 'pg_class'::regclass AND refobjid = rel
            AND refobjsubid = ANY (widened) AND deptype = 'a') used
    JOIN pg_class c ON c.oid = used.oid AND c.relkind = 'S'
    JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_sequence q ON q.seqrelid = c.oid
    WHERE seqtypid <> 'int8'::regtype;
END $$;
