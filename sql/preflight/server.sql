-- What on the server forbids every conversion. (A pooler on the way to it is refused when a session is opened.)
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
     'PGOPTIONS=''-c default_transaction_read_only=off'' overrides it.')
) f(place, applies, code, object, reason, hint)
WHERE f.applies
ORDER BY f.place
