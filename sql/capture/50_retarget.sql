-- One object's statement on the shadows: what stands before and after its number. An index's text on the shadows is given.
CREATE OR REPLACE FUNCTION pg_temp.capture_retargeted(of_conversion int, rel oid, kind text, id oid, detail jsonb,
                                                      index_text text, OUT head text, OUT tail text)
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
    tab text := (SELECT format('%I.%I', nspname, relname) FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
                 WHERE c.oid = rel);
    clone oid := to_regclass('pg_temp.pgwiden_clone');
BEGIN
    CASE kind
    WHEN 'index' THEN
        head := format('CREATE %sINDEX %spgwiden_idx_', CASE WHEN (detail ->> 'unique')::bool THEN 'UNIQUE ' ELSE '' END,
                       CASE WHEN detail ? 'partitioned' THEN '' ELSE 'CONCURRENTLY ' END);
        tail := format(' ON %s%s %s', CASE WHEN detail ? 'partitioned' THEN 'ONLY ' ELSE '' END, tab, index_text);
    WHEN 'check' THEN
        head := 'ADD CONSTRAINT pgwiden_check_';
        SELECT format(' CHECK (%s)%s%s', pg_get_expr(conbin, conrelid),
                      CASE WHEN (detail ->> 'no-inherit')::bool THEN ' NO INHERIT' ELSE '' END,
                      CASE WHEN (detail ->> 'enforced')::bool THEN ' NOT VALID' ELSE ' NOT ENFORCED' END)
        INTO STRICT tail
        FROM pg_constraint WHERE conrelid = clone AND conname = format('pgwiden_%s', id);
    WHEN 'foreign-key' THEN
        SELECT format('ALTER TABLE %I.%I ADD CONSTRAINT pgwiden_fk_', nspname, relname) INTO head
        FROM pg_constraint k JOIN pg_class r ON r.oid = conrelid JOIN pg_namespace n ON n.oid = relnamespace
        WHERE k.oid = id;
        tail := ' ' || pg_temp.capture_foreign_key(id, of_conversion);
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
