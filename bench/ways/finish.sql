-- The rest of every script with a shadow column, with the same care as pgwiden: nothing is built or scanned under the lock.
SELECT clock_timestamp() AS began \gset
SET client_min_messages = warning;
SET lock_timeout = '5s';
VACUUM (TRUNCATE off) t;
CREATE UNIQUE INDEX CONCURRENTLY t_new_key ON t (id_new);
ANALYZE t;
SELECT 'phase index', extract(epoch FROM clock_timestamp() - :'began'), extract(epoch FROM clock_timestamp());

SELECT clock_timestamp() AS began \gset
BEGIN;
LOCK TABLE t IN ACCESS EXCLUSIVE MODE;
SELECT clock_timestamp() AS locked \gset
ALTER TABLE t ADD CONSTRAINT t_equal CHECK (id_new IS NOT NULL AND id_new = id) NOT VALID;
COMMIT;
SELECT 'lock AccessExclusiveLock', extract(epoch FROM clock_timestamp() - :'locked') * 1000;
ALTER TABLE t VALIDATE CONSTRAINT t_equal;
SELECT 'phase verify', extract(epoch FROM clock_timestamp() - :'began'), extract(epoch FROM clock_timestamp());

SELECT clock_timestamp() AS began \gset
BEGIN;
LOCK TABLE t IN ACCESS EXCLUSIVE MODE;
SELECT clock_timestamp() AS locked \gset
ALTER TABLE t ALTER id_new SET NOT NULL;
DROP TRIGGER t_copy_id ON t;
ALTER TABLE t DROP CONSTRAINT t_equal, DROP CONSTRAINT t_pkey,
    ALTER id DROP DEFAULT, ALTER id DROP NOT NULL;
ALTER TABLE t RENAME id TO id_old;
ALTER TABLE t RENAME id_new TO id;
ALTER TABLE t ADD CONSTRAINT t_pkey PRIMARY KEY USING INDEX t_new_key,
    ALTER id SET DEFAULT nextval('t_id_seq');
ALTER SEQUENCE t_id_seq OWNED BY t.id;
COMMIT;
SELECT 'lock AccessExclusiveLock', extract(epoch FROM clock_timestamp() - :'locked') * 1000;
SELECT 'phase swap', extract(epoch FROM clock_timestamp() - :'began'), extract(epoch FROM clock_timestamp());

SELECT clock_timestamp() AS began \gset
BEGIN;
LOCK TABLE t IN ACCESS EXCLUSIVE MODE;
SELECT clock_timestamp() AS locked \gset
ALTER TABLE t DROP id_old;
COMMIT;
SELECT 'lock AccessExclusiveLock', extract(epoch FROM clock_timestamp() - :'locked') * 1000;
DROP FUNCTION t_copy_id();
SELECT 'phase cleanup', extract(epoch FROM clock_timestamp() - :'began'), extract(epoch FROM clock_timestamp());
