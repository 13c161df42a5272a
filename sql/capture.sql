-- pg_temp.capture(rel oid): fills and refreshes `definition` for the open conversion of rel: everything that hangs on
-- its columns and must be made again on the shadows. Called in plan (temporary state tables), in prepare's first
-- transaction, and again at the beginning of index, verify and swap, where it finds what others have made since.
-- What is known keeps its number, what is gone loses its row, but for a foreign key that the swap has exchanged
-- already. After the swap it does nothing.
--
-- No text of the user's is edited: PostgreSQL's own deparser retargets it. Every object is made again on an empty
-- temporary clone of the table (LIKE), the clone's columns are renamed to the shadows' names, and the text is read
-- back. Only the prefix `CREATE [UNIQUE] INDEX name ON table` is replaced, after it was compared; and an operator class that
-- was spelled out for the narrow type gives way to its sibling for bigint.
--
-- definition.detail, keys that would be null are left out:
--   index        comment; tablespace; statistics {attribute number: target}; unique; constraint {name, type p or u,
--                deferrable, deferred, comment}; clustered, replica-identity (true or absent)
--   check        comment; validated; enforced; no-inherit
--   foreign-key  comment; validated; enforced; references (oid of the referenced table)
--   statistics   comment; schema; owner; target
--   sequence     schema; type (before it became bigint)
-- retargeted is a full statement but for check: `ADD CONSTRAINT pgwiden_check_D CHECK (..) ..`.
-- Several statements. Lock: ACCESS SHARE. Needs TEMP on the database.

-- The attributes of an object in their order, as a column list; those of the converted table under the shadows' names.
CREATE OR REPLACE FUNCTION pg_temp.capture_names(of oid, attnums int2[], rel oid, widened int2[])
RETURNS text LANGUAGE sql STABLE SET search_path = pg_catalog AS $$
    SELECT string_agg(CASE WHEN of = rel AND n = ANY (widened) THEN format('pgwiden_new_%s', n)
                           ELSE quote_ident(attname) END,
                      ', ' ORDER BY ordinality)
    FROM unnest(attnums) WITH ORDINALITY AS u (n, ordinality)
    JOIN pg_attribute ON attrelid = of AND attnum = n
$$;

-- A foreign key after its name, NOT VALID unless it is NOT ENFORCED; on the shadows of rel where widened says so.
CREATE OR REPLACE FUNCTION pg_temp.capture_foreign_key(id oid, rel oid, widened int2[])
RETURNS text LANGUAGE sql STABLE SET search_path = pg_catalog AS $$
    SELECT format('FOREIGN KEY (%s) REFERENCES %I.%I (%s)', pg_temp.capture_names(conrelid, conkey, rel, widened),
                  nspname, relname, pg_temp.capture_names(confrelid, confkey, rel, widened))
        || CASE confmatchtype WHEN 'f' THEN ' MATCH FULL' ELSE '' END
        || CASE confupdtype WHEN 'r' THEN ' ON UPDATE RESTRICT' WHEN 'c' THEN ' ON UPDATE CASCADE'
                            WHEN 'n' THEN ' ON UPDATE SET NULL' WHEN 'd' THEN ' ON UPDATE SET DEFAULT' ELSE '' END
        || CASE confdeltype WHEN 'r' THEN ' ON DELETE RESTRICT' WHEN 'c' THEN ' ON DELETE CASCADE'
                            WHEN 'n' THEN ' ON DELETE SET NULL' WHEN 'd' THEN ' ON DELETE SET DEFAULT' ELSE '' END
        || coalesce(' (' || pg_temp.capture_names(conrelid, only_these, rel, widened) || ')', '')
        || CASE WHEN condeferrable THEN ' DEFERRABLE' ELSE '' END
        || CASE WHEN condeferred THEN ' INITIALLY DEFERRED' ELSE '' END
        || CASE WHEN to_jsonb(k) ->> 'conenforced' = 'false' THEN ' NOT ENFORCED' ELSE ' NOT VALID' END
    FROM pg_constraint k
    JOIN pg_class r ON r.oid = k.confrelid
    JOIN pg_namespace n ON n.oid = r.relnamespace
    CROSS JOIN LATERAL (SELECT array_agg(e::int2 ORDER BY o) AS only_these     -- since 15: SET NULL (columns)
                        FROM jsonb_array_elements_text(nullif(to_jsonb(k) -> 'confdelsetcols', 'null'))
                             WITH ORDINALITY AS x (e, o)) s
    WHERE k.oid = id
$$;

-- What there is now on the columns `widened` and not on our own columns `shadows`.
CREATE OR REPLACE FUNCTION pg_temp.capture_found(rel oid, widened int2[], shadows int2[])
RETURNS TABLE (ord int, kind text, id oid, relid oid, name name, original text, detail jsonb)
LANGUAGE sql STABLE SET search_path = pg_catalog AS $$
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
    WHERE conrelid = rel AND contype = 'c' AND conkey && widened AND NOT conkey && shadows
    UNION ALL
    -- on either side; a partition's own copy of a key follows its root
    SELECT 3, 'foreign-key', k.oid, conrelid, conname,
           format('ALTER TABLE %I.%I ADD CONSTRAINT %I %s', nspname, relname, conname,
                  pg_temp.capture_foreign_key(k.oid, rel, '{}')),
           jsonb_strip_nulls(jsonb_build_object(
               'comment', obj_description(k.oid, 'pg_constraint'), 'validated', convalidated,
               'enforced', coalesce((to_jsonb(k) ->> 'conenforced')::bool, true), 'references', confrelid))
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
    WHERE seqtypid <> 'int8'::regtype
$$;

-- What follows `CREATE [UNIQUE] INDEX name ON schema.table ` in an index's text. A temporary table's schema is printed
-- as pg_temp_N before 15.
CREATE OR REPLACE FUNCTION pg_temp.capture_index_tail(id oid)
RETURNS text LANGUAGE plpgsql STABLE SET search_path = pg_catalog AS $$
DECLARE
    def text := pg_get_indexdef(id);
    prefix text;
BEGIN
    FOR prefix IN
        SELECT format('CREATE %sINDEX %I ON %s.%I ', CASE WHEN indisunique THEN 'UNIQUE ' ELSE '' END,
                      x.relname, s, t.relname)
        FROM pg_index i
        JOIN pg_class x ON x.oid = indexrelid
        JOIN pg_class t ON t.oid = indrelid
        JOIN pg_namespace n ON n.oid = t.relnamespace
        CROSS JOIN unnest(ARRAY[quote_ident(nspname), 'pg_temp']) s
        WHERE indexrelid = id
    LOOP
        IF starts_with(def, prefix || 'USING ') THEN
            RETURN substr(def, length(prefix) + 1);
        END IF;
    END LOOP;
    RAISE EXCEPTION 'cannot read the definition of an index: %', def;
END $$;

-- The same with TABLESPACE, which pg_get_indexdef() never prints, where it belongs: before WHERE.
CREATE OR REPLACE FUNCTION pg_temp.capture_index_placed(id oid, tablespace text)
RETURNS text LANGUAGE plpgsql STABLE SET search_path = pg_catalog AS $$
DECLARE
    tail text := pg_temp.capture_index_tail(id);
    predicate text := (SELECT coalesce(' WHERE ' || pg_get_expr(indpred, indrelid), '')
                       FROM pg_index WHERE indexrelid = id);
BEGIN
    IF tablespace IS NULL THEN
        RETURN tail;
    END IF;
    IF right(tail, length(predicate)) <> predicate THEN
        RAISE EXCEPTION 'cannot read the predicate of an index: %', tail;
    END IF;
    RETURN left(tail, length(tail) - length(predicate)) || format(' TABLESPACE %I', tablespace) || predicate;
END $$;

-- An operator class that was spelled out for int4 or int2 doesn't take bigint. Tried on a clone that has bigint already:
-- the text as it is, with the sibling on the shadows, with the sibling on expressions too. What fails in all three ways
-- comes back as it was: PostgreSQL's own error then says at CREATE INDEX what is wrong.
CREATE OR REPLACE FUNCTION pg_temp.capture_index_widened(id oid, tail text, widened int2[])
RETURNS text LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
    try text;
    sibling record;
    shadow text;
BEGIN
    FOR way IN 0 .. 2 LOOP
        try := tail;
        FOR sibling IN
            SELECT DISTINCT format('%I', o.opcname) AS narrow,
                   CASE WHEN n.nspname = 'pg_catalog' THEN format('%I', w.opcname)
                        ELSE format('%I.%I', n.nspname, w.opcname) END AS wide
            FROM pg_index i
            CROSS JOIN unnest(i.indclass::oid[]) c
            JOIN pg_opclass o ON o.oid = c AND o.opcintype IN ('int4'::regtype, 'int2'::regtype)
            JOIN pg_opclass w ON w.opcfamily = o.opcfamily AND w.opcmethod = o.opcmethod
                             AND w.opcintype = 'int8'::regtype
            JOIN pg_namespace n ON n.oid = w.opcnamespace
            WHERE i.indexrelid = id AND way > 0
        LOOP
            IF way = 2 THEN
                try := replace(try, ') ' || sibling.narrow, ') ' || sibling.wide);
            END IF;
            FOREACH shadow IN ARRAY (SELECT array_agg(format('pgwiden_new_%s ', n)) FROM unnest(widened) n) LOOP
                try := replace(try, shadow || sibling.narrow, shadow || sibling.wide);
            END LOOP;
        END LOOP;
        BEGIN
            EXECUTE format('CREATE %sINDEX pgwiden_try ON pg_temp.pgwiden_wide %s',
                           (SELECT CASE WHEN indisunique THEN 'UNIQUE ' ELSE '' END
                            FROM pg_index WHERE indexrelid = id), try);
            EXECUTE 'DROP INDEX pg_temp.pgwiden_try';
            RETURN try;
        EXCEPTION WHEN datatype_mismatch OR undefined_object OR undefined_function THEN
            NULL;
        END;
    END LOOP;
    RETURN tail;
END $$;

-- The empty clones: pgwiden_clone as the table is, with the objects found on it and the columns renamed afterwards;
-- pgwiden_wide with bigint columns under the shadows' names.
CREATE OR REPLACE FUNCTION pg_temp.capture_clone(rel oid, widened int2[], shadows int2[])
RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
    f record;
    statement text;
BEGIN
    EXECUTE format('CREATE TEMPORARY TABLE pgwiden_clone (LIKE %s) USING heap', rel::regclass);
    FOR statement IN
        SELECT format('ALTER TABLE pg_temp.pgwiden_clone DROP COLUMN %I', attname)
        FROM pg_attribute WHERE attrelid = rel AND attnum = ANY (shadows)
    LOOP
        EXECUTE statement;
    END LOOP;
    FOR f IN SELECT * FROM pg_temp.capture_found(rel, widened, shadows) LOOP
        IF f.kind = 'index' THEN
            EXECUTE format('CREATE %sINDEX pgwiden_%s ON pg_temp.pgwiden_clone %s',
                           CASE WHEN (f.detail ->> 'unique')::bool THEN 'UNIQUE ' ELSE '' END, f.id,
                           pg_temp.capture_index_tail(f.id));
        ELSIF f.kind = 'check' THEN
            EXECUTE format('ALTER TABLE pg_temp.pgwiden_clone ADD CONSTRAINT pgwiden_%s CHECK (%s)', f.id,
                           (SELECT pg_get_expr(conbin, conrelid) FROM pg_constraint WHERE oid = f.id));
        ELSIF f.kind = 'statistics' THEN
            EXECUTE format('CREATE STATISTICS pg_temp.pgwiden_%s ON %s FROM pg_temp.pgwiden_clone', f.id,
                           pg_get_statisticsobjdef_columns(f.id));
        END IF;
    END LOOP;
    FOR statement IN
        SELECT format('ALTER TABLE pg_temp.pgwiden_clone RENAME COLUMN %I TO pgwiden_new_%s', attname, attnum)
        FROM pg_attribute WHERE attrelid = rel AND attnum = ANY (widened)
    LOOP
        EXECUTE statement;
    END LOOP;
    -- not by ALTER COLUMN TYPE: event triggers watch for table rewrites
    EXECUTE (
        SELECT format('CREATE TEMPORARY TABLE pgwiden_wide USING heap AS SELECT %s FROM pg_temp.pgwiden_clone WITH NO DATA',
                      string_agg(CASE WHEN attname IN (SELECT format('pgwiden_new_%s', n) FROM unnest(widened) n)
                                      THEN format('%1$I::bigint AS %1$I', attname) ELSE quote_ident(attname) END, ', '))
        FROM pg_attribute
        WHERE attrelid = to_regclass('pg_temp.pgwiden_clone') AND attnum > 0 AND NOT attisdropped);
END $$;

-- One object's statement on the shadows: what stands before and after its number.
CREATE OR REPLACE FUNCTION pg_temp.capture_retargeted(rel oid, widened int2[], kind text, id oid, detail jsonb,
                                                      OUT head text, OUT tail text)
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
    tab text := (SELECT format('%I.%I', nspname, relname) FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
                 WHERE c.oid = rel);
    clone oid := to_regclass('pg_temp.pgwiden_clone');
BEGIN
    CASE kind
    WHEN 'index' THEN
        head := format('CREATE %sINDEX CONCURRENTLY pgwiden_idx_',
                       CASE WHEN (detail ->> 'unique')::bool THEN 'UNIQUE ' ELSE '' END);
        tail := pg_temp.capture_index_placed(to_regclass(format('pg_temp.pgwiden_%s', id)), detail ->> 'tablespace');
        tail := format(' ON %s %s', tab, pg_temp.capture_index_widened(id, tail, widened));
    WHEN 'check' THEN
        head := 'ADD CONSTRAINT pgwiden_check_';
        SELECT format(' CHECK (%s)%s%s', pg_get_expr(conbin, conrelid),
                      CASE WHEN (detail ->> 'no-inherit')::bool THEN ' NO INHERIT' ELSE '' END,
                      CASE WHEN (detail ->> 'enforced')::bool THEN ' NOT VALID' ELSE ' NOT ENFORCED' END)
        INTO STRICT tail
        FROM pg_constraint WHERE conrelid = clone AND conname = format('pgwiden_%s', id);
    WHEN 'foreign-key' THEN
        SELECT format('ALTER TABLE %I.%I ADD CONSTRAINT pgwiden_fk_', nspname, relname) INTO STRICT head
        FROM pg_constraint k JOIN pg_class c ON c.oid = conrelid JOIN pg_namespace n ON n.oid = relnamespace
        WHERE k.oid = id;
        tail := ' ' || pg_temp.capture_foreign_key(id, rel, widened);
    WHEN 'statistics' THEN
        head := format('CREATE STATISTICS %I.pgwiden_stat_', detail ->> 'schema');
        SELECT (SELECT CASE WHEN count(*) BETWEEN 1 AND 2 THEN format(' (%s)', string_agg(word, ', ' ORDER BY word))
                            ELSE '' END
                FROM (VALUES ('d', 'ndistinct'), ('f', 'dependencies'), ('m', 'mcv')) v (letter, word)
                WHERE letter = ANY (o.stxkind))
               || format(' ON %s FROM %s', pg_get_statisticsobjdef_columns(c.oid), tab)
        INTO STRICT tail
        FROM pg_statistic_ext o, pg_statistic_ext c
        WHERE o.oid = id AND c.stxrelid = clone AND c.stxname = format('pgwiden_%s', id);
    END CASE;
END $$;

-- The row of one object: known by its oid, or by its name when it was made again as it was (REINDEX CONCURRENTLY, an
-- abort that gave a foreign key back); otherwise it is new and gets a number that nothing else bears.
CREATE OR REPLACE FUNCTION pg_temp.capture_store(c int, f record, head text, tail text)
RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pgwiden AS $$
DECLARE
    d int;
    facts jsonb := f.detail;
BEGIN
    SELECT number INTO d FROM definition WHERE conversion = c AND kind = f.kind AND oid = f.id;
    IF d IS NULL THEN
        SELECT number INTO d FROM definition
        WHERE conversion = c AND kind = f.kind AND relid = f.relid AND name = f.name
          AND retargeted = head || number || tail;
    END IF;
    IF d IS NULL THEN
        INSERT INTO definition (conversion, kind, oid, relid, name, original, retargeted)
        VALUES (c, f.kind, f.id, f.relid, f.name, f.original, '')
        RETURNING number INTO STRICT d;
    END IF;
    -- nothing becomes NOT VALID again but by an abort that did not come to its end
    IF (SELECT (detail ->> 'validated')::bool AND (facts ->> 'enforced')::bool
        FROM definition WHERE conversion = c AND number = d) THEN
        facts := facts || '{"validated": true}';
    END IF;
    UPDATE definition
    SET oid = f.id, name = f.name, original = f.original, retargeted = head || d || tail, detail = facts
    WHERE conversion = c AND number = d
      AND (oid, name, original, retargeted, detail)
          IS DISTINCT FROM (f.id, f.name, f.original, head || d || tail, facts);
END $$;

CREATE OR REPLACE FUNCTION pg_temp.capture(rel oid)
RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pgwiden AS $$
DECLARE
    c int := (SELECT id FROM conversion WHERE relid = rel AND outcome IS NULL);
    widened int2[];
    shadows int2[];
    swapped bool;
    f record;
    head text;
    tail text;
BEGIN
    SELECT array_agg(from_attnum ORDER BY from_attnum),
           coalesce(array_agg(to_attnum) FILTER (WHERE to_attnum IS NOT NULL), '{}'),
           coalesce(bool_or(a.attname = o.attname), false)
    INTO widened, shadows, swapped
    FROM conversion_column o
    LEFT JOIN pg_attribute a ON attrelid = rel AND attnum = to_attnum AND NOT attisdropped
    WHERE conversion = c;
    IF widened IS NULL OR swapped THEN
        RETURN;
    END IF;
    PERFORM pg_temp.capture_clone(rel, widened, shadows);
    FOR f IN SELECT * FROM pg_temp.capture_found(rel, widened, shadows) ORDER BY ord, id LOOP
        IF f.kind <> 'sequence' THEN
            SELECT * INTO head, tail FROM pg_temp.capture_retargeted(rel, widened, f.kind, f.id, f.detail);
            PERFORM pg_temp.capture_store(c, f, head, tail);
        ELSIF NOT EXISTS (SELECT FROM definition WHERE conversion = c AND kind = f.kind AND oid = f.id) THEN
            -- the type it had at first is what abort goes back to
            INSERT INTO definition (conversion, kind, oid, relid, name, original, retargeted, detail)
            VALUES (c, f.kind, f.id, rel, f.name, f.original,
                    format('ALTER SEQUENCE %I.%I AS bigint', f.detail ->> 'schema', f.name), f.detail);
        END IF;
    END LOOP;
    EXECUTE 'DROP TABLE pg_temp.pgwiden_wide, pg_temp.pgwiden_clone';
    DELETE FROM definition d
    WHERE conversion = c
      AND NOT EXISTS (SELECT FROM pg_temp.capture_found(rel, widened, shadows) g WHERE g.kind = d.kind AND g.id = d.oid)
      AND NOT (kind = 'sequence' AND EXISTS (SELECT FROM pg_class WHERE pg_class.oid = d.oid))
      -- exchanged by the swap: ours bears the name
      AND NOT (kind = 'foreign-key' AND EXISTS (
                SELECT FROM pg_constraint k
                WHERE k.conrelid = d.relid AND k.conname = d.name AND contype = 'f'
                  AND (k.conrelid = rel AND conkey && shadows OR confrelid = rel AND confkey && shadows)));
END $$;
