-- The settings of every session of ours, sent once, straight after connecting. A setting that this server does not know
-- (transaction_timeout before 17) is left out. default_transaction_read_only, synchronous_commit, plan_cache_mode and most of
-- the planner's settings stay as the user, the role or PGOPTIONS set them.
-- Parameters: $1 application_name; $2 client_connection_check_interval ('0' where the server's platform has none); $3 role
-- or NULL.
-- Columns: name, setting. Locks: none.
SELECT s.name, pg_catalog.set_config(s.name, s.setting, false) AS setting
FROM (VALUES
    ('application_name', $1::text),
    ('client_connection_check_interval', $2::text),  -- the server ends what a killed client left
    ('tcp_keepalives_idle', '10'),
    ('tcp_keepalives_interval', '5'),
    ('tcp_keepalives_count', '3'),
    ('tcp_user_timeout', '25s'),
    ('search_path', 'pg_catalog, pgwiden'),
    ('pgwiden.inspected', ''),                       -- state/exists.sql believes it: not what the database's owner set
    ('lock_timeout', '0'),
    ('statement_timeout', '0'),
    ('idle_in_transaction_session_timeout', '0'),
    ('idle_session_timeout', '0'),
    ('transaction_timeout', '0'),
    ('default_transaction_isolation', 'read committed'),
    ('default_transaction_deferrable', 'off'),
    ('jit', 'off'),
    ('join_collapse_limit', '3'),                    -- our queries join a dozen catalogs, in an order that is right:
    ('from_collapse_limit', '3'),                    -- most of their time would go into planning (two thirds, measured)
    ('row_security', 'off'),                         -- an error instead of rows that are silently missing
    ('DateStyle', 'ISO'),
    ('IntervalStyle', 'postgres'),
    ('extra_float_digits', '1'),
    ('standard_conforming_strings', 'on'),
    ('quote_all_identifiers', 'off'),                -- what the server deparses is compared with what format('%I') makes
    ('array_nulls', 'on'),
    ('transform_null_equals', 'off'),
    ('role', $3::text)
) AS s (name, setting)
WHERE s.setting IS NOT NULL AND pg_catalog.current_setting(s.name, true) IS NOT NULL
