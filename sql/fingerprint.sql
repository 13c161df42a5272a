-- What hangs on a table and its partitions, as a hash: the swap compares it under its lock with the one its statements were planned with.
-- Plain lookups by index, no deparsing; nothing that writes, ANALYZE, autovacuum or our state rows change.
-- Also the body of pgwiden.fingerprint(oid).
-- $1: the table's oid
-- Column: text, 8 hex digits of all, then ` section:hash` for each kind of object
-- Lock: none beyond the catalogs'
WITH RECURSIVE tree (relid) AS (
    SELECT $1::oid
    UNION ALL
    SELECT i.inhrelid FROM tree AS t JOIN pg_inherits AS i ON i.inhparent = t.relid
), line (section, text) AS (
    SELECT 'table', concat_ws(' ', c.relnamespace, c.relname, c.relkind, c.relpersistence, c.relowner, c.relreplident,
                              c.relrowsecurity, c.relforcerowsecurity, c.reloftype, c.relispartition)
    FROM tree AS t JOIN pg_class AS c ON c.oid = t.relid
    UNION ALL
    SELECT 'columns', concat_ws(' ', a.attrelid, a.attnum, a.attname, a.atttypid, a.attnotnull, a.attidentity, a.attgenerated,
                                a.attacl::text, d.adbin::text)
    FROM tree AS t
         JOIN pg_attribute AS a ON a.attrelid = t.relid
         LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE a.attnum > 0 AND NOT a.attisdropped
    UNION ALL
    -- the equality CHECKs, which are the proof, are among them
    SELECT 'constraints', concat_ws(' ', k.oid, k.conname, k.contype, k.convalidated, k.condeferrable, k.condeferred,
                                    k.conkey::text, k.conindid, k.connoinherit, k.conbin::text)
    FROM tree AS t JOIN pg_constraint AS k ON k.conrelid = t.relid
    UNION ALL
    -- pg_constraint has no index on confrelid; pg_depend knows who references us
    SELECT 'references', concat_ws(' ', k.oid, k.conname, k.contype, k.convalidated, k.conrelid, k.confrelid,
                                   k.conkey::text, k.confkey::text, k.conindid)
    FROM pg_constraint AS k
    WHERE k.contype = 'f'
      AND k.oid IN (SELECT d.objid FROM tree AS t JOIN pg_depend AS d ON d.refobjid = t.relid
                    WHERE d.refclassid = 'pg_class'::regclass AND d.classid = 'pg_constraint'::regclass)
    UNION ALL
    SELECT 'indexes', concat_ws(' ', i.indexrelid, c.relname, i.indisvalid, i.indisready, i.indislive, i.indisunique,
                                i.indisprimary, i.indimmediate, i.indisreplident, i.indisclustered, i.indkey::text)
    FROM tree AS t JOIN pg_index AS i ON i.indrelid = t.relid JOIN pg_class AS c ON c.oid = i.indexrelid
    UNION ALL
    SELECT 'triggers', concat_ws(' ', t.oid, t.tgname, t.tgenabled, t.tgtype, t.tgfoid, t.tgattr::text, t.tgqual::text)
    FROM tree AS m JOIN pg_trigger AS t ON t.tgrelid = m.relid
    UNION ALL
    SELECT 'sequences', concat_ws(' ', s.seqrelid, c.relname, c.relowner, c.relpersistence, c.relacl::text,
                                  d.refobjsubid, d.deptype, s.seqtypid, s.seqstart, s.seqincrement, s.seqmax,
                                  s.seqmin, s.seqcache, s.seqcycle)
    FROM tree AS t
         JOIN pg_depend AS d ON d.refobjid = t.relid
         JOIN pg_sequence AS s ON s.seqrelid = d.objid
         JOIN pg_class AS c ON c.oid = d.objid
    WHERE d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0
      AND d.classid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
    UNION ALL
    SELECT 'statistics', concat_ws(' ', s.oid, s.stxnamespace, s.stxname)
    FROM tree AS t JOIN pg_statistic_ext AS s ON s.stxrelid = t.relid
    UNION ALL
    SELECT 'policies', concat_ws(' ', p.oid, p.polname, p.polqual::text, p.polwithcheck::text)
    FROM tree AS t JOIN pg_policy AS p ON p.polrelid = t.relid
    UNION ALL
    SELECT 'rules', concat_ws(' ', r.oid, r.rulename, r.ev_enabled, r.ev_qual::text)
    FROM tree AS t JOIN pg_rewrite AS r ON r.ev_class = t.relid
    UNION ALL
    SELECT 'inheritance', concat_ws(' ', h.inhrelid, h.inhparent, h.inhdetachpending)
    FROM pg_inherits AS h
    WHERE h.inhrelid = $1 OR h.inhparent IN (SELECT t.relid FROM tree AS t)
    UNION ALL
    SELECT 'publications', concat_ws(' ', p.oid, p.prpubid)
    FROM tree AS t JOIN pg_publication_rel AS p ON p.prrelid = t.relid
    UNION ALL
    SELECT 'publications', p.oid::text
    FROM pg_publication AS p
    WHERE p.puballtables
    UNION ALL
    -- publications of the table's schema (15 and later; below there is no such catalog and no row). The casts keep the
    -- planner from reading all that depends on the schema
    SELECT 'publications', concat_ws(' ', d.objid, d.refobjid)
    FROM pg_depend AS d
    WHERE d.classid = to_regclass('pg_catalog.pg_publication_namespace')
      AND d.refclassid::int8 = 'pg_namespace'::regclass::int8
      AND d.refobjid::int8 = (SELECT c.relnamespace::int8 FROM pg_class AS c WHERE c.oid = $1)
    UNION ALL
    -- views, functions and whatever else there may be, also on the table's row type
    SELECT 'dependents', concat_ws(' ', d.classid, d.objid, d.objsubid, d.refobjsubid, d.deptype)
    FROM tree AS t JOIN pg_depend AS d ON d.refobjid = t.relid
    WHERE d.refclassid = 'pg_class'::regclass
    UNION ALL
    SELECT 'dependents', concat_ws(' ', d.classid, d.objid, d.objsubid, d.deptype)
    FROM tree AS t JOIN pg_class AS c ON c.oid = t.relid JOIN pg_depend AS d ON d.refobjid = c.reltype
    WHERE d.refclassid = 'pg_type'::regclass
    UNION ALL
    -- what was captured by its text is as it was then: rows that nobody has written since
    SELECT 'texts', concat_ws(' ', f.kind, f.oid,
        (SELECT concat_ws(' ', r.xmin, r.relname, r.relowner) FROM pg_class AS r WHERE r.oid = f.oid),
        (SELECT string_agg(concat_ws(' ', a.xmin, a.attnum), ',' ORDER BY a.attnum)
         FROM pg_attribute AS a WHERE a.attrelid = f.oid AND a.attnum > 0),
        (SELECT string_agg(concat_ws(' ', x.xmin, x.oid), ',' ORDER BY x.oid) FROM pg_attrdef AS x WHERE x.adrelid = f.oid),
        (SELECT string_agg(concat_ws(' ', x.xmin, x.oid), ',' ORDER BY x.oid) FROM pg_rewrite AS x WHERE x.ev_class = f.oid),
        (SELECT string_agg(concat_ws(' ', x.xmin, x.oid), ',' ORDER BY x.oid) FROM pg_trigger AS x WHERE x.tgrelid = f.oid),
        (SELECT string_agg(concat_ws(' ', x.xmin, x.objsubid), ',' ORDER BY x.objsubid)
         FROM pg_description AS x WHERE x.classoid = 'pg_class'::regclass AND x.objoid = f.oid))
    FROM conversion AS c JOIN definition AS f ON f.conversion = c.id
    WHERE c.relid = $1 AND c.outcome IS NULL AND f.kind = 'view'
    UNION ALL
    SELECT 'texts', concat_ws(' ', f.kind, f.oid,
        CASE f.kind
        WHEN 'rule' THEN (SELECT x.xmin::text FROM pg_rewrite AS x WHERE x.oid = f.oid)
        WHEN 'policy' THEN (SELECT x.xmin::text FROM pg_policy AS x WHERE x.oid = f.oid)
        WHEN 'trigger' THEN (SELECT x.xmin::text FROM pg_trigger AS x WHERE x.oid = f.oid)
        WHEN 'function' THEN (SELECT x.xmin::text FROM pg_proc AS x WHERE x.oid = f.oid)
        WHEN 'publication' THEN (SELECT x.xmin::text FROM pg_publication_rel AS x WHERE x.oid = f.oid)
        WHEN 'generated' THEN (SELECT x.xmin::text FROM pg_attrdef AS x WHERE x.oid = f.oid) END,
        (SELECT string_agg(concat_ws(' ', x.xmin, x.classoid), ',' ORDER BY x.classoid)
         FROM pg_description AS x WHERE x.objoid = f.oid))
    FROM conversion AS c JOIN definition AS f ON f.conversion = c.id
    WHERE c.relid = $1 AND c.outcome IS NULL
      AND f.kind IN ('rule', 'policy', 'trigger', 'function', 'publication', 'generated')
), section (name, hash) AS (
    -- of any order, and no two equal lines cancel each other unseen
    SELECT section, to_hex(bit_xor(hashtextextended(text, 0))) || '-' || count(*)
    FROM line
    GROUP BY section
)
SELECT left(md5(string_agg(name || hash, ' ' ORDER BY name COLLATE "C")), 8)
       || string_agg(' ' || name || ':' || hash, '' ORDER BY name COLLATE "C")
FROM section
