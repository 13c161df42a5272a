/* cases.h */
#include "cases.h"

#define ODD  "\"Odd \"\"name\"\" it's\""
#define LONG "\"ÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄx\"" /* 63 bytes */
#define TABLE                                                                                                \
    "CREATE TABLE t (id int4 PRIMARY KEY, x int, y text); INSERT INTO t SELECT g, g % 7, 'y' || g FROM "     \
    "generate_series(1, 100) AS g; "
#define MATVIEW "CREATE MATERIALIZED VIEW "

/* clang-format off */
static const struct twin_case list[] = {
    {"materialized view",
     TABLE MATVIEW "m AS SELECT id, y FROM t WHERE id > 5", "t.id", 0},
    {"materialized view WITH NO DATA, indexed",
     TABLE MATVIEW "m AS SELECT id, y FROM t WITH NO DATA; CREATE UNIQUE INDEX ON m (id)", "t.id", 0},
    {"materialized view, odd names",
     "CREATE TABLE " ODD " (" LONG " int4 PRIMARY KEY, a text); INSERT INTO " ODD " SELECT g, 'it''s' FROM generate_series(1, 9) AS g; "
     MATVIEW LONG " (" ODD ", " LONG ") AS SELECT " LONG ", a FROM " ODD "; "
     "CREATE UNIQUE INDEX \"i \"\"x\" ON " LONG " (" ODD "); COMMENT ON MATERIALIZED VIEW " LONG " IS 'it''s'; "
     "COMMENT ON COLUMN " LONG "." ODD " IS '\"'; COMMENT ON INDEX \"i \"\"x\" IS 'i'", ODD "." LONG, 0},
    {"materialized view with indexes of every kind",
     TABLE MATVIEW "m AS SELECT id, x, y FROM t; CREATE UNIQUE INDEX ON m (id DESC) INCLUDE (x); CREATE INDEX ON m ((id + 1), lower(y)); "
     "CREATE INDEX ON m (y COLLATE \"C\" text_pattern_ops) WHERE id > 5; CREATE INDEX ON m USING hash (id); "
     "CREATE INDEX i ON m USING brin (x) WITH (pages_per_range = 7); ALTER INDEX m_expr_lower_idx ALTER COLUMN 1 SET STATISTICS 55; "
     "COMMENT ON INDEX i IS 'brin'; ALTER MATERIALIZED VIEW m CLUSTER ON m_id_x_idx", "t.id", 0},
    {"index of a materialized view in a tablespace",
     TABLE MATVIEW "m TABLESPACE kitchen_space AS SELECT id FROM t; CREATE INDEX a ON m (id); CREATE INDEX b ON m (id) TABLESPACE kitchen_space "
     "WHERE id > 3", "t.id", 0},
    {"materialized view with options",
     TABLE MATVIEW "m WITH (fillfactor = 70, autovacuum_enabled = off, toast.autovacuum_enabled = off) AS SELECT id, y FROM t; "
     "ALTER MATERIALIZED VIEW m ALTER id SET STATISTICS 33, ALTER y SET STORAGE EXTERNAL, ALTER y SET COMPRESSION pglz, "
     "ALTER id SET (n_distinct = -0.5); ALTER MATERIALIZED VIEW m REPLICA IDENTITY FULL; "
     "ALTER MATERIALIZED VIEW m DEPENDS ON EXTENSION plpgsql", "t.id", 0},
    {"extended statistics on a materialized view",
     TABLE MATVIEW "m AS SELECT id, x, y FROM t; CREATE STATISTICS " ODD " (ndistinct, mcv) ON id, x FROM m; COMMENT ON STATISTICS " ODD " IS 's'; "
     "CREATE STATISTICS e ON (id % 7), y FROM m; ALTER STATISTICS e SET STATISTICS 9", "t.id", 0},
    {"materialized view on a materialized view",
     TABLE MATVIEW "a AS SELECT id, x FROM t; " MATVIEW "b AS SELECT id % 10 AS tens, count(*) AS n FROM a GROUP BY 1; "
     "CREATE UNIQUE INDEX ON b (tens); " MATVIEW "c (k) AS SELECT b.tens FROM b JOIN a ON a.id = b.tens WITH NO DATA; "
     MATVIEW "d AS SELECT count(*) FROM a, t WHERE t.id = a.id", "t.id", 0},
    {"materialized view whose own types stay",
     TABLE MATVIEW "m AS SELECT x, count(*) AS n FROM t WHERE id > 50 GROUP BY x; " MATVIEW "other AS SELECT x, y FROM t", "t.id", 0},
    {"materialized view with aggregates and a union",
     TABLE MATVIEW "m AS WITH RECURSIVE r (n) AS (SELECT min(id) FROM t UNION ALL SELECT n + 1 FROM r WHERE n < 5) "
     "SELECT t.id, sum(t.x) OVER (ORDER BY t.id) AS s FROM t JOIN r ON r.n = t.id UNION SELECT max(id), -1 FROM t", "t.id", 0},
    {"materialized view of several columns and tables",
     TABLE "CREATE TABLE u (t_id int4 REFERENCES t, k int4); INSERT INTO u SELECT id, id * 2 FROM t; "
     MATVIEW "m AS SELECT t.id, u.k, u.t_id FROM t JOIN u ON u.t_id = t.id", "t.id\nu.t_id\nu.k", 0},
    {"materialized view on views",
     TABLE "CREATE VIEW v AS SELECT id, x FROM t; GRANT SELECT ON v TO kitchen_reader; CREATE VIEW w AS SELECT count(*) AS n, x FROM v WHERE id > 3 GROUP BY x; "
     MATVIEW "m AS SELECT v.id, w.n FROM v JOIN w USING (x); CREATE UNIQUE INDEX ON m (id); " MATVIEW "stays AS SELECT n FROM w", "t.id", 0},
    {"views on a materialized view",
     TABLE MATVIEW "m AS SELECT id, x FROM t; CREATE VIEW v (" ODD ") WITH (security_barrier) AS SELECT id FROM m; COMMENT ON VIEW v IS 'it''s'; "
     "GRANT SELECT ON v TO kitchen_owner WITH GRANT OPTION; SET ROLE kitchen_owner; GRANT SELECT ON v TO kitchen_reader; RESET ROLE; "
     "CREATE VIEW w AS SELECT v." ODD " + 1 AS n, t.x FROM v JOIN t ON t.id = v." ODD "; CREATE VIEW x AS SELECT x FROM m WHERE id > 5; "
     "CREATE VIEW y AS SELECT x FROM x; CREATE VIEW z AS SELECT count(*) FROM v", "t.id", 0},
    {"materialized views and views by turns",
     TABLE "CREATE VIEW v0 AS SELECT id, x FROM t; " MATVIEW "m1 AS SELECT id, x FROM v0; CREATE VIEW v1 AS SELECT id FROM m1; "
     "CREATE VIEW v1x AS SELECT x FROM m1; " MATVIEW "m2 AS SELECT id, v1x.x FROM v1, v1x; CREATE INDEX ON m2 (id); "
     "CREATE VIEW v2 AS SELECT m2.id, v1.id AS other, v0.id AS third FROM m2, v1, v0; " MATVIEW "m3 AS SELECT third FROM v2 WITH NO DATA; "
     "CREATE VIEW v3 AS SELECT third FROM m3", "t.id", 0},
    {"policies, rules and functions on a materialized view",
     TABLE MATVIEW "m AS SELECT id, x FROM t; CREATE VIEW v AS SELECT id FROM m; CREATE VIEW s AS SELECT x FROM m; "
     "CREATE FUNCTION " ODD "(a bigint) RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT count(*) FROM m WHERE id = a; END; "
     "CREATE FUNCTION fv() RETURNS bigint LANGUAGE sql RETURN (SELECT max(id) FROM v); COMMENT ON FUNCTION fv() IS 'f'; "
     "CREATE PROCEDURE p() LANGUAGE sql BEGIN ATOMIC INSERT INTO t (id) SELECT max(id) + 1 FROM m; END; "
     "CREATE TABLE other (k int, note text); ALTER TABLE other ENABLE ROW LEVEL SECURITY; "
     "CREATE POLICY p ON other USING (EXISTS (SELECT FROM m WHERE m.id = k)); COMMENT ON POLICY p ON other IS 'p'; "
     "CREATE POLICY " ODD " ON other FOR INSERT TO kitchen_reader WITH CHECK (EXISTS (SELECT FROM v WHERE v.id = k)); "
     "CREATE RULE r AS ON INSERT TO other WHERE NEW.k < 0 DO ALSO UPDATE t SET x = (SELECT count(*) FROM m); ALTER TABLE other DISABLE RULE r; "
     "CREATE RULE r AS ON INSERT TO v DO INSTEAD INSERT INTO t (id) VALUES (NEW.id)", "t.id", 0},
    {"grants on a materialized view",
     TABLE MATVIEW "m AS SELECT id, y FROM t; GRANT SELECT ON m TO kitchen_owner WITH GRANT OPTION; SET ROLE kitchen_owner; "
     "GRANT SELECT ON m TO kitchen_reader; GRANT SELECT (y) ON m TO PUBLIC; RESET ROLE; GRANT SELECT (id), UPDATE (id) ON m TO kitchen_reader "
     "WITH GRANT OPTION; GRANT SELECT ON t TO kitchen_owner; " MATVIEW "o AS SELECT id FROM t; ALTER MATERIALIZED VIEW o OWNER TO kitchen_owner; "
     MATVIEW "closed AS SELECT id FROM t; REVOKE ALL ON closed FROM CURRENT_USER", "t.id", 0},
};
/* clang-format on */

const struct twin_cases matview_cases = {list, sizeof list / sizeof *list, true};
