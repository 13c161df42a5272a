-- Ranges of :batch keys, a transaction each; the plan is made once and no batch costs a round trip.
SELECT clock_timestamp() AS began \gset
SELECT set_config('bench.batch', :'batch', false) \g /dev/null
DO $$
DECLARE
    batch int := current_setting('bench.batch');
    low   int := (SELECT min(id) FROM t);
    top   int := (SELECT max(id) FROM t);
BEGIN
    WHILE low <= top LOOP
        UPDATE t SET id_new = id WHERE id >= low AND id < low + batch AND id_new IS NULL;
        COMMIT;
        low := low + batch;
    END LOOP;
END $$;
SELECT 'phase backfill', extract(epoch FROM clock_timestamp() - :'began'), extract(epoch FROM clock_timestamp());
