-- The empty clones: pgwiden_clone as the table is, with the objects found on it and the columns renamed afterwards;
-- pgwiden_wide with bigint columns under the shadows' names, which bear the numbers.
CREATE OR REPLACE FUNCTION pg_temp.capture_clone(rel oid, widened int2[], numbers int2[], shadows int2[])
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
        SELECT format('ALTER TABLE pg_temp.pgwiden_clone RENAME COLUMN %I TO pgwiden_new_%s', attname, number)
        FROM unnest(widened, numbers) AS u (n, number) JOIN pg_attribute ON attrelid = rel AND attnum = n
    LOOP
        EXECUTE statement;
    END LOOP;
    -- not by ALTER COLUMN TYPE: event triggers watch for table rewrites
    EXECUTE (
        SELECT format('CREATE TEMPORARY TABLE pgwiden_wide USING heap AS SELECT %s FROM pg_temp.pgwiden_clone WITH NO DATA',
                      string_agg(CASE WHEN attname IN (SELECT format('pgwiden_new_%s', n) FROM unnest(numbers) n)
                                      THEN format('%1$I::bigint AS %1$I', attname) ELSE quote_ident(attname) END, ', '))
        FROM pg_attribute
        WHERE attrelid = to_regclass('pg_temp.pgwiden_clone') AND attnum > 0 AND NOT attisdropped);
END $$;
