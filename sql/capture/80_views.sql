CREATE OR REPLACE FUNCTION pg_temp.capture_views(c int, rel oid, widened int2[])
RETURNS oid[] LANGUAGE plpgsql SET search_path = pg_catalog, pgwiden AS $$
BEGIN
    RETURN '{}';
END $$;
