-- The next :batch rows in the key's order, locked first, then updated: a transaction each. The statement is planned for the
-- batch's size each time: a plan for any size reads the whole table.
SELECT clock_timestamp() AS began \gset
SELECT set_config('bench.batch', :'batch', false) \g /dev/null
DO $$
DECLARE
    statement text := format(
        'WITH next AS (SELECT id FROM t WHERE id > $1 ORDER BY id LIMIT %s FOR NO KEY UPDATE),
              updated AS (UPDATE t SET id_new = t.id FROM next WHERE t.id = next.id RETURNING t.id)
         SELECT max(id) FROM updated', current_setting('bench.batch'));
    last      int := (SELECT min(id) - 1 FROM t);
BEGIN
    WHILE last IS NOT NULL LOOP
        EXECUTE statement INTO last USING last;
        COMMIT;
    END LOOP;
END $$;
SELECT 'phase backfill', extract(epoch FROM clock_timestamp() - :'began'), extract(epoch FROM clock_timestamp());
