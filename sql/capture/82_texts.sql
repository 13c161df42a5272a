CREATE OR REPLACE FUNCTION pg_temp.capture_texts(c int, rel oid, widened int2[], views oid[])
RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pgwiden AS $$
BEGIN
    RETURN;
END $$;
