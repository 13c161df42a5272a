-- The attributes of an object in their order, as a column list; those of the tables being converted (c: their conversion;
-- NULL: as they are) under the shadows' names.
CREATE OR REPLACE FUNCTION pg_temp.capture_names(of oid, attnums int2[], c int)
RETURNS text LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pgwiden AS $$
BEGIN
    RETURN (
        SELECT string_agg(coalesce('pgwiden_new_' || k.number, quote_ident(a.attname)), ', ' ORDER BY ordinality)
        FROM unnest(attnums) WITH ORDINALITY AS u (n, ordinality)
        JOIN pg_attribute a ON a.attrelid = of AND a.attnum = n
        LEFT JOIN tree_column k ON k.conversion = c AND k.relid = of AND k.attnum = n);
END $$;

-- A foreign key after its name, NOT VALID unless it is NOT ENFORCED; on the shadows of the conversion c.
CREATE OR REPLACE FUNCTION pg_temp.capture_foreign_key(id oid, c int)
RETURNS text LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pgwiden AS $$
BEGIN
    RETURN (
        SELECT format('FOREIGN KEY (%s) REFERENCES %I.%I (%s)', pg_temp.capture_names(conrelid, conkey, c),
                      nspname, relname, pg_temp.capture_names(confrelid, confkey, c))
            || CASE confmatchtype WHEN 'f' THEN ' MATCH FULL' ELSE '' END
            || CASE confupdtype WHEN 'r' THEN ' ON UPDATE RESTRICT' WHEN 'c' THEN ' ON UPDATE CASCADE'
                                WHEN 'n' THEN ' ON UPDATE SET NULL' WHEN 'd' THEN ' ON UPDATE SET DEFAULT' ELSE '' END
            || CASE confdeltype WHEN 'r' THEN ' ON DELETE RESTRICT' WHEN 'c' THEN ' ON DELETE CASCADE'
                                WHEN 'n' THEN ' ON DELETE SET NULL' WHEN 'd' THEN ' ON DELETE SET DEFAULT' ELSE '' END
            || coalesce(' (' || pg_temp.capture_names(conrelid, only_these, c) || ')', '')
            || CASE WHEN condeferrable THEN ' DEFERRABLE' ELSE '' END
            || CASE WHEN condeferred THEN ' INITIALLY DEFERRED' ELSE '' END
            || CASE WHEN to_jsonb(k) ->> 'conenforced' = 'false' THEN ' NOT ENFORCED' ELSE ' NOT VALID' END
        FROM pg_constraint k
        JOIN pg_class r ON r.oid = k.confrelid
        JOIN pg_namespace n ON n.oid = r.relnamespace
        CROSS JOIN LATERAL (SELECT array_agg(e::int2 ORDER BY o) AS only_these     -- since 15: SET NULL (columns)
                            FROM jsonb_array_elements_text(nullif(to_jsonb(k) -> 'confdelsetcols', 'null'))
                                 WITH ORDINALITY AS x (e, o)) s
        WHERE k.oid = id);
END $$;
