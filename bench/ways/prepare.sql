-- What every script with a shadow column does first: the column, and a trigger that fills it in rows that clients write.
-- Prints "phase NAME SECONDS END" and "lock MODE MILLISECONDS", as all files here do.
SELECT clock_timestamp() AS began \gset
SET client_min_messages = warning;
SET lock_timeout = '5s';
CREATE FUNCTION t_copy_id() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.id_new := NEW.id; RETURN NEW; END';
BEGIN;
LOCK TABLE t IN ACCESS EXCLUSIVE MODE;
SELECT clock_timestamp() AS locked \gset
ALTER TABLE t ADD id_new bigint;
CREATE TRIGGER t_copy_id BEFORE INSERT OR UPDATE ON t
    FOR EACH ROW WHEN (NEW.id_new IS DISTINCT FROM NEW.id) EXECUTE FUNCTION t_copy_id();
COMMIT;
SELECT 'lock AccessExclusiveLock', extract(epoch FROM clock_timestamp() - :'locked') * 1000;
ALTER SEQUENCE t_id_seq AS bigint;
RESET lock_timeout;
SELECT 'phase prepare', extract(epoch FROM clock_timestamp() - :'began'), extract(epoch FROM clock_timestamp());
