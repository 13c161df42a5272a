-- What on the server or on the way to it forbids every conversion.
-- $1: the server process that the client believes to talk to
-- code, object, reason, hint. Lock: none.
SELECT f.code, f.object, f.reason, f.hint
FROM (VALUES
    (1, pg_is_in_recovery(), 'read-only-server', 'server',
     'it is a standby (pg_is_in_recovery() is true).',
     'Connect to the primary: a list of hosts with target_session_attrs=read-write finds it.'),
    (2, NOT pg_is_in_recovery() AND 'on' IN (current_setting('transaction_read_only'),
                                             current_setting('default_transaction_read_only')),
     'read-only-server', 'session',
     'its transactions are read only (default_transaction_read_only is on).',
     'Find out who made the server read only (pg_settings.source, pg_db_role_setting); '
     'PGOPTIONS=''-c default_transaction_read_only=off'' overrides it.'),
    (3, $1::int <> pg_backend_pid(), 'pooler', 'connection',
     'it goes through a connection pooler: session settings, advisory locks and cancel requests would reach other sessions.',
     'Connect to the server itself (its own host and port).')
) f(place, applies, code, object, reason, hint)
WHERE f.applies
ORDER BY f.place
