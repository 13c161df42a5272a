-- The session of the user's own query: names are found as the user finds them, nothing can be written, and no answer takes
-- long. Several statements.
-- Parameters: none. Lock: none.
RESET search_path;
RESET row_security;
SET default_transaction_read_only = on;
SET statement_timeout = '5s'
