#include "preflight_cases.h"

#include <stddef.h>

#define Q  "\"S \"\"q\"."
#define T  Q "\"T able\""
#define TG "CREATE FUNCTION tg() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';"

/* clang-format off */
const struct preflight_case preflight_cases[] = {
    /* views */
    {.code = "view", .object = "view " Q "\"v w\"", .setup = "CREATE VIEW \"v w\" AS SELECT \"i d\" FROM \"T able\""},
    {.code = "view", .object = "view " Q "v2", .setup = "CREATE VIEW v1 AS SELECT n FROM \"T able\" WHERE \"i d\" = 1; CREATE VIEW v2 AS SELECT * FROM v1"},
    {.code = "view", .object = "view " Q "v", .setup = "CREATE VIEW v AS SELECT n, to_jsonb(t) FROM \"T able\" t"},
    {.code = "view", .object = "view " Q "v", .setup = "ALTER TABLE \"T able\" ADD PRIMARY KEY (\"i d\"); CREATE VIEW v AS SELECT n FROM \"T able\" GROUP BY \"i d\""},
    {.code = "materialized-view", .object = "materialized view " Q "m", .setup = "CREATE MATERIALIZED VIEW m AS SELECT \"i d\" FROM \"T able\""},
    /* policies, functions */
    {.code = "instead-rule", .object = "rule r on " T, .setup = "CREATE RULE r AS ON UPDATE TO \"T able\" WHERE old.n = 1 DO INSTEAD NOTHING"},
    {.code = "policy", .object = "security label (p) on column " T ".\"i d\"", .setup = "INSERT INTO pg_seclabel VALUES ('\"T able\"'::regclass, 'pg_class'::regclass, 1, 'p', 'secret')"},
    {.code = "sql-body-returns-table", .object = "function " Q "f()", .setup = "CREATE FUNCTION f() RETURNS SETOF \"T able\" BEGIN ATOMIC SELECT * FROM \"T able\"; END"},
    {.code = "returns-setof", .object = "function " Q "f()", .setup = "CREATE FUNCTION f() RETURNS SETOF \"T able\" LANGUAGE sql AS 'SELECT * FROM " T "'"},
    /* what the backfill would set off */
    {.code = "user-triggers-fire", .object = "trigger a on " T, .setup = TG "CREATE TRIGGER a BEFORE UPDATE ON \"T able\" FOR EACH ROW EXECUTE FUNCTION tg(); ALTER TABLE \"T able\" ENABLE ALWAYS TRIGGER a"},
    {.code = "user-triggers-fire", .object = "trigger a on " T, .setup = TG "CREATE TRIGGER a AFTER UPDATE ON \"T able\" EXECUTE FUNCTION tg(); ALTER TABLE \"T able\" ENABLE REPLICA TRIGGER a"},
    {.code = "user-triggers-fire", .object = "trigger a on " T, .setup = TG "CREATE TRIGGER a BEFORE UPDATE ON \"T able\" FOR EACH ROW EXECUTE FUNCTION tg()", .role = "preflight_owner"},
    {.code = "user-triggers-fire", .object = "rule r on " T, .setup = "CREATE RULE r AS ON UPDATE TO \"T able\" DO ALSO NOTIFY x", .role = "preflight_owner"},
    /* subscribers */
    {.code = "publication-no-column-list", .object = "publication \"p q\"", .setup = "CREATE PUBLICATION \"p q\" FOR TABLE \"T able\""},
    {.code = "publication-no-column-list", .object = "publication p", .setup = "CREATE PUBLICATION p FOR TABLES IN SCHEMA \"S \"\"q\"", .from = 15},
    {.code = "publication-all-tables", .object = "publication p", .setup = "CREATE PUBLICATION p FOR ALL TABLES"},
    {.code = "publication-all-tables", .object = "publication p", .setup = "CREATE SCHEMA pgwiden; CREATE PUBLICATION p FOR TABLES IN SCHEMA pgwiden", .from = 15},
    /* the table */
    {.code = "partitioned-table", .object = "table " Q "p", .setup = "CREATE TABLE p (id int, k int) PARTITION BY LIST (k)", .target = Q "p.id"},
    {.code = "partitioned-table", .object = "table " Q "leaf", .setup = "CREATE TABLE p (id int, k int) PARTITION BY LIST (k); CREATE TABLE leaf PARTITION OF p DEFAULT", .target = Q "leaf.id"},
    {.code = "partitioned-table", .object = "constraint f_k_fkey on " Q "f", .setup = "ALTER TABLE \"T able\" ADD UNIQUE (\"i d\"); CREATE TABLE f (k int REFERENCES \"T able\" (\"i d\")) PARTITION BY LIST (k); CREATE TABLE leaf PARTITION OF f DEFAULT"},
    {.code = "partitioned-table", .object = "constraint fk on " T, .setup = "CREATE TABLE p (k int PRIMARY KEY) PARTITION BY LIST (k); CREATE TABLE leaf PARTITION OF p DEFAULT; ALTER TABLE \"T able\" ADD CONSTRAINT fk FOREIGN KEY (\"i d\") REFERENCES p"},
    {.code = "partition-key", .object = "column " Q "p.id", .setup = "CREATE TABLE p (id int) PARTITION BY RANGE (id)", .target = Q "p.id"},
    {.code = "partition-key", .object = "column " Q "p.id", .setup = "CREATE TABLE p (id int) PARTITION BY RANGE ((id / 10))", .target = Q "p.id"},
    {.code = "foreign-partition", .object = "foreign table " Q "leaf", .setup = "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w; CREATE TABLE p (id int, k int) PARTITION BY LIST (k); CREATE FOREIGN TABLE leaf PARTITION OF p DEFAULT SERVER s", .target = Q "p.id"},
    {.code = "inheritance", .object = "table " T, .setup = "CREATE TABLE child () INHERITS (\"T able\")"},
    {.code = "inheritance", .object = "table " Q "child", .setup = "CREATE TABLE child () INHERITS (\"T able\")", .target = Q "child.\"i d\""},
    {.code = "typed-table", .object = "table " Q "typed", .setup = "CREATE TYPE c AS (id int); CREATE TABLE typed OF c", .target = Q "typed.id"},
    {.code = "row-type-in-use", .object = "column " Q "uses.\"r w\"", .setup = "CREATE TABLE uses (\"r w\" \"T able\")"},
    {.code = "row-type-in-use", .object = "column " Q "uses.r", .setup = "CREATE TYPE c AS (x \"T able\"[]); CREATE DOMAIN d AS c; CREATE TABLE uses (r d)"},
    {.code = "extension-member", .object = "table " T, .setup = "ALTER EXTENSION plpgsql ADD TABLE \"T able\""},
    {.code = "too-many-columns", .object = "table " Q "wide", .setup = "DO $$ BEGIN EXECUTE 'CREATE TABLE wide (id int' || (SELECT string_agg(', c' || i || ' bool', '') FROM generate_series(2, 1600) i) || ')'; END $$", .target = Q "wide.id"},
    {.code = "trigger-name", .object = "trigger \"~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~\" on " T, .setup = TG "DO $$ BEGIN EXECUTE format('CREATE TRIGGER %I BEFORE INSERT ON \"T able\" FOR EACH ROW EXECUTE FUNCTION tg()', repeat('~', 63)); END $$"},
    {.code = "row-security", .object = "table " T, .setup = "ALTER TABLE \"T able\" ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY", .role = "preflight_owner"},
    {.code = "lock-table-full", .object = "table " T, .setup = "ALTER TABLE \"T able\" ADD UNIQUE (\"i d\"); DO $$ BEGIN FOR i IN 1 .. current_setting('max_locks_per_transaction')::int * (current_setting('max_connections')::int + current_setting('max_prepared_transactions')::int) / 16 LOOP ALTER TABLE \"T able\" ADD FOREIGN KEY (n) REFERENCES \"T able\" (\"i d\"); END LOOP; END $$"},
    {.code = "wraparound-near", .object = "table " Q "old", .setup = "CREATE TABLE old (id int) WITH (autovacuum_freeze_max_age = 100000); DO $$ BEGIN UPDATE pg_class SET relfrozenxid = ((txid_current() - 95000 + 4294967296) % 4294967296)::text::xid WHERE oid = 'old'::regclass; END $$", .target = Q "old.id"},
    {.code = "anti-wraparound-vacuum", .object = "table " Q "old", .setup = "CREATE TABLE old (id int) WITH (autovacuum_enabled = off, autovacuum_freeze_max_age = 200000000); DO $$ BEGIN UPDATE pg_class SET relfrozenxid = ((txid_current() - 201000000 + 4294967296) % 4294967296)::text::xid WHERE oid = 'old'::regclass; END $$; COMMIT; BEGIN; LOCK TABLE old IN SHARE UPDATE EXCLUSIVE MODE", .target = Q "old.id"},
    /* what hangs on the column */
    {.code = "exclusion-constraint", .object = "constraint x on " T, .setup = "ALTER TABLE \"T able\" ADD CONSTRAINT x EXCLUDE USING btree (\"i d\" WITH =)"},
    {.code = "temporal-key", .object = "constraint pk on " T, .setup = "CREATE EXTENSION btree_gist SCHEMA public; ALTER TABLE \"T able\" ADD during int4range; SET search_path = \"S \"\"q\", public; ALTER TABLE \"T able\" ADD CONSTRAINT pk PRIMARY KEY (\"i d\", during WITHOUT OVERLAPS)", .from = 18},
    {.code = "whole-row-index", .object = "index " Q "i", .setup = "CREATE INDEX i ON \"T able\" ((\"T able\" IS NOT NULL))"},
    {.code = "whole-row-index", .object = "constraint c on " T, .setup = "ALTER TABLE \"T able\" ADD CONSTRAINT c CHECK (\"T able\" IS NOT NULL)"},
    {.code = "function-signature", .object = "index " Q "i", .setup = "CREATE OPERATOR CLASS o FOR TYPE int4 USING btree AS OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 btint4cmp(int4, int4); CREATE INDEX i ON \"T able\" (\"i d\" o)"},
    {.code = "function-signature", .object = "index " Q "i", .setup = "CREATE FUNCTION f(int, text) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT $1'; CREATE INDEX i ON \"T able\" (lower(\"o'ther\"), f(\"i d\", 'x'))"},
    {.code = "function-signature", .object = "index " Q "i", .setup = "CREATE INDEX i ON \"T able\" (n) WHERE 1 << \"i d\" > 2"},
    {.code = "function-signature", .object = "constraint \"c k\" on " T, .setup = "ALTER TABLE \"T able\" ADD CONSTRAINT \"c k\" CHECK (substr(\"o'ther\", \"i d\") <> '')"},
    {.code = "function-signature", .object = "constraint \"r k\" on " Q "r", .setup = "ALTER TABLE \"T able\" ADD UNIQUE (n) INCLUDE (\"i d\"); CREATE TABLE r (n int CONSTRAINT \"r k\" REFERENCES \"T able\" (n))"},
    {.code = "function-signature", .object = "statistics object " Q "st", .setup = "CREATE STATISTICS st ON (repeat('x', \"i d\")), n FROM \"T able\""},
    {.code = "stored-generated-column", .object = "column " T ".g", .setup = "ALTER TABLE \"T able\" ADD g int GENERATED ALWAYS AS (\"i d\" + 1) STORED"},
    {.code = "stored-generated-column", .object = "column " T ".g", .setup = "ALTER TABLE \"T able\" ADD g int GENERATED ALWAYS AS (n + 1) STORED", .target = T ".g"},
    {.code = "virtual-generated-column", .object = "column " T ".g", .setup = "ALTER TABLE \"T able\" ADD g int GENERATED ALWAYS AS (\"i d\" + 1) VIRTUAL, ADD CHECK (n > 0)", .from = 18},
    {.code = "virtual-generated-column", .object = "column " T ".g", .setup = "ALTER TABLE \"T able\" ADD g int NOT NULL GENERATED ALWAYS AS (\"i d\" + 1) VIRTUAL", .from = 18},
    {.code = "virtual-generated-column", .object = "column " T ".g", .setup = "ALTER TABLE \"T able\" ADD g int GENERATED ALWAYS AS (n + 1) VIRTUAL", .target = T ".g", .from = 18},
    {.code = "cycle-sequence", .object = "sequence " Q "\"s q\"", .setup = "CREATE SEQUENCE \"s q\" CYCLE; ALTER TABLE \"T able\" ALTER \"i d\" SET DEFAULT nextval('\"s q\"')"},
    {.code = "cycle-sequence", .object = "sequence " Q "\"T able_i d_seq\"", .setup = "ALTER TABLE \"T able\" ALTER \"i d\" SET NOT NULL, ALTER \"i d\" ADD GENERATED ALWAYS AS IDENTITY (CYCLE)"},
    {.code = "shared-identity-sequence", .object = "sequence " Q "\"T able_i d_seq\"", .setup = "ALTER TABLE \"T able\" ALTER \"i d\" SET NOT NULL, ALTER \"i d\" ADD GENERATED ALWAYS AS IDENTITY; ALTER TABLE \"T able\" ALTER n SET DEFAULT nextval('\"T able_i d_seq\"')"},
    /* privileges */
    {.code = "privilege-missing", .object = "table " T, .setup = "", .role = "preflight_other"},
    {.code = "privilege-missing", .object = "table " T, .setup = "REVOKE UPDATE ON \"T able\" FROM preflight_owner", .role = "preflight_owner"},
    {.code = "privilege-missing", .object = "schema \"S \"\"q\"", .setup = "REVOKE CREATE ON SCHEMA \"S \"\"q\" FROM preflight_owner", .role = "preflight_owner"},
    {.code = "privilege-missing", .object = "schema pgwiden", .setup = "CREATE SCHEMA pgwiden", .role = "preflight_owner"},
    {.code = "privilege-missing", .object = "language plpgsql", .setup = "REVOKE USAGE ON LANGUAGE plpgsql FROM PUBLIC", .role = "preflight_owner"},
    {.code = "privilege-missing", .object = "sequence " Q "s", .setup = "CREATE SEQUENCE s; ALTER TABLE \"T able\" ALTER \"i d\" SET DEFAULT nextval('s')", .role = "preflight_owner"},
    {.code = "privilege-missing", .object = "table " Q "child", .setup = "ALTER TABLE \"T able\" ADD UNIQUE (\"i d\"); CREATE TABLE child (x int REFERENCES \"T able\" (\"i d\"))", .role = "preflight_owner"},
    {.code = "privilege-missing", .object = "table " Q "parent", .setup = "CREATE TABLE parent (x int PRIMARY KEY); ALTER TABLE \"T able\" ADD FOREIGN KEY (\"i d\") REFERENCES parent", .role = "preflight_owner"},
    {.code = "privilege-missing", .object = "rule r on " Q "log", .setup = "CREATE TABLE log (x int); CREATE RULE r AS ON INSERT TO log DO ALSO DELETE FROM \"T able\" WHERE \"i d\" = new.x", .role = "preflight_owner"},
    {.code = "privilege-missing", .object = "policy p on " Q "log", .setup = "CREATE TABLE log (x int); CREATE POLICY p ON log USING (EXISTS (SELECT FROM \"T able\" WHERE \"i d\" = x))", .role = "preflight_owner"},
    {.code = "privilege-missing", .object = "function " Q "f(integer)", .setup = "CREATE FUNCTION f(int) RETURNS int BEGIN ATOMIC SELECT \"i d\" FROM \"T able\" WHERE \"i d\" = $1; END", .role = "preflight_owner"},
    {.code = "privilege-missing", .object = "publication \"p q\"", .setup = "CREATE PUBLICATION \"p q\" FOR TABLE \"T able\" (\"i d\", n)", .role = "preflight_owner", .from = 15},
    /* warnings */
    {.code = "prepared-statements", .object = "table " T, .setup = ""},
    {.code = "column-position", .object = "table " T, .setup = ""},
    {.code = "upsert", .object = "index " Q "\"T able_pkey\"", .setup = "ALTER TABLE \"T able\" ADD PRIMARY KEY (\"i d\")"},
    {.code = "child-column-narrower", .object = "column " Q "child.\"x y\"", .setup = "ALTER TABLE \"T able\" ADD UNIQUE (\"i d\"); CREATE TABLE child (\"x y\" int2 REFERENCES \"T able\" (\"i d\"))"},
    {.code = "identity-currval", .object = "sequence " Q "\"T able_i d_seq\"", .setup = "ALTER TABLE \"T able\" ALTER \"i d\" SET NOT NULL, ALTER \"i d\" ADD GENERATED ALWAYS AS IDENTITY"},
    {.code = "exhausted-before-done", .object = "sequence " Q "s", .setup = "CREATE SEQUENCE s; SELECT setval('s', 2147000000); ALTER TABLE \"T able\" ALTER \"i d\" SET DEFAULT nextval('s')"},
    {.code = "exhausted-before-done", .object = "sequence " Q "s", .setup = "CREATE SEQUENCE s INCREMENT -1; SELECT setval('s', -32000); ALTER TABLE \"T able\" ADD s int2 DEFAULT nextval('s')", .target = T ".s"},
    {.code = "function-body", .object = "function " Q "f()", .setup = "CREATE FUNCTION f() RETURNS TABLE (k int) LANGUAGE plpgsql AS 'BEGIN RETURN QUERY SELECT \"i d\" FROM \"T able\"; END'"},
    {.code = "function-body", .object = "function " Q "\"f n\"(integer)", .setup = "CREATE FUNCTION \"f n\"(int) RETURNS text LANGUAGE sql AS 'SELECT \"o''ther\" FROM " T " WHERE \"i d\" = $1'"},
    {.code = "function-body", .object = "procedure " Q "p()", .setup = "CREATE PROCEDURE p() LANGUAGE plpgsql AS 'DECLARE v int4; BEGIN SELECT max(\"i d\") INTO v FROM \"T able\"; END'"},
    {.code = "function-body", .object = "function " Q "f()", .setup = "CREATE FUNCTION f() RETURNS bigint LANGUAGE plpgsql AS 'DECLARE r \"T able\"%ROWTYPE; BEGIN RETURN r.n; END'", .role = "preflight_owner"},
    {.code = "function-body", .object = "function " Q "tg()", .setup = TG "CREATE TRIGGER a BEFORE INSERT ON \"T able\" FOR EACH ROW EXECUTE FUNCTION tg()", .role = "preflight_owner"},
    {.code = "function-body", .object = "5 more functions", .setup = "DO $$ BEGIN FOR i IN 1 .. 25 LOOP EXECUTE 'CREATE FUNCTION f' || i || '(int) RETURNS bool LANGUAGE sql AS ''SELECT EXISTS (SELECT FROM \"T able\" WHERE \"i d\" = $1)'''; END LOOP; END $$"},
    {.code = "select-star", .object = "function " Q "f()", .setup = "CREATE FUNCTION f() RETURNS TABLE (a bigint, b text, c bigint) LANGUAGE sql AS 'SELECT * FROM " T "'"},
    {.code = "select-star", .object = "function " Q "f()", .setup = "CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS 'BEGIN INSERT INTO x SELECT a.* FROM \"T able\" a; END'"},
    {.code = "identity-currval", .object = "function " Q "f()", .setup = "ALTER TABLE \"T able\" ALTER \"i d\" SET NOT NULL, ALTER \"i d\" ADD GENERATED ALWAYS AS IDENTITY; CREATE FUNCTION f() RETURNS bigint LANGUAGE plpgsql AS 'BEGIN RETURN lastval(); END'"},
    {.code = "event-trigger", .object = "event trigger \"e t\"", .setup = "CREATE FUNCTION et() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'; CREATE EVENT TRIGGER \"e t\" ON ddl_command_end EXECUTE FUNCTION et()"},
    {.code = "horizon-not-visible", .object = "role preflight_owner", .setup = "", .role = "preflight_owner"},
};
/* clang-format on */
const int preflight_case_count = (int)(sizeof preflight_cases / sizeof preflight_cases[0]);
