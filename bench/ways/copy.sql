-- A copy of the table takes its place. Nobody may write meanwhile: what is written would be lost. Reading goes on until the
-- names are exchanged. One transaction, so that a failure leaves the table as it was.
SELECT clock_timestamp() AS began \gset
SET client_min_messages = warning;
SET lock_timeout = '5s';
BEGIN;
LOCK TABLE t IN SHARE ROW EXCLUSIVE MODE;
SELECT clock_timestamp() AS write_locked \gset
SELECT format('CREATE TABLE t_copy WITH (%s) AS SELECT %s FROM t',
              coalesce((SELECT array_to_string(reloptions, ', ') FROM pg_class WHERE oid = 't'::regclass),
                       'fillfactor = 100'),
              string_agg(CASE attname WHEN 'id' THEN 'id::bigint AS id' ELSE quote_ident(attname) END, ', '
                         ORDER BY attnum))
FROM pg_attribute WHERE attrelid = 't'::regclass AND attnum > 0 \gexec
SELECT 'phase backfill', extract(epoch FROM clock_timestamp() - :'began'), extract(epoch FROM clock_timestamp());

SELECT clock_timestamp() AS began \gset
SELECT 'ALTER TABLE t_copy ' || string_agg(format('ALTER %I SET NOT NULL', attname), ', ')
FROM pg_attribute WHERE attrelid = 't'::regclass AND attnum > 0 AND attnotnull \gexec
ALTER TABLE t_copy ADD CONSTRAINT t_copy_pkey PRIMARY KEY (id);
SELECT regexp_replace(pg_get_indexdef(indexrelid), 'INDEX (\S+) ON public\.t ', 'INDEX \1_copy ON public.t_copy ')
FROM pg_index WHERE indrelid = 't'::regclass AND NOT indisprimary \gexec
ANALYZE t_copy;
SELECT 'phase index', extract(epoch FROM clock_timestamp() - :'began'), extract(epoch FROM clock_timestamp());

SELECT clock_timestamp() AS began \gset
LOCK TABLE t IN ACCESS EXCLUSIVE MODE;
SELECT clock_timestamp() AS locked \gset
ALTER TABLE t_copy ALTER id SET DEFAULT nextval('t_id_seq');
ALTER SEQUENCE t_id_seq AS bigint OWNED BY t_copy.id;
SELECT format('ALTER INDEX %I RENAME TO %I', relname, relname || '_old')
FROM pg_index JOIN pg_class c ON c.oid = indexrelid WHERE indrelid = 't'::regclass \gexec
ALTER INDEX t_copy_pkey RENAME TO t_pkey;
SELECT format('ALTER INDEX %I RENAME TO %I', relname, regexp_replace(relname, '_copy$', ''))
FROM pg_index JOIN pg_class c ON c.oid = indexrelid
WHERE indrelid = 't_copy'::regclass AND NOT indisprimary \gexec
ALTER TABLE t RENAME TO t_old;
ALTER TABLE t_copy RENAME TO t;
COMMIT;
SELECT 'lock AccessExclusiveLock', extract(epoch FROM clock_timestamp() - :'locked') * 1000;
SELECT 'lock ShareRowExclusiveLock', extract(epoch FROM clock_timestamp() - :'write_locked') * 1000;
SELECT 'phase swap', extract(epoch FROM clock_timestamp() - :'began'), extract(epoch FROM clock_timestamp());
