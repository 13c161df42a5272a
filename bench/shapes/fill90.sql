-- Primary key and two indexes, a tenth of each page left free.
CREATE TABLE t (
    id       serial,
    customer integer NOT NULL,
    code     text NOT NULL,
    at       timestamptz NOT NULL,
    note     text
) WITH (fillfactor = 90);
INSERT INTO t (customer, code, at, note)
    SELECT n * 7919::bigint % 100000, md5(n::text), now() - n * interval '1 s', 'a short note'
    FROM generate_series(1, :rows) n;
ALTER TABLE t ADD PRIMARY KEY (id);
CREATE INDEX t_at_idx ON t (at);
CREATE INDEX t_code_idx ON t (code);
