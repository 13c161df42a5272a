-- One UPDATE, one transaction.
SELECT clock_timestamp() AS began \gset
UPDATE t SET id_new = id WHERE id_new IS NULL;
SELECT 'phase backfill', extract(epoch FROM clock_timestamp() - :'began'), extract(epoch FROM clock_timestamp());
