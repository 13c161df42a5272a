-- The floor: table and indexes are written anew while nobody may read.
SELECT clock_timestamp() AS began \gset
BEGIN;
LOCK TABLE t IN ACCESS EXCLUSIVE MODE;
SELECT clock_timestamp() AS locked \gset
ALTER TABLE t ALTER id TYPE bigint;
ALTER SEQUENCE t_id_seq AS bigint;
COMMIT;
SELECT 'lock AccessExclusiveLock', extract(epoch FROM clock_timestamp() - :'locked') * 1000;
SELECT 'phase backfill', extract(epoch FROM clock_timestamp() - :'began'), extract(epoch FROM clock_timestamp());
