#include "cases.h"

/* clang-format off */
static const struct twin_case list[] = {
    {"range, key, index",
     "CREATE TABLE t (id int4 NOT NULL, k int4 NOT NULL, v text, CONSTRAINT \"The Key\" PRIMARY KEY (k, id)) "
     "    PARTITION BY RANGE (k); "
     "CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (0) TO (100); "
     "CREATE TABLE t2 PARTITION OF t FOR VALUES FROM (100) TO (200); "
     "CREATE TABLE rest PARTITION OF t DEFAULT; "
     "CREATE INDEX by_id ON t (id, v); "
     "COMMENT ON INDEX by_id IS 'on the root'; COMMENT ON INDEX t1_id_v_idx IS 'on a leaf'; "
     "COMMENT ON INDEX \"The Key\" IS 'the key''s index'; COMMENT ON CONSTRAINT \"The Key\" ON t IS 'the key'; "
     "COMMENT ON INDEX t2_pkey IS 'a leaf''s'; COMMENT ON CONSTRAINT t2_pkey ON t2 IS 'a leaf''s key'; "
     "INSERT INTO t SELECT i, i % 250, 'v' FROM generate_series(1, 500) AS i; ", "t.id", 0},
    {"three levels, other numbers of attributes, other names",
     "CREATE TABLE t (id int4 NOT NULL, k int4 NOT NULL, v text, PRIMARY KEY (k, id), UNIQUE (id, k) INCLUDE (v)) "
     "    PARTITION BY LIST (k); "
     "CREATE TABLE a PARTITION OF t FOR VALUES IN (1, 2) PARTITION BY RANGE (k); "
     "CREATE TABLE aa PARTITION OF a FOR VALUES FROM (1) TO (2) PARTITION BY HASH (k); "
     "CREATE TABLE aaa PARTITION OF aa FOR VALUES WITH (MODULUS 2, REMAINDER 0); "
     "CREATE TABLE aab (junk int4, v text, k int4 NOT NULL, waste text, id int4 NOT NULL, "
     "    CONSTRAINT own_key PRIMARY KEY (k, id)); "
     "ALTER TABLE aab DROP COLUMN junk, DROP COLUMN waste; "
     "ALTER TABLE aa ATTACH PARTITION aab FOR VALUES WITH (MODULUS 2, REMAINDER 1); "
     "CREATE TABLE ab PARTITION OF a DEFAULT; "
     "CREATE TABLE b PARTITION OF t DEFAULT; "
     "CREATE INDEX plain ON t (id); CREATE INDEX partial ON t (v, id) WHERE id > 10; "
     "CREATE INDEX expression ON t ((id + k), lower(v)); CREATE INDEX wide ON t USING brin (id) WITH (pages_per_range = 8); "
     "ALTER INDEX expression ALTER COLUMN 1 SET STATISTICS 77; "
     "ALTER INDEX aab_expr_lower_idx ALTER COLUMN 1 SET STATISTICS 78; "
     "INSERT INTO t SELECT i, i % 4, 'v' FROM generate_series(1, 200) AS i; ", "t.id", 0},
    {"two columns, hash",
     "CREATE TABLE t (k uuid NOT NULL, one int4 NOT NULL DEFAULT 5, two int2, UNIQUE (k, one), UNIQUE (k, two) DEFERRABLE) "
     "    PARTITION BY HASH (k); "
     "CREATE TABLE t0 PARTITION OF t FOR VALUES WITH (MODULUS 3, REMAINDER 0); "
     "CREATE TABLE t1 PARTITION OF t FOR VALUES WITH (MODULUS 3, REMAINDER 1); "
     "CREATE TABLE t2 PARTITION OF t (one DEFAULT 7) FOR VALUES WITH (MODULUS 3, REMAINDER 2); "
     "CREATE INDEX both_of_them ON t (one, two); "
     "INSERT INTO t SELECT md5(i::text)::uuid, i, i FROM generate_series(1, 100) AS i; ", "t.one\nt.two", 0},
    {"indexes of some partitions only",
     "CREATE TABLE t (id int4, k int4, v text) PARTITION BY RANGE (k); "
     "CREATE TABLE a PARTITION OF t FOR VALUES FROM (0) TO (10); "
     "CREATE TABLE b PARTITION OF t FOR VALUES FROM (10) TO (20) PARTITION BY RANGE (k); "
     "CREATE TABLE ba PARTITION OF b FOR VALUES FROM (10) TO (15); "
     "CREATE TABLE bb PARTITION OF b FOR VALUES FROM (15) TO (20); "
     "ALTER TABLE a ADD CONSTRAINT a_key PRIMARY KEY (id); ALTER TABLE a CLUSTER ON a_key; "
     "ALTER TABLE b ADD CONSTRAINT b_key UNIQUE (id, k); "
     "CREATE UNIQUE INDEX bb_unique ON bb (id); ALTER TABLE bb CLUSTER ON bb_unique; "
     "CREATE INDEX b_plain ON b (id); CREATE INDEX a_plain ON a (id) TABLESPACE kitchen_space; "
     "CREATE UNIQUE INDEX t_unique ON t (k, id); "
     "INSERT INTO t SELECT i, i % 20, 'v' FROM generate_series(1, 200) AS i; ", "t.id", 0},
    {"replica identity, tablespaces, options",
     "CREATE TABLE t (id int4 NOT NULL, k int4 NOT NULL, CONSTRAINT t_key PRIMARY KEY (id, k) WITH (fillfactor = 80) "
     "    USING INDEX TABLESPACE kitchen_space) PARTITION BY RANGE (k); "
     "CREATE TABLE a PARTITION OF t FOR VALUES FROM (0) TO (10) TABLESPACE kitchen_space; "
     "CREATE TABLE b PARTITION OF t FOR VALUES FROM (10) TO (20); "
     "CREATE UNIQUE INDEX b_id ON b (id); "
     "ALTER TABLE a REPLICA IDENTITY USING INDEX a_pkey; ALTER TABLE b REPLICA IDENTITY USING INDEX b_id; "
     "CREATE INDEX t_id ON t (id) WITH (fillfactor = 70) TABLESPACE kitchen_space; "
     "INSERT INTO t SELECT i, i % 20 FROM generate_series(1, 200) AS i; ", "t.id", 0},
    {"serial and defaults",
     "CREATE TABLE t (id serial, k int4 NOT NULL, n int4 DEFAULT 1, PRIMARY KEY (id, k)) PARTITION BY RANGE (k); "
     "CREATE TABLE a PARTITION OF t FOR VALUES FROM (0) TO (10); "
     "CREATE TABLE b PARTITION OF t (n DEFAULT 2) FOR VALUES FROM (10) TO (20) PARTITION BY RANGE (k); "
     "CREATE TABLE ba PARTITION OF b FOR VALUES FROM (10) TO (20); "
     "CREATE TABLE c (id int4 NOT NULL, k int4 NOT NULL, n int4); "
     "CREATE SEQUENCE own AS int OWNED BY c.id; ALTER TABLE c ALTER id SET DEFAULT nextval('own'); "
     "ALTER TABLE t ATTACH PARTITION c FOR VALUES FROM (20) TO (30); "
     "INSERT INTO t (k) SELECT i % 30 FROM generate_series(1, 90) AS i; ", "t.id\nt.n", 0},
    {"identity",
     "CREATE TABLE t (id int4 GENERATED ALWAYS AS IDENTITY (START 5 MINVALUE 3), k int4 NOT NULL, PRIMARY KEY (id, k)) "
     "    PARTITION BY RANGE (k); "
     "CREATE TABLE a PARTITION OF t FOR VALUES FROM (0) TO (10); "
     "CREATE TABLE b PARTITION OF t FOR VALUES FROM (10) TO (20) PARTITION BY RANGE (k); "
     "CREATE TABLE ba PARTITION OF b DEFAULT; "
     "INSERT INTO t (k) SELECT i % 20 FROM generate_series(1, 90) AS i; ", "t.id", 0},
    {"CHECKs of the root and of partitions",
     "CREATE TABLE t (id int4, k int4, n int4, CONSTRAINT positive CHECK (id > 0), CONSTRAINT order_of CHECK (id <> n)) "
     "    PARTITION BY RANGE (k); "
     "CREATE TABLE a PARTITION OF t (CONSTRAINT small CHECK (id < 1000)) FOR VALUES FROM (0) TO (10); "
     "CREATE TABLE b PARTITION OF t (CONSTRAINT middle CHECK (id < 2000)) FOR VALUES FROM (10) TO (20) PARTITION BY RANGE (k); "
     "CREATE TABLE ba PARTITION OF b DEFAULT; "
     "ALTER TABLE a ADD CONSTRAINT alone CHECK (id <> 7) NO INHERIT; "
     "ALTER TABLE t ADD CONSTRAINT late CHECK (id <> 8) NOT VALID; "
     "COMMENT ON CONSTRAINT positive ON t IS 'on the root'; COMMENT ON CONSTRAINT small ON a IS 'of a leaf'; "
     "INSERT INTO t SELECT i + 10, i % 20, 5 FROM generate_series(1, 90) AS i; ", "t.id\nt.n", 0},
    {"column attributes and grants",
     "CREATE TABLE t (id int4, k int4) PARTITION BY RANGE (k); "
     "CREATE TABLE a PARTITION OF t FOR VALUES FROM (0) TO (10); "
     "CREATE TABLE b PARTITION OF t FOR VALUES FROM (10) TO (20); "
     "COMMENT ON COLUMN t.id IS 'root'; COMMENT ON COLUMN b.id IS 'leaf'; "
     "ALTER TABLE t ALTER id SET STATISTICS 33; ALTER TABLE b ALTER id SET STATISTICS 44; "
     "ALTER TABLE a ALTER id SET (n_distinct = -0.5); ALTER TABLE t ALTER id SET (n_distinct_inherited = -0.25); "
     "GRANT SELECT (id) ON t TO kitchen_owner WITH GRANT OPTION; GRANT UPDATE (id) ON a TO kitchen_reader; "
     "CREATE STATISTICS of_root ON id, k FROM t; CREATE STATISTICS of_leaf (mcv) ON id, k FROM a; "
     "COMMENT ON STATISTICS of_leaf IS 'leaf'; ALTER STATISTICS of_leaf SET STATISTICS 50; "
     "INSERT INTO t SELECT i, i % 20 FROM generate_series(1, 90) AS i; ", "t.id", 0},
    {"triggers of the root and of a partition",
     "CREATE TABLE t (id int4, k int4, PRIMARY KEY (id, k)) PARTITION BY RANGE (k); "
     "CREATE TABLE a PARTITION OF t FOR VALUES FROM (0) TO (10); "
     "CREATE TABLE b PARTITION OF t FOR VALUES FROM (10) TO (20); "
     "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; "
     "CREATE TRIGGER before BEFORE INSERT OR UPDATE ON t FOR EACH ROW EXECUTE FUNCTION f(); "
     "CREATE TRIGGER after AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION f(); "
     "CREATE TRIGGER \"~~last\" BEFORE INSERT OR UPDATE ON b FOR EACH ROW EXECUTE FUNCTION f(); "
     "CREATE TRIGGER statement AFTER UPDATE ON t EXECUTE FUNCTION f(); "
     "INSERT INTO t SELECT i, i % 20 FROM generate_series(1, 90) AS i; ", "t.id", 0},
    {"NOT NULL of a partition only",
     "CREATE TABLE t (id int4, k int4) PARTITION BY RANGE (k); "
     "CREATE TABLE a PARTITION OF t (id NOT NULL) FOR VALUES FROM (0) TO (10); "
     "CREATE TABLE b PARTITION OF t FOR VALUES FROM (10) TO (20); "
     "INSERT INTO t SELECT i, i % 20 FROM generate_series(1, 90) AS i; ", "t.id", 0},
    {"foreign keys from a partitioned table",
     "CREATE TABLE parent (id int4 PRIMARY KEY); INSERT INTO parent SELECT generate_series(1, 100); "
     "CREATE TABLE t (id int4, k int4, CONSTRAINT up FOREIGN KEY (id) REFERENCES parent ON DELETE CASCADE) "
     "    PARTITION BY RANGE (k); "
     "CREATE TABLE a PARTITION OF t FOR VALUES FROM (0) TO (10); "
     "CREATE TABLE b PARTITION OF t FOR VALUES FROM (10) TO (20) PARTITION BY RANGE (k); "
     "CREATE TABLE ba PARTITION OF b DEFAULT; "
     "CREATE TABLE c (junk text, k int4, id int4, CONSTRAINT own_name FOREIGN KEY (id) REFERENCES parent ON DELETE CASCADE); "
     "ALTER TABLE c DROP COLUMN junk; ALTER TABLE t ATTACH PARTITION c FOR VALUES FROM (20) TO (30); "
     "ALTER TABLE a ADD CONSTRAINT of_a_leaf FOREIGN KEY (id) REFERENCES parent DEFERRABLE; "
     "COMMENT ON CONSTRAINT up ON t IS 'up'; COMMENT ON CONSTRAINT of_a_leaf ON a IS 'leaf'; "
     "INSERT INTO t SELECT i, i % 30 FROM generate_series(1, 100) AS i; ", "t.id", 0},
    {"foreign keys of a plain table with partitioned ones",
     "CREATE TABLE p (id int4 PRIMARY KEY, v text) PARTITION BY HASH (id); "
     "CREATE TABLE p0 PARTITION OF p FOR VALUES WITH (MODULUS 2, REMAINDER 0); "
     "CREATE TABLE p1 PARTITION OF p FOR VALUES WITH (MODULUS 2, REMAINDER 1); "
     "INSERT INTO p SELECT generate_series(1, 100); "
     "CREATE TABLE t (id int4 PRIMARY KEY, up int4 CONSTRAINT up_key REFERENCES p, other int4 REFERENCES p0); "
     "CREATE TABLE down (t int4, k int4, CONSTRAINT down_key FOREIGN KEY (t) REFERENCES t) PARTITION BY LIST (k); "
     "CREATE TABLE d1 PARTITION OF down FOR VALUES IN (1); CREATE TABLE d2 PARTITION OF down DEFAULT PARTITION BY RANGE (k); "
     "CREATE TABLE d2a PARTITION OF d2 DEFAULT; ALTER TABLE d1 ADD CONSTRAINT more FOREIGN KEY (t) REFERENCES t; "
     "INSERT INTO t SELECT i, i FROM generate_series(1, 50) AS i; INSERT INTO down SELECT i, i % 3 FROM generate_series(1, 50) AS i; ",
     "t.id\nt.up\nt.other", 0},
    {"foreign keys to a partitioned table",
     "CREATE TABLE t (id int4 NOT NULL, k int4 NOT NULL, PRIMARY KEY (k, id)) PARTITION BY RANGE (k); "
     "CREATE TABLE a PARTITION OF t FOR VALUES FROM (0) TO (10); ALTER TABLE a ADD UNIQUE (id); "
     "CREATE TABLE b PARTITION OF t FOR VALUES FROM (10) TO (20) PARTITION BY RANGE (k); "
     "CREATE TABLE ba PARTITION OF b DEFAULT; "
     "CREATE TABLE child (t int4, k int4, CONSTRAINT to_t FOREIGN KEY (k, t) REFERENCES t (k, id) ON UPDATE CASCADE); "
     "CREATE TABLE leaf_child (t int4 CONSTRAINT to_a REFERENCES a (id)); "
     "COMMENT ON CONSTRAINT to_t ON child IS 'to t'; "
     "INSERT INTO t SELECT i, i % 20 FROM generate_series(1, 100) AS i; INSERT INTO child SELECT id, k FROM t; "
     "INSERT INTO leaf_child SELECT id FROM a; ", "t.id", 0},
    {"no partition at all",
     "CREATE TABLE t (id int4 PRIMARY KEY, k int4) PARTITION BY RANGE (id); "
     "CREATE TABLE u (id int4, k int4 NOT NULL, PRIMARY KEY (k, id)) PARTITION BY RANGE (k); "
     "CREATE INDEX i ON u (id); ", "u.id", 0},
};
/* clang-format on */

const struct twin_cases partition_cases = {list, sizeof list / sizeof *list, false};
