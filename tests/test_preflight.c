/* Preflight: each refusal and warning by its name, what is carried gives none, nothing is changed by looking.
 */
#include "facts/catalog.h"
#include "preflight_cases.h"
#include "preflight_fixture.h"
#include "sql.h"
#include "support.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <string.h>

#define Q       "\"S \"\"q\"."
#define T       Q "\"T able\""
#define THE_KEY T ".\"i d\""

static struct db *db;
static struct arena *arena;
static struct loop *loop;
static struct session *session;
static struct settings settings;

static void set_up(void)
{
    db = db_create();
    arena = arena_new();
    settings_init(&settings);
    settings.dbname = db_name(db);
    preflight_roles(db);
    preflight_table(db);
}

static void disconnect(void)
{
    session_close(session);
    if (loop)
        loop_close(loop);
    session = NULL;
    loop = NULL;
}

static void tear_down(void)
{
    disconnect();
    arena_free(arena);
    db_drop(db);
}

TestSuite(preflight, .init = set_up, .fini = tear_down, .timeout = 400);

static void connect_as(const char *role)
{
    struct err e = {0};

    settings.role = role;
    cr_assert(loop_open(&loop, &e), "%s", e.primary);
    cr_assert(session_open(loop, &settings, "pgwiden: test", NULL, &session, &e), "%s", e.primary);
}

static struct target resolve(const char *text)
{
    struct target t;
    struct err e = {0};

    cr_assert(target_resolve(session, arena, text, &t, &e), "%s: %s", text, e.primary);
    return t;
}

static struct findings preflight(const char *target)
{
    struct target t = resolve(target);
    struct findings f;
    struct err e = {0};

    cr_assert(catalog_preflight(session, arena, &settings, &(struct target_list){1, &t}, &f, &e),
              "%s: %s\n%s", target, e.primary, e.detail);
    return f;
}

static const struct finding *find(const struct findings *f, const char *code, const char *object)
{
    for (int i = 0; i < f->count; i++)
        if (strcmp(f->list[i].code, code) == 0 && (!object || strcmp(f->list[i].object, object) == 0))
            return &f->list[i];
    return NULL;
}

static int count_of(const struct findings *f, const char *prefix)
{
    int count = 0;

    for (int i = 0; i < f->count; i++)
        count += strncmp(f->list[i].object, prefix, strlen(prefix)) == 0;
    return count;
}

/* A line for each finding, for messages and for "none". */
static const char *listing(const struct findings *f, bool refusals_only)
{
    const char *text = "";

    for (int i = 0; i < f->count; i++)
        if (f->list[i].refuses || !refusals_only)
            text = arena_printf(arena, "%s%s %s: %s\n", text, f->list[i].code, f->list[i].object,
                                f->list[i].reason);
    return text;
}

/* Text for people: full sentences, nothing left to fill in. */
static void expect_readable(const struct finding *f)
{
    size_t end = strlen(f->reason);

    cr_expect(end > 0 && f->reason[end - 1] == '.', "%s", f->reason);
    cr_expect(gt(sz, strlen(f->hint), 0), "%s has no way out", f->code);
    cr_expect(zero(ptr, (void *)strstr(f->hint, "(null)")), "%s", f->hint);
}

/* READ ONLY transactions prove that looking changes nothing. */
static void expect_case(const struct preflight_case *c)
{
    const struct check *check = check_by_code(c->code);
    const struct finding *f;
    struct findings found;
    struct err e = {0};

    db_exec(db, "%s", c->setup);
    connect_as(c->role);
    cr_assert(session_script(session, arena, "SET default_transaction_read_only = on", NULL, &e), "%s",
              e.primary);
    found = preflight(c->target ? c->target : THE_KEY);
    f = find(&found, c->code, c->object);
    cr_expect(f != NULL, "no %s on %s among\n%s", c->code, c->object, listing(&found, false));
    cr_expect(f == NULL || f->refuses == !check->warning, "%s", c->code);
    for (int i = 0; i < found.count; i++)
        expect_readable(&found.list[i]);
    disconnect();
}

Test(preflight, finds_each_by_its_name)
{
    for (int i = 0; i < preflight_case_count; i++) {
        if (server_version() < preflight_cases[i].from * 10000 || preflight_cases[i].rehearsed)
            continue;
        expect_case(&preflight_cases[i]);
        preflight_clear(db);
        preflight_table(db);
    }
}

Test(preflight, every_code_of_the_contract_is_in_the_table)
{
    /* "-": never refuses, "a": --allow takes it */
    static const char contract[] =
        "not-integer not-a-table privilege-missing read-only-server partition-key exclusion-constraint "
        "inheritance "
        "typed-table row-type-in-use whole-row-index domain stored-generated-column shared-identity-sequence "
        "temporal-key extension-member too-many-columns trigger-name name-taken instead-rule "
        "function-signature "
        "sql-body-returns-table a:publication-no-column-list a:user-triggers-fire row-security "
        "-:event-trigger "
        "-:prepared-statements -:column-position -:function-body -:child-column-narrower -:logical-slot "
        "-:anti-wraparound-vacuum caller-transaction pooler publication-all-tables foreign-partition "
        "a:returns-setof "
        "cycle-sequence a:long-swap a:wraparound-near lock-table-full detached-partition -:upsert "
        "-:standby-queries "
        "-:synchronous-standby -:select-star -:identity-currval -:exhausted-before-done "
        "-:horizon-not-visible view "
        "materialized-view trigger rule policy sql-body-function publication partitioned-table "
        "virtual-generated-column";
    char *words = strdup(contract), *rest = words;
    int count = 0;

    for (char *word; (word = strsep(&rest, " ")) != NULL; count++) {
        bool marked = word[1] == ':';
        const struct check *check = check_by_code(marked ? word + 2 : word);

        cr_assert(check != NULL, "%s", word);
        cr_expect(eq(int, check->warning, marked &&word[0] == '-'), "%s", word);
        cr_expect(eq(int, check->allowable, marked &&word[0] == 'a'), "%s", word);
    }
    cr_expect(eq(int, count, check_count));
    free(words);
}

Test(preflight, every_code_has_its_anchor_in_the_runbook)
{
    char *runbook = file_read(SOURCE_DIR "/RUNBOOK.md");

    for (int i = 0; i < check_count; i++)
        cr_expect(strstr(runbook, arena_printf(arena, "\n### %s\n", checks[i].code)) != NULL, "%s",
                  checks[i].code);
    free(runbook);
}

Test(preflight, a_bare_table_has_warnings_only)
{
    struct findings f;

    connect_as("preflight_owner");
    f = preflight(THE_KEY);
    cr_expect(eq(int, f.refusals, 0), "%s", listing(&f, true));
    cr_expect(gt(int, f.count, 0));
}

Test(preflight, what_is_carried_gives_no_refusal)
{
    char *targets, *rest, *before, *after, *difference;

    db_file(db, "fixtures/roles.sql");
    db_file(db, "fixtures/kitchen_sink.sql");
    db_exec(db, "SELECT kitchen.make('Kitchen \"k\"')");
    before = catalog_snapshot(db);
    targets = rest = db_text(db, "SELECT t FROM kitchen.targets() t");
    connect_as(NULL);
    for (char *target; (target = strsep(&rest, "\n")) != NULL;) {
        struct findings f = preflight(arena_printf(arena, "\"Kitchen \"\"k\"\"\".%s", target));

        cr_expect(eq(int, f.refusals, 0), "%s: %s", target, listing(&f, true));
    }
    after = catalog_snapshot(db);
    difference = text_diff(before, after);
    cr_expect(eq(str, difference, ""));
    cr_expect(not(state_exists(db)));
    free(targets);
    free(before);
    free(after);
    free(difference);
}

Test(preflight, columns_of_one_table_are_looked_at_together)
{
    struct target list[3];
    struct findings f;
    struct err e = {0};

    db_exec(db, "ALTER TABLE \"T able\" ADD big bigint, ADD EXCLUDE USING btree (\"i d\" WITH =),"
                "ADD EXCLUDE USING btree (n WITH =), ADD EXCLUDE USING btree (big WITH =)");
    connect_as(NULL);
    list[0] = resolve(THE_KEY);
    list[1] = resolve(T ".n");
    list[2] = resolve(T ".big");
    cr_assert(catalog_preflight(session, arena, &settings, &(struct target_list){3, list}, &f, &e), "%s",
              e.primary);
    cr_expect(eq(int, f.refusals, 2), "%s", listing(&f, true));
    cr_assert(catalog_preflight(session, arena, &settings, &(struct target_list){1, &list[2]}, &f, &e));
    cr_expect(eq(int, f.count, 0), "bigint: %s", listing(&f, false));
}

Test(preflight, allow_makes_a_warning_of_what_may_be_allowed)
{
    struct findings f;

    db_exec(db, "CREATE PUBLICATION p FOR TABLE \"T able\" WITH (publish = 'insert');"
                "ALTER TABLE \"T able\" ADD EXCLUDE USING btree (\"i d\" WITH =)");
    connect_as(NULL);
    settings.allow = "returns-setof,publication-no-column-list,exclusion-constraint";
    f = preflight(THE_KEY);
    cr_expect(not(find(&f, "publication-no-column-list", NULL)->refuses));
    cr_expect(find(&f, "exclusion-constraint", NULL)->refuses);
    cr_expect(eq(int, f.refusals, 1), "%s", listing(&f, true));
}

Test(preflight, publications_without_the_column_are_no_matter)
{
    struct findings f;

    if (server_version() < 150000)
        return;
    db_exec(db, "ALTER TABLE \"T able\" ADD PRIMARY KEY (n); CREATE PUBLICATION p FOR TABLE \"T able\" (n)");
    connect_as(NULL);
    f = preflight(THE_KEY);
    cr_expect(eq(int, f.refusals, 0), "%s", listing(&f, true));
}

/* Made again by their text; the owner of the table owns all of it. */
Test(preflight, texts_are_carried)
{
    struct findings f;

    db_exec(
        db,
        "SET ROLE preflight_owner; CREATE TABLE log (x int);"
        "CREATE FUNCTION tg() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';"
        "CREATE TRIGGER \"t r\" AFTER UPDATE OF \"i d\" ON \"T able\" FOR EACH ROW EXECUTE FUNCTION tg();"
        "CREATE TRIGGER w AFTER INSERT ON \"T able\" FOR EACH ROW WHEN (new.\"i d\" > 0) EXECUTE FUNCTION "
        "tg(); CREATE TRIGGER x AFTER DELETE ON \"T able\" FOR EACH ROW WHEN (old.* IS NOT NULL) EXECUTE "
        "FUNCTION tg();"
        "CREATE RULE r AS ON DELETE TO \"T able\" WHERE old.\"i d\" = 1 DO INSTEAD NOTHING;"
        "CREATE RULE r AS ON INSERT TO log DO ALSO DELETE FROM \"T able\" WHERE \"i d\" = new.x;"
        "CREATE POLICY p ON \"T able\" USING (\"i d\" > 0);"
        "CREATE POLICY p ON log USING (EXISTS (SELECT FROM \"T able\" WHERE \"i d\" = x));"
        "CREATE FUNCTION f(int) RETURNS int BEGIN ATOMIC SELECT \"i d\" FROM \"T able\" WHERE \"i d\" = $1; "
        "END; RESET ROLE");
    if (server_version() >= 150000)
        db_exec(db, "ALTER TABLE \"T able\" ADD PRIMARY KEY (\"i d\");"
                    "CREATE PUBLICATION \"p q\" FOR TABLE \"T able\" (\"i d\", n) WHERE (\"i d\" > 0);"
                    "ALTER PUBLICATION \"p q\" OWNER TO preflight_owner");
    if (server_version() >= 180000)
        db_exec(db, "ALTER TABLE \"T able\" ADD g int GENERATED ALWAYS AS (\"i d\" + 1) VIRTUAL");
    connect_as("preflight_owner");
    f = preflight(THE_KEY);
    cr_expect(eq(int, f.refusals, 0), "%s", listing(&f, true));
}

Test(preflight, triggers_that_the_backfill_does_not_fire_are_no_matter)
{
    struct findings f;

    db_exec(db, "CREATE FUNCTION tg() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';"
                "CREATE TRIGGER a BEFORE INSERT OR DELETE ON \"T able\" FOR EACH ROW EXECUTE FUNCTION tg();"
                "CREATE TRIGGER b AFTER UPDATE OF n ON \"T able\" FOR EACH ROW EXECUTE FUNCTION tg();"
                "CREATE TRIGGER c AFTER UPDATE ON \"T able\" FOR EACH ROW EXECUTE FUNCTION tg();"
                "ALTER TABLE \"T able\" DISABLE TRIGGER c;"
                "CREATE TRIGGER d AFTER UPDATE ON \"T able\" FOR EACH ROW EXECUTE FUNCTION tg();"
                "ALTER TABLE \"T able\" ENABLE REPLICA TRIGGER d");
    connect_as("preflight_owner");
    f = preflight(THE_KEY);
    cr_expect(eq(int, f.refusals, 0), "%s", listing(&f, true));
}

Test(preflight, the_privilege_to_set_the_replica_role_counts)
{
    struct findings f;

    if (server_version() < 150000)
        return;
    db_exec(
        db,
        "CREATE FUNCTION tg() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';"
        "CREATE TRIGGER a BEFORE UPDATE ON \"T able\" FOR EACH ROW EXECUTE FUNCTION tg();"
        "CREATE ROLE %1$s; GRANT preflight_owner TO %1$s; ALTER TABLE \"T able\" OWNER TO preflight_owner;"
        "GRANT SET ON PARAMETER session_replication_role TO %1$s",
        db_name(db));
    connect_as(db_name(db));
    f = preflight(THE_KEY);
    db_exec(db, "DROP OWNED BY %1$s; DROP ROLE %1$s", db_name(db));
    cr_expect(eq(int, f.refusals, 0), "%s", listing(&f, true));
}

/* Only texts that mention this very table, and lose by it. */
Test(preflight, functions_that_lose_nothing_are_no_matter)
{
    struct findings f;

    db_exec(
        db,
        "CREATE TABLE orders (id int, note text); SET check_function_bodies = off; CREATE TABLE \"order\" "
        "(id int);"
        "CREATE FUNCTION counts() RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT count(*) FROM "
        "orders); END';"
        "CREATE FUNCTION other(int) RETURNS int LANGUAGE sql AS 'SELECT id FROM public.orders';"
        "CREATE FUNCTION longer(int) RETURNS int LANGUAGE sql AS 'SELECT id FROM xorders, orders2 ORDER BY "
        "id';"
        "CREATE FUNCTION wide(bigint) RETURNS bigint LANGUAGE sql AS 'SELECT id FROM orders WHERE id = $1';"
        "CREATE FUNCTION one(bigint) RETURNS text LANGUAGE plpgsql AS 'DECLARE r orders; BEGIN "
        "SELECT * INTO r FROM orders WHERE id = $1; RETURN r.note; END'");
    connect_as(NULL);
    f = preflight(Q "orders.id");
    cr_expect(find(&f, "function-body", NULL) == NULL && find(&f, "select-star", NULL) == NULL, "%s",
              listing(&f, false));
    /* a keyword: only quoted is it a table */
    f = preflight(Q "\"order\".id");
    cr_expect(find(&f, "function-body", NULL) == NULL, "%s", listing(&f, false));
}

/* A table in the place of pg_stat_statements, which a server has to be started with. */
Test(preflight, statements_that_the_server_remembers_are_named)
{
    struct findings f;

    db_exec(
        db,
        "ALTER TABLE \"T able\" ALTER \"i d\" SET NOT NULL, ALTER \"i d\" ADD GENERATED ALWAYS AS IDENTITY;"
        "CREATE TABLE pg_stat_statements AS SELECT d.oid AS dbid, q AS query, 1000 - o AS calls"
        " FROM pg_database d, unnest(ARRAY["
        " 'INSERT INTO \"T able\" VALUES ($1, $2, $3)', 'insert  into \"S \"\"q\".\"T able\" (select 1)',"
        " 'COPY \"T able\" FROM STDIN', 'COPY \"T able\" TO STDOUT', 'SELECT lastval()',"
        " 'SELECT a.n, a.* FROM \"T able\" a', 'SELECT * FROM \"T able\" -- pgwiden',"
        " 'INSERT INTO \"T able\" (\"i d\") VALUES ($1)', 'INSERT INTO \"T able\" DEFAULT VALUES',"
        " 'INSERT INTO public.\"T able\" VALUES ($1)', 'SELECT count(*) FROM \"T able\"',"
        " 'SELECT * FROM \"T able 2\"', '<insufficient privilege>']) WITH ORDINALITY u(q, o)"
        " WHERE datname = current_database();"
        "INSERT INTO pg_stat_statements SELECT dbid, 'SELECT *, ' || i || ' FROM \"T able\"', i"
        " FROM pg_stat_statements, generate_series(1, 7) i WHERE calls = 999;"
        "INSERT INTO pg_extension VALUES (99999, 'pg_stat_statements', 10, '\"S \"\"q\"'::regnamespace, "
        "false, '1')");
    connect_as(NULL);
    f = preflight(THE_KEY);
    cr_expect(find(&f, "column-position", "statement INSERT INTO \"T able\" VALUES ($1, $2, $3)") &&
                  find(&f, "column-position", "statement insert into \"S \"\"q\".\"T able\" (select 1)") &&
                  find(&f, "column-position", "statement COPY \"T able\" FROM STDIN") &&
                  find(&f, "select-star", "statement COPY \"T able\" TO STDOUT") &&
                  find(&f, "select-star", "statement SELECT a.n, a.* FROM \"T able\" a") &&
                  find(&f, "select-star", "4 more statements") &&
                  find(&f, "identity-currval", "statement SELECT lastval()"),
              "%s", listing(&f, false));
    for (int i = 0; i < f.count; i++)
        expect_readable(&f.list[i]);
    cr_expect(eq(int, count_of(&f, "statement "), 9), "%s", listing(&f, false));
    db_exec(db, "DROP TABLE pg_stat_statements; CREATE VIEW pg_stat_statements AS SELECT 1 / 0 AS x");
    preflight(THE_KEY);
}

/* As prepare and verify leave it. */
Test(preflight, our_own_objects_are_not_reported)
{
    struct findings f;

    db_exec(db,
            "CREATE SCHEMA pgwiden; ALTER SCHEMA pgwiden OWNER TO preflight_owner;"
            "ALTER TABLE \"T able\" ADD pgwiden_new_1 bigint;"
            "CREATE FUNCTION pgwiden.copy_1() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';"
            "CREATE TRIGGER \"~pgwiden\" BEFORE INSERT OR UPDATE ON \"T able\" FOR EACH ROW"
            " WHEN (new.pgwiden_new_1 IS DISTINCT FROM new.\"i d\") EXECUTE FUNCTION pgwiden.copy_1();"
            "ALTER TABLE \"T able\" ENABLE ALWAYS TRIGGER \"~pgwiden\";"
            "ALTER TABLE \"T able\" ADD CONSTRAINT pgwiden_eq_1 CHECK (pgwiden_new_1 IS NOT DISTINCT FROM "
            "\"i d\");"
            "CREATE UNIQUE INDEX pgwiden_idx_1 ON \"T able\" (pgwiden_new_1);"
            "DO $$ BEGIN EXECUTE format('ALTER FUNCTION pgwiden.copy_1() RENAME TO copy_%%s', "
            "'\"T able\"'::regclass::oid); END $$");
    connect_as("preflight_owner");
    f = preflight(THE_KEY);
    cr_expect(eq(int, f.refusals, 0), "%s", listing(&f, true));
    cr_expect(zero(ptr, (void *)strstr(listing(&f, false), "pgwiden_new")));
}

Test(preflight, a_read_only_session_is_refused)
{
    struct findings f;

    db_exec(db, "ALTER DATABASE %s SET default_transaction_read_only = on", db_name(db));
    connect_as(NULL);
    f = preflight(THE_KEY);
    cr_expect(find(&f, "read-only-server", "session") != NULL, "%s", listing(&f, true));
    cr_expect(eq(str, (char *)f.list[0].code, "read-only-server"));
}

Test(preflight, a_logical_slot_is_told)
{
    struct findings f;

    if (!db_bool(db, "SELECT current_setting('wal_level') = 'logical'"))
        return;
    db_exec(db, "SELECT pg_create_logical_replication_slot('%s', 'pgoutput', true)", db_name(db));
    connect_as(NULL);
    f = preflight(THE_KEY);
    cr_expect(find(&f, "logical-slot", arena_printf(arena, "replication slot %s", db_name(db))) != NULL, "%s",
              listing(&f, false));
    /* Left to the end of its session it could still be active when the database is dropped. */
    db_exec(db, "SELECT pg_drop_replication_slot('%s')", db_name(db));
}

/* Nothing stronger than ACCESS SHARE on anything but the sequence, which is read as nextval() would. */
Test(preflight, only_weak_locks_are_taken)
{
    struct target t;
    struct findings f;
    struct table_facts facts;
    struct err e = {0};

    db_exec(db, "CREATE SEQUENCE s; ALTER TABLE \"T able\" ALTER \"i d\" SET DEFAULT nextval('s');"
                "INSERT INTO \"T able\" SELECT i FROM generate_series(1, 100) i");
    connect_as(NULL);
    cr_assert(session_script(session, arena, "BEGIN READ ONLY", NULL, &e));
    t = resolve(THE_KEY);
    cr_assert(catalog_preflight(session, arena, &settings, &(struct target_list){1, &t}, &f, &e), "%s",
              e.primary);
    cr_assert(catalog_table_facts(session, arena, &settings, &t, &facts, &e), "%s", e.primary);
    cr_expect(eq(i64,
                 db_int(db,
                        "SELECT count(*) FROM pg_locks l LEFT JOIN pg_class c ON c.oid = l.relation"
                        " WHERE l.pid = %d AND l.mode <> 'AccessShareLock' AND l.locktype = 'relation'"
                        " AND c.relkind <> 'S'",
                        session_pid(session)),
                 0));
    cr_assert(session_script(session, arena, "COMMIT", NULL, &e));
}
