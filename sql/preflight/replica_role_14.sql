-- replica_role.sql for PostgreSQL 14, which has no privileges on parameters.
-- may_set. Lock: none.
SELECT rolsuper AS may_set FROM pg_roles WHERE rolname = current_user
