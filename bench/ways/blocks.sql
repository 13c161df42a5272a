-- Ranges of :batch blocks of the heap in one pass, a transaction each. Rows that come later are the trigger's.
SELECT clock_timestamp() AS began \gset
SELECT set_config('bench.batch', :'batch', false) \g /dev/null
DO $$
DECLARE
    batch  int := current_setting('bench.batch');
    block  bigint := 0;
    blocks bigint := pg_relation_size('t') / current_setting('block_size')::bigint;
    low    tid;
    high   tid;
BEGIN
    WHILE block < blocks LOOP
        low := format('(%s,0)', block);
        high := format('(%s,0)', block + batch);
        UPDATE t SET id_new = id WHERE ctid >= low AND ctid < high AND id_new IS NULL;
        COMMIT;
        block := block + batch;
    END LOOP;
END $$;
SELECT 'phase backfill', extract(epoch FROM clock_timestamp() - :'began'), extract(epoch FROM clock_timestamp());
