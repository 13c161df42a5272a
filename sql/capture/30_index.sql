-- What follows `CREATE [UNIQUE] INDEX name ON schema.table ` in an index's text. A temporary table's schema is printed
-- as pg_temp_N before 15.
CREATE OR REPLACE FUNCTION pg_temp.capture_index_tail(id oid)
RETURNS text LANGUAGE plpgsql STABLE SET search_path = pg_catalog AS $$
DECLARE
    def text := pg_get_indexdef(id);
    prefix text;
BEGIN
    FOR prefix IN
        SELECT format('CREATE %sINDEX %I ON %s%s.%I ', CASE WHEN indisunique THEN 'UNIQUE ' ELSE '' END,
                      x.relname, CASE WHEN t.relkind = 'p' THEN 'ONLY ' ELSE '' END, s, t.relname)
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
CREATE OR REPLACE FUNCTION pg_temp.capture_index_widened(id oid, tail text, numbers int2[])
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
            FOREACH shadow IN ARRAY (SELECT array_agg(format('pgwiden_new_%s ', n)) FROM unnest(numbers) n) LOOP
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
