-- Ten indexes, the primary key's among them, seven of them on keys in no order: 61 rows a page, packed.
CREATE TABLE t (
    id       serial,
    customer integer NOT NULL,
    c1 integer, c2 integer, c3 integer, c4 integer, c5 integer, c6 integer, c7 integer, c8 integer,
    code     text NOT NULL,
    at       timestamptz NOT NULL,
    note     text
);
INSERT INTO t (customer, c1, c2, c3, c4, c5, c6, c7, c8, code, at, note)
    SELECT n * 7919::bigint % 100000, hashint4(n), hashint4(-n), hashint4(n + 100000000), hashint4(n + 200000000),
           hashint4(n + 300000000), hashint4(n + 400000000), hashint4(n + 500000000), n, md5(n::text),
           now() - n * interval '1 s', 'a short note'
    FROM generate_series(1, :rows) n;
ALTER TABLE t ADD PRIMARY KEY (id);
CREATE INDEX t_customer_idx ON t (customer);
CREATE INDEX t_at_idx ON t (at);
CREATE INDEX t_c1_idx ON t (c1);
CREATE INDEX t_c2_idx ON t (c2);
CREATE INDEX t_c3_idx ON t (c3);
CREATE INDEX t_c4_idx ON t (c4);
CREATE INDEX t_c5_idx ON t (c5);
CREATE INDEX t_c6_idx ON t (c6);
CREATE INDEX t_c7_idx ON t (c7);
