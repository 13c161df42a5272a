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
