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
    /* triggers, rules, policies, functions */
    {.code = "trigger", .object = "trigger \"t r\" on " T, .setup = TG "CREATE TRIGGER \"t r\" AFTER UPDATE OF \"i d\" ON \"T able\" FOR EACH ROW EXECUTE FUNCTION tg()"},
    {.code = "trigger", .object = "trigger w on " T, .setup = TG "CREATE TRIGGER w AFTER INSERT ON \"T able\" FOR EACH ROW WHEN (new.\"i d\" > 0) EXECUTE FUNCTION tg()"},
    {.code = "trigger", .object = "trigger w on " T, .setup = TG "CREATE TRIGGER w AFTER UPDATE ON \"T able\" FOR EACH ROW WHEN (old.* IS DISTINCT FROM new.*) EXECUTE FUNCTION tg()"},
    {.code = "rule", .object = "rule r on " T, .setup = "CREATE RULE r AS ON DELETE TO \"T able\" WHERE old.\"i d\" = 1 DO INSTEAD NOTHING"},
    {.code = "rule", .object = "rule r on " Q "log", .setup = "CREATE TABLE log (x int); CREATE RULE r AS ON INSERT TO log DO ALSO DELETE FROM \"T able\" WHERE \"i d\" = new.x"},
    {.code = "instead-rule", .object = "rule r on " T, .setup = "CREATE RULE r AS ON UPDATE TO \"T able\" WHERE old.n = 1 DO INSTEAD NOTHING"},
    {.code = "policy", .object = "policy p on " T, .setup = "CREATE POLICY p ON \"T able\" USING (\"i d\" > 0)"},
    {.code = "policy", .object = "policy p on " Q "log", .setup = "CREATE TABLE log (x int); CREATE POLICY p ON log USING (EXISTS (SELECT FROM \"T able\" WHERE \"i d\" = x))"},
    {.code = "policy", .object = "security label (p) on column " T ".\"i d\"", .setup = "INSERT INTO pg_seclabel VALUES ('\"T able\"'::regclass, 'pg_class'::regclass, 1, 'p', 'secret')"},
    {.code = "sql-body-function", .object = "function " Q "f(integer)", .setup = "CREATE FUNCTION f(int) RETURNS int BEGIN ATOMIC SELECT \"i d\" FROM \"T able\" WHERE \"i d\" = $1; END"},
    {.code = "sql-body-returns-table", .object = "function " Q "f()", .setup = "CREATE FUNCTION f() RETURNS SETOF \"T able\" BEGIN ATOMIC SELECT * FROM \"T able\"; END"},
    {.code = "returns-setof", .object = "function " Q "f()", .setup = "CREATE FUNCTION f() RETURNS SETOF \"T able\" LANGUAGE sql AS 'SELECT * FROM " T "'"},
    /* what the backfill would set off */
    {.code = "user-triggers-fire", .object = "trigger a on " T, .setup = TG "CREATE TRIGGER a BEFORE UPDATE ON \"T able\" FOR EACH ROW EXECUTE FUNCTION tg(); ALTER TABLE \"T able\" ENABLE ALWAYS TRIGGER a"},
    {.code = "user-triggers-fire", .object = "trigger a on " T, .setup = TG "CREATE TRIGGER a AFTER UPDATE ON \"T able\" EXECUTE FUNCTION tg(); ALTER TABLE \"T able\" ENABLE REPLICA TRIGGER a"},
    {.code = "user-triggers-fire", .object = "trigger a on " T, .setup = TG "CREATE TRIGGER a BEFORE UPDATE ON \"T able\" FOR EACH ROW EXECUTE FUNCTION tg()", .role = "preflight_owner"},
    {.code = "user-triggers-fire", .object = "rule r on " T, .setup = "CREATE RULE r AS ON UPDATE TO \"T able\" DO ALSO NOTIFY x", .role = "preflight_owner"},
    /* subscribers */
    {.code = "publication", .object = "publication \"p q\"", .setup = "CREATE PUBLICATION \"p q\" FOR TABLE \"T able\" (\"i d\", n)", .from = 15},
    {.code = "publication", .object = "publication p", .setup = "CREATE PUBLICATION p FOR TABLE \"T able\" WHERE (\"i d\" > 0)", .from = 15},
    {.code = "publication-no-column-list", .object = "publication \"p q\"", .setup = "CREATE PUBLICATION \"p q\" FOR TABLE \"T able\""},
    {.code = "publication-no-column-list", .object = "publication p", .setup = "CREATE PUBLICATION p FOR TABLES IN SCHEMA \"S \"\"q\"", .from = 15},
    {.code = "publication-all-tables", .object = "publication p", .setup = "CREATE PUBLICATION p FOR ALL TABLES"},
    {.code = "publication-all-tables", .object = "publication p", .setup = "CREATE SCHEMA pgwiden; CREATE PUBLICATION p FOR TABLES IN SCHEMA pgwiden", .from = 15},
    /* the table */
    {.code = "partitioned-table", .object = "table " Q "leaf", .setup = "CREATE TABLE p (id int, k int) PARTITION BY LIST (k); CREATE TABLE leaf PARTITION OF p DEFAULT", .target = Q "leaf.id"},
    {.code = "partitioned-table", .setup = "CREATE TABLE p (id int, k int) PARTITION BY LIST (k); CREATE TABLE m PARTITION OF p DEFAULT PARTITION BY LIST (k); CREATE TABLE leaf PARTITION OF m DEFAULT", .target = Q "m.id", .object = "table " Q "m"},
    {.code = "partitioned-table", .object = "constraint up on " Q "p", .setup = "CREATE TABLE p (id int, k int, up int, PRIMARY KEY (id, k), CONSTRAINT up FOREIGN KEY (up, k) REFERENCES p) PARTITION BY LIST (k)", .target = Q "p.id"},
    {.code = "view", .object = "column " Q "leaf.id", .setup = "CREATE TABLE p (id int, k int) PARTITION BY LIST (k); CREATE TABLE leaf PARTITION OF p DEFAULT; CREATE VIEW v AS SELECT id FROM leaf", .target = Q "p.id"},
    {.code = "policy", .object = "column " Q "leaf.id", .setup = "CREATE TABLE p (id int, k int) PARTITION BY LIST (k); CREATE TABLE leaf PARTITION OF p DEFAULT; CREATE POLICY y ON leaf USING (id > 1)", .target = Q "p.id"},
    {.code = "exclusion-constraint", .object = "column " Q "leaf.id", .setup = "CREATE TABLE p (id int, k int) PARTITION BY LIST (k); CREATE TABLE leaf PARTITION OF p DEFAULT; ALTER TABLE leaf ADD EXCLUDE USING btree (id WITH =)", .target = Q "p.id"},
    {.code = "instead-rule", .object = "rule r on " Q "leaf", .setup = "CREATE TABLE p (id int, k int) PARTITION BY LIST (k); CREATE TABLE leaf PARTITION OF p DEFAULT; CREATE RULE r AS ON UPDATE TO leaf DO INSTEAD NOTHING", .target = Q "p.id"},
    {.code = "partition-key", .object = "column " Q "m.id", .setup = "CREATE TABLE p (id int, k int) PARTITION BY LIST (k); CREATE TABLE m PARTITION OF p DEFAULT PARTITION BY RANGE (id)", .target = Q "p.id"},
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
    {.code = "virtual-generated-column", .object = "column " T ".g", .setup = "ALTER TABLE \"T able\" ADD g int GENERATED ALWAYS AS (\"i d\" + 1) VIRTUAL", .from = 18},
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
    /* warnings */
    {.code = "prepared-statements", .object = "table " T, .setup = ""},
    {.code = "column-position", .object = "table " T, .setup = ""},
    {.code = "upsert", .object = "index " Q "\"T able_pkey\"", .setup = "ALTER TABLE \"T able\" ADD PRIMARY KEY (\"i d\")"},
    {.code = "child-column-narrower", .object = "column " Q "child.\"x y\"", .setup = "ALTER TABLE \"T able\" ADD UNIQUE (\"i d\"); CREATE TABLE child (\"x y\" int2 REFERENCES \"T able\" (\"i d\"))"},
    {.code = "identity-currval", .object = "sequence " Q "\"T able_i d_seq\"", .setup = "ALTER TABLE \"T able\" ALTER \"i d\" SET NOT NULL, ALTER \"i d\" ADD GENERATED ALWAYS AS IDENTITY"},
    {.code = "exhausted-before-done", .object = "sequence " Q "s", .setup = "CREATE SEQUENCE s; SELECT setval('s', 2147000000); ALTER TABLE \"T able\" ALTER \"i d\" SET DEFAULT nextval('s')"},
    {.code = "exhausted-before-done", .object = "sequence " Q "s", .setup = "CREATE SEQUENCE s INCREMENT -1; SELECT setval('s', -32000); ALTER TABLE \"T able\" ADD s int2 DEFAULT nextval('s')", .target = T ".s"},
    {.code = "event-trigger", .object = "event trigger \"e t\"", .setup = "CREATE FUNCTION et() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'; CREATE EVENT TRIGGER \"e t\" ON ddl_command_end EXECUTE FUNCTION et()"},
    {.code = "horizon-not-visible", .object = "role preflight_owner", .setup = "", .role = "preflight_owner"},
};
/* clang-format on */
const int preflight_case_count = (int)(sizeof preflight_cases / sizeof preflight_cases[0]);
