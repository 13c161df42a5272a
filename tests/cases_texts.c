/* cases.h */
#include "cases.h"

#define ODD     "\"Odd \"\"name\"\" it's\""
#define LONG    "\"ÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄx\"" /* 63 bytes */
#define FILL(t) "; INSERT INTO " t " SELECT g FROM generate_series(1, 100) AS g"
#define TF      "CREATE FUNCTION tf() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN coalesce(new, old); END'; "

/* clang-format off */
static const struct twin_case list[] = {
    {"trigger UPDATE OF", TF "CREATE TABLE " ODD " (" LONG " int4 PRIMARY KEY, a int)" FILL(ODD) ";"
     "CREATE TRIGGER " LONG " AFTER UPDATE OF a, " LONG " ON " ODD " FOR EACH ROW EXECUTE FUNCTION tf('it''s', '; x');"
     "COMMENT ON TRIGGER " LONG " ON " ODD " IS 'it''s'", ODD "." LONG, 0},
    {"trigger WHEN", TF "CREATE TABLE t (" ODD " int4, a int)" FILL("t") ";"
     "CREATE TRIGGER a BEFORE UPDATE ON t FOR EACH ROW WHEN (old." ODD " > new." ODD ") EXECUTE FUNCTION tf();"
     "CREATE TRIGGER b AFTER DELETE ON t FOR EACH ROW WHEN (old." ODD " = 3 OR old." ODD "::text LIKE 'x;y') EXECUTE FUNCTION tf()",
     "t." ODD, 0},
    {"triggers in every state", TF "CREATE TABLE t (id int4)" FILL("t") ";"
     "CREATE TRIGGER a AFTER UPDATE OF id ON t FOR EACH ROW EXECUTE FUNCTION tf(); COMMENT ON TRIGGER a ON t IS 'a';"
     "CREATE TRIGGER b AFTER UPDATE OF id ON t FOR EACH ROW EXECUTE FUNCTION tf();"
     "CREATE TRIGGER c AFTER UPDATE OF id ON t FOR EACH ROW EXECUTE FUNCTION tf();"
     "CREATE TRIGGER \"d it's\" AFTER UPDATE OF id ON t FOR EACH ROW EXECUTE FUNCTION tf();"
     "ALTER TABLE t DISABLE TRIGGER b, ENABLE REPLICA TRIGGER c, ENABLE ALWAYS TRIGGER \"d it's\"", "t.id", 0},
    {"constraint triggers", TF "CREATE TABLE t (id int4)" FILL("t") ";"
     "CREATE CONSTRAINT TRIGGER " ODD " AFTER INSERT OR UPDATE OF id ON t DEFERRABLE INITIALLY DEFERRED FOR EACH ROW "
     "WHEN (new.id > 0) EXECUTE FUNCTION tf(); COMMENT ON TRIGGER " ODD " ON t IS 'it''s';"
     "CREATE CONSTRAINT TRIGGER c AFTER UPDATE OF id ON t FROM pg_catalog.pg_class FOR EACH ROW EXECUTE FUNCTION tf();"
     "ALTER TABLE t ENABLE ALWAYS TRIGGER " ODD ", DISABLE TRIGGER c", "t.id", 0},
    {"trigger with a transition table and one for the statement", TF "CREATE TABLE t (id int4, a int)" FILL("t") ";"
     "CREATE TRIGGER a AFTER UPDATE ON t REFERENCING OLD TABLE AS " ODD " NEW TABLE AS n FOR EACH STATEMENT EXECUTE FUNCTION tf();"
     "CREATE TRIGGER b BEFORE UPDATE OF id, a ON t EXECUTE FUNCTION tf()", "t.id", 0},
    {"trigger WHEN the row is another", TF "CREATE TABLE t (id int4, a int)" FILL("t") ";"
     "CREATE TRIGGER a AFTER UPDATE ON t FOR EACH ROW WHEN (old.* IS DISTINCT FROM new.*) EXECUTE FUNCTION tf();"
     "CREATE TRIGGER b AFTER UPDATE OF id ON t FOR EACH ROW WHEN (old.* IS DISTINCT FROM new.*) EXECUTE FUNCTION tf()", "t.id", 0},
    {"triggers that sort behind ours", TF "CREATE TABLE t (id int4)" FILL("t") ";"
     "CREATE TRIGGER \"~~z\" BEFORE UPDATE OF id ON t FOR EACH ROW EXECUTE FUNCTION tf();"
     "CREATE TRIGGER \"ä\" BEFORE INSERT ON t FOR EACH ROW WHEN (new.id <> 0) EXECUTE FUNCTION tf()", "t.id", 0},
    {"rules", "CREATE TABLE " ODD " (" LONG " int4, a text); CREATE TABLE log (x int8)" FILL(ODD) ";"
     "CREATE RULE " ODD " AS ON INSERT TO " ODD " WHERE new." LONG " < 0 DO INSTEAD NOTHING;"
     "CREATE RULE two AS ON DELETE TO " ODD " DO ALSO (INSERT INTO log VALUES (old." LONG "); "
     "DELETE FROM log WHERE x IN (SELECT o." LONG " FROM " ODD " AS o WHERE o.a = 'a;b'));"
     "COMMENT ON RULE two ON " ODD " IS 'it''s'; ALTER TABLE " ODD " DISABLE RULE two;"
     "CREATE RULE three AS ON UPDATE TO " ODD " WHERE new." LONG " <> old." LONG " DO ALSO INSERT INTO log VALUES (new." LONG "); "
     "ALTER TABLE " ODD " ENABLE ALWAYS RULE " ODD, ODD "." LONG, 0},
    {"rules of other tables", "CREATE TABLE t (id int4, a text); CREATE TABLE other (t int8)" FILL("t") ";"
     "CREATE RULE " ODD " AS ON INSERT TO other DO ALSO DELETE FROM t WHERE id = new.t;"
     "CREATE RULE b AS ON UPDATE TO other WHERE EXISTS (SELECT FROM t AS x WHERE x.id = old.t) DO INSTEAD NOTHING;"
     "COMMENT ON RULE b ON other IS 'it''s'; ALTER TABLE other DISABLE RULE b", "t.id", 0},
    {"policies", "CREATE TABLE t (" ODD " int4, a text)" FILL("t") ";"
     "ALTER TABLE t ENABLE ROW LEVEL SECURITY; "
     "CREATE POLICY " LONG " ON t USING (" ODD " > 5 AND a IS NULL); COMMENT ON POLICY " LONG " ON t IS 'it''s';"
     "CREATE POLICY i ON t AS RESTRICTIVE FOR INSERT TO kitchen_reader, kitchen_owner WITH CHECK (" ODD " < 1000 OR a = ')');"
     "CREATE POLICY u ON t FOR UPDATE USING (true) WITH CHECK (" ODD " % 2 = 0);"
     "CREATE POLICY s ON t FOR SELECT USING (EXISTS (SELECT FROM t AS t2 WHERE t2." ODD " = t." ODD " + 1))", "t." ODD, 0},
    {"policies of other tables", "CREATE TABLE t (id int4 PRIMARY KEY, a text); CREATE TABLE other (t int8, b text)" FILL("t") ";"
     "CREATE POLICY " ODD " ON other FOR UPDATE TO kitchen_reader USING (EXISTS (SELECT FROM t WHERE id = other.t)) "
     "WITH CHECK ((SELECT max(id) FROM t) > t); COMMENT ON POLICY " ODD " ON other IS 'it''s';"
     "CREATE POLICY i ON other FOR INSERT WITH CHECK (t IN (SELECT id FROM t))", "t.id", 0},
    {"functions with a parsed body", "CREATE TABLE t (id int4, a text)" FILL("t") ";"
     "CREATE FUNCTION " ODD "(key bigint, a text DEFAULT 'it''s; $function$') RETURNS bigint STABLE STRICT COST 7 SECURITY DEFINER "
     "SET work_mem = '8MB' BEGIN ATOMIC SELECT id FROM t WHERE id = key; END;"
     "COMMENT ON FUNCTION " ODD " IS 'it''s'; ALTER FUNCTION " ODD " OWNER TO kitchen_owner; REVOKE ALL ON FUNCTION " ODD " FROM PUBLIC;"
     "GRANT EXECUTE ON FUNCTION " ODD " TO kitchen_reader WITH GRANT OPTION;"
     "CREATE FUNCTION narrow(OUT one int, OUT two text) RETURNS SETOF record LANGUAGE sql RETURN (SELECT (id, a) FROM t LIMIT 1);"
     "CREATE FUNCTION tab() RETURNS TABLE (id int, n int) BEGIN ATOMIC SELECT id, id FROM t; END;"
     "CREATE PROCEDURE p(INOUT x int) BEGIN ATOMIC INSERT INTO t (id) VALUES (x); UPDATE t SET id = id + 1 WHERE id = x; "
     "SELECT count(*) FROM t; END", "t.id", 0},
    {"functions and a policy that call them", "CREATE TABLE t (id int4, a text)" FILL("t") ";"
     "CREATE FUNCTION f(x bigint) RETURNS bool RETURN x > 3; CREATE FUNCTION g() RETURNS bigint BEGIN ATOMIC SELECT max(id) FROM t "
     "WHERE f(id); END; CREATE FUNCTION g2() RETURNS bigint RETURN g() + 1; CREATE POLICY p ON t USING (f(id) AND g() > 2)", "t.id", 0},
    {"whole rows", "CREATE TABLE t (id int4, a text)" FILL("t") ";"
     "CREATE FUNCTION f() RETURNS SETOF text BEGIN ATOMIC SELECT to_jsonb(t) ->> 'id' FROM t; END;"
     "CREATE POLICY p ON t USING (to_jsonb(t) ->> 'id' <> '5')", "t.id", 0},
    {"publication", "CREATE TABLE " ODD " (" LONG " int4 PRIMARY KEY, a text, b text); CREATE TABLE other (a int)" FILL(ODD) ";"
     "DO $$ BEGIN EXECUTE format($f$CREATE PUBLICATION %I FOR TABLE " ODD " (b, " LONG ") WHERE (" LONG " > 3 AND " LONG " <> 7), "
     "other$f$, current_schema); EXECUTE format($f$CREATE PUBLICATION %I FOR TABLE " ODD " (" LONG ") WITH (publish = insert)$f$, "
     "current_schema || ' two'); END $$", ODD "." LONG, 150000},
    {"virtual column", "CREATE TABLE t (" ODD " int4 PRIMARY KEY, g bigint GENERATED ALWAYS AS (" ODD " * 2) VIRTUAL, " LONG " text "
     "GENERATED ALWAYS AS ('; ' || " ODD ") VIRTUAL)" FILL("t") ";"
     "COMMENT ON COLUMN t.g IS 'it''s'; GRANT SELECT (g) ON t TO kitchen_reader; CREATE POLICY p ON t USING (g > 2);"
     "DO $$ BEGIN EXECUTE format($f$CREATE PUBLICATION %I FOR TABLE t (" ODD ")$f$, current_schema); END $$", "t." ODD, 180000},
    {"texts on a view that is made again", "CREATE TABLE t (id int4 PRIMARY KEY, a text); CREATE TABLE other (t int8)" FILL("t") ";"
     "CREATE VIEW " ODD " AS SELECT id, a FROM t; CREATE VIEW v2 AS SELECT max(id) AS m FROM " ODD ";"
     "CREATE FUNCTION f(x bigint, OUT y bigint) RETURNS bigint STRICT BEGIN ATOMIC SELECT id FROM " ODD " WHERE id = x; END;"
     "COMMENT ON FUNCTION f IS 'it''s'; GRANT EXECUTE ON FUNCTION f TO kitchen_reader;"
     "CREATE FUNCTION tab(a text DEFAULT 'x') RETURNS TABLE (i bigint) BEGIN ATOMIC SELECT m FROM v2; END;"
     "CREATE PROCEDURE p(" LONG " int) BEGIN ATOMIC INSERT INTO other SELECT id FROM " ODD " WHERE id > " LONG "; END;"
     "CREATE FUNCTION calls() RETURNS bigint RETURN f(3); CREATE VIEW v3 AS SELECT f(t) FROM other;"
     "CREATE POLICY p ON other USING (t IN (SELECT id FROM " ODD ")) WITH CHECK (t > (SELECT m FROM v2)); COMMENT ON POLICY p ON other IS 'p';"
     "CREATE RULE r AS ON DELETE TO other DO ALSO INSERT INTO other SELECT m FROM v2; COMMENT ON RULE r ON other IS 'r';"
     "ALTER TABLE other DISABLE RULE r; CREATE RULE r AS ON INSERT TO " ODD " DO INSTEAD INSERT INTO t VALUES (new.id, new.a)", "t.id", 0},
    {"texts that group by the key", "CREATE TABLE t (id int4 PRIMARY KEY, a text); CREATE TABLE other (t text)" FILL("t(id)") ";"
     "CREATE FUNCTION f() RETURNS SETOF text BEGIN ATOMIC SELECT a FROM t GROUP BY id; END;"
     "CREATE POLICY p ON other USING (t IN (SELECT a FROM t GROUP BY id));"
     "CREATE RULE r AS ON INSERT TO other DO ALSO INSERT INTO t (a) SELECT a FROM t GROUP BY id", "t.id", 0},
    {"rules on views that stay", "CREATE TABLE t (id int4, a text); CREATE VIEW v AS SELECT a FROM t WHERE id > 3;"
     "CREATE VIEW w AS SELECT 1 AS a" FILL("t(id)") ";"
     "CREATE RULE r AS ON INSERT TO v DO INSTEAD INSERT INTO t VALUES (length(new.a), new.a);"
     "CREATE RULE r AS ON DELETE TO w DO INSTEAD DELETE FROM t WHERE id = old.a; COMMENT ON RULE r ON w IS 'it''s'", "t.id", 0},
    {"extension marks", TF "CREATE TABLE t (id int4)" FILL("t") ";"
     "CREATE TRIGGER a AFTER UPDATE OF id ON t FOR EACH ROW EXECUTE FUNCTION tf(); ALTER TRIGGER a ON t DEPENDS ON EXTENSION plpgsql;"
     "CREATE CONSTRAINT TRIGGER " ODD " AFTER UPDATE OF id ON t FOR EACH ROW EXECUTE FUNCTION tf();"
     "ALTER TRIGGER " ODD " ON t DEPENDS ON EXTENSION plpgsql;"
     "CREATE FUNCTION " ODD "(" ODD " int) RETURNS bigint RETURN (SELECT max(id) FROM t); "
     "ALTER FUNCTION " ODD " DEPENDS ON EXTENSION plpgsql", "t.id", 0},
    {"function of a row", "CREATE TABLE " ODD " (id int4, " LONG " int4)" FILL(ODD) ";"
     "CREATE FUNCTION twice(" ODD ") RETURNS bigint IMMUTABLE RETURN $1." LONG " * 2; CREATE FUNCTION f() RETURNS SETOF bigint "
     "BEGIN ATOMIC SELECT twice(o) FROM " ODD " AS o WHERE o.id > 3; END; "
     "CREATE POLICY p ON " ODD " USING (twice(" ODD ") > 3); CREATE VIEW v AS SELECT id, twice(o) AS two FROM " ODD " AS o;"
     "CREATE VIEW w AS SELECT twice(o) AS two FROM " ODD " AS o WHERE id > 3", ODD "." LONG "\n" ODD ".id", 0},
    {"texts of a partitioned table", TF "CREATE TABLE t (id int4, k int, a text) PARTITION BY LIST (k);"
     "CREATE TABLE " ODD " (a text, x int, k int, id int4); ALTER TABLE " ODD " DROP COLUMN x; ALTER TABLE t ATTACH PARTITION " ODD
     " FOR VALUES IN (1); CREATE TABLE t2 PARTITION OF t DEFAULT; INSERT INTO t SELECT g, g % 3 FROM generate_series(1, 100) AS g;"
     "CREATE TRIGGER " LONG " AFTER UPDATE OF id ON t FOR EACH ROW EXECUTE FUNCTION tf(); ALTER TABLE t ENABLE ALWAYS TRIGGER " LONG ";"
     "ALTER TABLE t2 DISABLE TRIGGER " LONG "; CREATE TRIGGER b AFTER UPDATE OF id ON t FOR EACH ROW EXECUTE FUNCTION tf();"
     "CREATE TRIGGER own AFTER DELETE ON " ODD " FOR EACH ROW WHEN (old.id > 3) EXECUTE FUNCTION tf(); "
     "ALTER TABLE " ODD " ENABLE REPLICA TRIGGER own;"
     "CREATE POLICY p ON t USING (id > 3); CREATE POLICY q ON " ODD " USING (id > 4);"
     "CREATE RULE r AS ON INSERT TO " ODD " WHERE new.id < 0 DO INSTEAD NOTHING;"
     "CREATE FUNCTION f() RETURNS bigint BEGIN ATOMIC SELECT max(o.id) + max(t.id) FROM " ODD " AS o, t; END;"
     "CREATE VIEW v AS SELECT id FROM " ODD "; CREATE RULE r AS ON INSERT TO v DO INSTEAD INSERT INTO t (id) VALUES (new.id)", "t.id", 0},
    {"publications of a partitioned table", "CREATE TABLE t (id int4, k int, a text) PARTITION BY LIST (k);"
     "CREATE TABLE t1 PARTITION OF t FOR VALUES IN (1); CREATE TABLE t2 PARTITION OF t DEFAULT;"
     "INSERT INTO t SELECT g, g % 3 FROM generate_series(1, 100) AS g; DO $$ BEGIN "
     "EXECUTE format($f$CREATE PUBLICATION %I FOR TABLE t (id, k) WHERE (id > 3) WITH (publish = insert, publish_via_partition_root = on)$f$, "
     "current_schema); EXECUTE format($f$CREATE PUBLICATION %I FOR TABLE t2 (id, k) WHERE (id > 5) WITH (publish = insert)$f$, current_schema || ' 2'); "
     "END $$", "t.id", 150000},
};
/* clang-format on */

const struct twin_cases text_cases = {list, sizeof list / sizeof *list, true};
