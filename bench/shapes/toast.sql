-- Wide rows: about 650 bytes in the table, 12 rows a page, and 4 kB each in its TOAST table. A tenth of the rows.
CREATE TABLE t (
    id       serial,
    customer integer NOT NULL,
    code     text NOT NULL,
    at       timestamptz NOT NULL,
    note     text,
    address  text,
    document text
);
-- pieces of one text that does not compress
WITH source AS MATERIALIZED (
    SELECT string_agg(md5(i::text), '') AS digits FROM generate_series(1, 2048) i
)
INSERT INTO t (customer, code, at, note, address, document)
    SELECT n * 7919::bigint % 100000, md5(n::text), now() - n * interval '1 s', 'a short note',
           substr(digits, n % 60000 + 1, 540), substr(digits, (n * 31::bigint % 60000)::int + 1, 4096)
    FROM source, generate_series(1, :rows) n;
ALTER TABLE t ADD PRIMARY KEY (id);
CREATE INDEX t_at_idx ON t (at);
CREATE INDEX t_code_idx ON t (code);
