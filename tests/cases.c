/* cases.h */
#include "cases.h"

#define FILL(t) "; INSERT INTO " t " SELECT g FROM generate_series(1, 100) AS g"

static const struct twin_case list[] = {
    {"no key at all",                                        "CREATE TABLE t (id int, a text) " FILL("t(id)"),                                "t.id",               0     },
    {"empty table",                                          "CREATE TABLE t (id serial PRIMARY KEY)",                                        "t.id",               0     },
    {"primary key",                                          "CREATE TABLE " ODD " (" LONG " int CONSTRAINT " LONG " PRIMARY KEY)" FILL(ODD),
     ODD "." LONG,                                                                                                                                                  0     },
    {"primary key with its comment and options",
     "CREATE TABLE t (id int, CONSTRAINT " ODD " PRIMARY KEY (id) WITH (fillfactor = 60)); "
     "COMMENT ON CONSTRAINT " ODD " ON t IS 'it''s'; COMMENT ON INDEX " ODD
     " IS 'the index''s own'" FILL("t"),
     "t.id",                                                                                                                                                        0     },
    {"composite primary key, one column",
     "CREATE TABLE t (a int, b int, PRIMARY KEY (b, a)); INSERT INTO t SELECT g, g % 3 FROM "
     "generate_series(1, 100) AS g",                                                                                                          "t.a",                0     },
    {"composite primary key, both columns",
     "CREATE TABLE t (a int, b int, PRIMARY KEY (b, a)); INSERT INTO t SELECT g, g % 3 FROM "
     "generate_series(1, 100) AS g",                                                                                                          "t.b\nt.a",           0     },
    {"primary key INCLUDE",
     "CREATE TABLE t (id int, a text, CONSTRAINT " LONG " PRIMARY KEY (id) INCLUDE (a)) " FILL("t(id)"),
     "t.id",                                                                                                                                                        0     },
    {"primary key that includes the column",
     "CREATE TABLE t (id int, a int, PRIMARY KEY (id) INCLUDE (a)); "
     "INSERT INTO t SELECT g, -g FROM generate_series(1, 100) AS g",                                                                          "t.a",                0     },
    {"primary key DEFERRABLE",                               "CREATE TABLE t (id int PRIMARY KEY DEFERRABLE INITIALLY DEFERRED)" FILL("t"),
     "t.id",                                                                                                                                                        0     },
    {"unique",                                               "CREATE TABLE t (id int CONSTRAINT " ODD " UNIQUE)" FILL("t"),                   "t.id",               0     },
    {"unique DEFERRABLE",                                    "CREATE TABLE t (id int NOT NULL UNIQUE DEFERRABLE)" FILL("t"),                  "t.id",               0     },
    {"unique NULLS NOT DISTINCT",
     "CREATE TABLE t (id int, a text, UNIQUE NULLS NOT DISTINCT (id)); INSERT INTO t VALUES (1), (NULL)",                                     "t.id",               150000},
    {"two unique constraints with the same columns",
     "CREATE TABLE t (id int, CONSTRAINT u1 UNIQUE (id), CONSTRAINT u2 UNIQUE (id) INCLUDE (id))" FILL("t"),
     "t.id",                                                                                                                                                        0     },
    {"index",
     "CREATE TABLE " LONG " (id int); CREATE INDEX " ODD " ON " LONG " (id); COMMENT ON INDEX " ODD
     " IS 'it''s'" FILL(LONG),
     LONG ".id",                                                                                                                                                    0     },
    {"index, unnamed and doubled",
     "CREATE TABLE t (id int); CREATE INDEX ON t (id); CREATE INDEX ON t (id)" FILL("t"),                                                     "t.id",               0     },
    {"unique index NULLS NOT DISTINCT",
     "CREATE TABLE t (id int, a int); CREATE UNIQUE INDEX ON t (id, a) NULLS NOT DISTINCT; INSERT INTO t "
     "VALUES (1), (NULL)",                                                                                                                    "t.id",               150000},
    {"index DESC NULLS LAST",
     "CREATE TABLE t (id int, a int); CREATE INDEX ON t (id DESC NULLS LAST, a NULLS FIRST)" FILL("t(id)"),
     "t.id",                                                                                                                                                        0     },
    {"partial index",
     "CREATE TABLE t (" ODD " int, a int); CREATE UNIQUE INDEX " LONG " ON t (" ODD ") WHERE " ODD
     " BETWEEN -5 AND 50 AND a IS NULL" FILL("t(" ODD ")"),
     "t." ODD,                                                                                                                                                      0     },
    {"partial index with the column in the predicate only",
     "CREATE TABLE t (id int, a int); CREATE INDEX ON t (a) WHERE id > 5 OR id IN (1, 2, 3)" FILL("t(id)"),
     "t.id",                                                                                                                                                        0     },
    {"expression index",
     "CREATE TABLE t (" ODD " int, a text); CREATE INDEX " ODD " ON t ((" ODD " % 7), lower(a || " ODD
     "::text)); "
     "ALTER INDEX " ODD " ALTER COLUMN 1 SET STATISTICS 500" FILL("t(" ODD ")"),
     "t." ODD,                                                                                                                                                      0     },
    {"index INCLUDE",
     "CREATE TABLE t (id int, a int); CREATE INDEX ON t (a) INCLUDE (id); CREATE INDEX ON t (id) INCLUDE "
     "(a)" FILL("t(id)"),
     "t.id",                                                                                                                                                        0     },
    {"index WITH",
     "CREATE TABLE t (id int); CREATE INDEX ON t (id) WITH (fillfactor = 50, deduplicate_items = off)" FILL(
         "t"),
     "t.id",                                                                                                                                                        0     },
    {"index with an opclass of its own",
     "CREATE TABLE t (id int, a text); CREATE INDEX ON t (a COLLATE \"C\" text_pattern_ops, id)" FILL(
         "t(id)"),
     "t.id",                                                                                                                                                        0     },
    {"brin index",
     "CREATE TABLE t (id int); CREATE INDEX ON t USING brin (id) WITH (pages_per_range = 2, autosummarize = "
     "on)" FILL("t"),
     "t.id",                                                                                                                                                        0     },
    {"hash index",                                           "CREATE TABLE t (id int); CREATE INDEX " ODD " ON t USING hash (id)" FILL("t"),  "t.id",               0     },
    {"gin and gist indexes",
     "CREATE TABLE t (id int, a int); CREATE INDEX ON t USING gin ((ARRAY[id, a])); "
     "CREATE INDEX ON t USING gist (box(point(id, id), point(id, 1))) WITH (fillfactor = 80)" FILL("t(id)"),
     "t.id",                                                                                                                                                        0     },
    {"index in a tablespace",
     "CREATE TABLE t (id int PRIMARY KEY USING INDEX TABLESPACE kitchen_space); "
     "CREATE INDEX ON t (id DESC) TABLESPACE kitchen_space" FILL("t"),
     "t.id",                                                                                                                                                        0     },
    {"not null",                                             "CREATE TABLE t (" LONG " int NOT NULL)" FILL("t"),                              "t." LONG,            0     },
    {"named not null",
     "CREATE TABLE t (id int CONSTRAINT " ODD " NOT NULL); COMMENT ON CONSTRAINT " ODD
     " ON t IS 'it''s'" FILL("t"),
     "t.id",                                                                                                                                                        180000},
    {"not null NO INHERIT",                                  "CREATE TABLE t (id int CONSTRAINT n NOT NULL NO INHERIT)" FILL("t"),            "t.id",
     180000                                                                                                                                                               },
    {"serial",                                               "CREATE TABLE " ODD " (a int, " LONG " serial)" FILL(ODD "(a)"),                 ODD "." LONG,         0     },
    {"smallserial",                                          "CREATE TABLE t (a int, id smallserial PRIMARY KEY)" FILL("t(a)"),               "t.id",               0     },
    {"serial with options and grants",
     "CREATE TABLE t (a int, id serial); ALTER SEQUENCE t_id_seq START 5 INCREMENT 3 MINVALUE -7 MAXVALUE "
     "1000000 CACHE 5; "
     "COMMENT ON SEQUENCE t_id_seq IS 'it''s'; GRANT USAGE, SELECT ON SEQUENCE t_id_seq TO PUBLIC" FILL(
         "t(a)"),
     "t.id",                                                                                                                                                        0     },
    {"default of a sequence that belongs to nobody",
     "CREATE SEQUENCE " LONG " AS int; CREATE TABLE t (a int, id int DEFAULT nextval('" LONG
     "'))" FILL("t(a)"),
     "t.id",                                                                                                                                                        0     },
    {"sequence owned, but no default",
     "CREATE TABLE t (id int); CREATE SEQUENCE s AS int OWNED BY t.id" FILL("t"),                                                             "t.id",               0     },
    {"two columns on one sequence",
     "CREATE SEQUENCE s AS int; CREATE TABLE t (a int DEFAULT nextval('s'), b int DEFAULT nextval('s') + 1, "
     "c int)" FILL("t(c)"),
     "t.a\nt.b",                                                                                                                                                    0     },
    {"constant default",
     "CREATE TABLE t (id int, a int NOT NULL DEFAULT 7, b smallint DEFAULT '-3')" FILL("t(id)"),                                              "t.a\nt.b",
     0                                                                                                                                                                    },
    {"default by a function",                                "CREATE TABLE t (id int, a int DEFAULT length(current_user) * 2)" FILL("t(id)"),
     "t.a",                                                                                                                                                         0     },
    {"identity always",
     "CREATE TABLE " ODD " (a int, " LONG " int GENERATED ALWAYS AS IDENTITY PRIMARY KEY)" FILL(ODD "(a)"),
     ODD "." LONG,                                                                                                                                                  0     },
    {"identity by default with options, grants and comment",
     "CREATE TABLE t (a int, id smallint GENERATED BY DEFAULT AS IDENTITY (SEQUENCE NAME " ODD
     " START -10 INCREMENT BY 2 "
     "MINVALUE -100 MAXVALUE 30000 CACHE 4)); COMMENT ON SEQUENCE " ODD " IS 'it''s'; "
     "GRANT ALL ON SEQUENCE " ODD " TO kitchen_reader WITH GRANT OPTION" FILL("t(a)"),
     "t.id",                                                                                                                                                        0     },
    {"identity that nobody has used",                        "CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY (START 100))",
     "t.id",                                                                                                                                                        0     },
    {"identity that counts down",
     "CREATE TABLE t (a int, id int GENERATED ALWAYS AS IDENTITY (INCREMENT -1))" FILL("t(a)"),                                               "t.id",               0     },
    {"foreign key to the column",
     "CREATE TABLE t (id int PRIMARY KEY)" FILL(
         "t") "; CREATE TABLE u (" LONG " int CONSTRAINT " ODD
              " REFERENCES t ON DELETE CASCADE); COMMENT ON CONSTRAINT " ODD " ON u IS 'it''s'" FILL("u"),
     "t.id",                                                                                                                                                        0     },
    {"foreign key from the column",
     "CREATE TABLE t (id bigint PRIMARY KEY)" FILL(
         "t") "; CREATE TABLE u (id int REFERENCES t ON UPDATE CASCADE)" FILL("u"),
     "u.id",                                                                                                                                                        0     },
    {"foreign key, both ends",
     "CREATE TABLE t (id int PRIMARY KEY)" FILL(
         "t") "; CREATE TABLE u (id int REFERENCES t ON DELETE SET NULL)" FILL("u"),
     "u.id\nt.id",                                                                                                                                                  0     },
    {"foreign key, both ends, the referenced one first",
     "CREATE TABLE t (id int PRIMARY KEY)" FILL("t") "; CREATE TABLE u (id int REFERENCES t DEFERRABLE)" FILL(
         "u"),
     "t.id\nu.id",                                                                                                                                                  0     },
    {"foreign key to itself",
     "CREATE TABLE t (id int PRIMARY KEY, up int CONSTRAINT " ODD
     " REFERENCES t ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED); "
     "INSERT INTO t SELECT g, nullif(g - 1, 0) FROM generate_series(1, 100) AS g",                                                            "t.id\nt.up",         0     },
    {"foreign key to itself, one end",
     "CREATE TABLE t (id int PRIMARY KEY, up int REFERENCES t ON DELETE CASCADE); "
     "INSERT INTO t SELECT g, nullif(g - 1, 0) FROM generate_series(1, 100) AS g",                                                            "t.id",               0     },
    {"composite foreign key MATCH FULL",
     "CREATE TABLE t (a int, b int, UNIQUE (b, a)); INSERT INTO t SELECT g, g FROM generate_series(1, 100) "
     "AS g; "
     "CREATE TABLE u (x int, y int, FOREIGN KEY (x, y) REFERENCES t (a, b) MATCH FULL ON UPDATE CASCADE ON "
     "DELETE SET NULL); "
     "INSERT INTO u SELECT a, b FROM t; INSERT INTO u VALUES (NULL, NULL)",                                                                   "t.a\nu.y",           0     },
    {"foreign key ON DELETE SET NULL of some columns",
     "CREATE TABLE t (a int, b int, PRIMARY KEY (a, b)); INSERT INTO t SELECT g, g FROM generate_series(1, "
     "100) AS g; "
     "CREATE TABLE u (x int, y int, FOREIGN KEY (x, y) REFERENCES t ON DELETE SET NULL (x)); INSERT INTO u "
     "SELECT a, b FROM t",                                                                                                                    "u.x\nt.a\nt.b",      150000},
    {"foreign key ON DELETE SET DEFAULT",
     "CREATE TABLE t (id int PRIMARY KEY)" FILL(
         "t") "; CREATE TABLE u (id int DEFAULT 1 REFERENCES t ON DELETE SET DEFAULT "
              "ON UPDATE SET DEFAULT)" FILL("u"),
     "t.id",                                                                                                                                                        0     },
    {"foreign key NOT VALID",
     "CREATE TABLE t (id int PRIMARY KEY)" FILL(
         "t") "; CREATE TABLE u (id int); INSERT INTO u VALUES (1), (5000); "
              "ALTER TABLE u ADD CONSTRAINT f FOREIGN KEY (id) REFERENCES t NOT VALID",                                                       "t.id\nu.id",         0     },
    {"two foreign keys between the same tables",
     "CREATE TABLE t (id int PRIMARY KEY, other int UNIQUE); INSERT INTO t SELECT g, g FROM "
     "generate_series(1, 100) AS g; "
     "CREATE TABLE u (a int REFERENCES t, b int REFERENCES t (other), c int REFERENCES t ON DELETE CASCADE); "
     "INSERT INTO u SELECT id, id, id FROM t",                                                                                                "t.id\nt.other\nu.a", 0     },
    {"check",
     "CREATE TABLE t (" ODD " int CONSTRAINT " LONG " CHECK (" ODD " > 0 AND " ODD
     " IN (1, 2) IS NOT NULL)); "
     "COMMENT ON CONSTRAINT " LONG " ON t IS 'it''s'" FILL("t"),
     "t." ODD,                                                                                                                                                      0     },
    {"check NOT VALID and NO INHERIT",
     "CREATE TABLE t (id int CHECK (id <> 1000) NO INHERIT)" FILL(
         "t") "; ALTER TABLE t ADD CONSTRAINT v CHECK (id > 0) NOT VALID",
     "t.id",                                                                                                                                                        0     },
    {"check NOT ENFORCED",                                   "CREATE TABLE t (id int CONSTRAINT v CHECK (id > 50) NOT ENFORCED)" FILL("t"),
     "t.id",                                                                                                                                                        180000},
    {"column's comment, statistics target and options",
     "CREATE TABLE t (" ODD " int); COMMENT ON COLUMN t." ODD " IS 'it''s'; "
     "ALTER TABLE t ALTER " ODD " SET STATISTICS 1234, ALTER " ODD
     " SET (n_distinct = 42, n_distinct_inherited = -0.1)" FILL("t"),
     "t." ODD,                                                                                                                                                      0     },
    {"column grants",
     "CREATE TABLE t (id int, a int); GRANT SELECT (id), UPDATE (id) ON t TO kitchen_reader WITH GRANT "
     "OPTION; "
     "GRANT REFERENCES (id) ON t TO PUBLIC; SET ROLE kitchen_reader; GRANT SELECT (id) ON t TO "
     "kitchen_owner; RESET ROLE" FILL("t(id)"),
     "t.id",                                                                                                                                                        0     },
    {"table's owner",
     "CREATE TABLE t (id serial PRIMARY KEY CHECK (id > 0)); ALTER TABLE t OWNER TO kitchen_owner" FILL("t"),
     "t.id",                                                                                                                                                        0     },
    {"replica identity by an index",
     "CREATE TABLE t (id int NOT NULL, a int NOT NULL); CREATE UNIQUE INDEX " ODD " ON t (a, id); "
     "ALTER TABLE t REPLICA IDENTITY USING INDEX " ODD
     "; INSERT INTO t SELECT g, g FROM generate_series(1, 100) AS g",                                                                         "t.id",               0     },
    {"replica identity by the primary key's index",
     "CREATE TABLE t (id int PRIMARY KEY); ALTER TABLE t REPLICA IDENTITY USING INDEX t_pkey" FILL("t"),
     "t.id",                                                                                                                                                        0     },
    {"replica identity nothing",
     "CREATE TABLE t (id int PRIMARY KEY); ALTER TABLE t REPLICA IDENTITY NOTHING" FILL("t"),                                                 "t.id",               0     },
    {"cluster mark on a plain index",
     "CREATE TABLE t (id int PRIMARY KEY); CREATE INDEX " LONG
     " ON t (id); ALTER TABLE t CLUSTER ON " LONG FILL("t"),
     "t.id",                                                                                                                                                        0     },
    {"cluster mark on the primary key",
     "CREATE TABLE t (id int PRIMARY KEY); ALTER TABLE t CLUSTER ON t_pkey" FILL("t"),                                                        "t.id",               0     },
    {"extended statistics",
     "CREATE TABLE t (" ODD " int, a int); CREATE STATISTICS " LONG " (mcv) ON " ODD ", a FROM t; "
     "COMMENT ON STATISTICS " LONG " IS 'it''s'; ALTER STATISTICS " LONG " SET STATISTICS 321; "
     "ALTER STATISTICS " LONG " OWNER TO kitchen_owner; CREATE STATISTICS s2 ON (" ODD
     " + 1) FROM t" FILL("t(" ODD ")"),
     "t." ODD,                                                                                                                                                      0     },
    {"several columns of one table",
     "CREATE TABLE t (a int, b smallint, c int, d int, CHECK (a + b > c - 1000), UNIQUE (a, b, c)); CREATE "
     "INDEX ON t (c, a); "
     "INSERT INTO t SELECT g, g, nullif(g, 5), g FROM generate_series(1, 100) AS g",                                                          "t.c\nt.a\nt.b",      0     },
    {"dropped columns and rows of older shape",
     "CREATE TABLE t (x int, id int, y text)" FILL(
         "t(id)") "; ALTER TABLE t DROP x, ADD z int DEFAULT 5, DROP y",
     "t.id\nt.z",                                                                                                                                                   0     },
    {"trigger that does not name the column",
     "CREATE TABLE t (id int, n int DEFAULT 0); CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS "
     "'BEGIN new.n := new.n + 1; RETURN new; END'; CREATE TRIGGER " ODD
     " BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION f()" FILL("t(id)"),
     "t.id",                                                                                                                                                        0     },
    {"unlogged table",                                       "CREATE UNLOGGED TABLE t (id serial PRIMARY KEY, a int)" FILL("t(a)"),           "t.id",               0     },
    {"extremes",
     "CREATE TABLE t (id int, s smallint); INSERT INTO t VALUES (2147483647, 32767), (-2147483648, -32768), "
     "(0, 0), "
     "(NULL, NULL)",                                                                                                                          "t.id\nt.s",          0     },
    {"trigger whose name sorts late",
     "CREATE TABLE t (id int, n int); CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN new.id "
     ":= -abs(new.id); "
     "RETURN new; END'; CREATE TRIGGER \"~~zz\" BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()" FILL(
         "t(id)"),
     "t.id",                                                                                                                                                        0     },
};

const struct twin_cases column_cases = {list, sizeof list / sizeof *list, false};
