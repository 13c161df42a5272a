-- May this role set session_replication_role, so that the backfill fires no ordinary trigger? PostgreSQL 15 and later;
-- before it only a superuser may, and replica_role_14.sql asks that.
-- may_set. Lock: none.
SELECT has_parameter_privilege('session_replication_role', 'SET') AS may_set
