-- The next :batch rows in the key's order, locked first, then updated: a transaction each.
SELECT clock_timestamp() AS began \gset
SELECT set_config('bench.batch', :'batch', false) \g /dev/null
DO $$
DECLARE
    batch int := current_setting('bench.batch');
    last  int := (SELECT min(id) - 1 FROM t);
BEGIN
    WHILE last IS NOT NULL LOOP
        WITH next AS (
            SELECT id FROM t WHERE id > last ORDER BY id LIMIT batch FOR NO KEY UPDATE
        ), updated AS (
            UPDATE t SET id_new = t.id FROM next WHERE t.id = next.id RETURNING t.id
        )
        SELECT max(id) INTO last FROM updated;
        COMMIT;
    END LOOP;
END $$;
SELECT 'phase backfill', extract(epoch FROM clock_timestamp() - :'began'), extract(epoch FROM clock_timestamp());
