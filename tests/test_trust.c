/* Schema pgwiden of another role, read by a superuser: the owner's code must not run with his rights. */
#include "control_fixture.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

TestSuite(trust, .timeout = 240);

/* A conversion that an ordinary role began. Its evil() makes it a superuser if a superuser calls it. */
static struct db *make(char **role)
{
    struct db *db = control_make();

    *role = text_format("%s_owner", db_name(db));
    db_exec(db,
            "CREATE ROLE %2$s LOGIN; GRANT CREATE, TEMPORARY ON DATABASE %1$s TO %2$s;"
            "GRANT ALL ON SCHEMA public TO %2$s; ALTER TABLE t OWNER TO %2$s; SET ROLE %2$s;"
            "CREATE FUNCTION evil() RETURNS bool LANGUAGE plpgsql AS $$ BEGIN"
            " IF (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN"
            "  ALTER ROLE %2$s SUPERUSER;"
            " END IF; RETURN true; END $$;"
            "CREATE FUNCTION calm(int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT $1';"
            "CREATE FUNCTION fire() RETURNS trigger LANGUAGE plpgsql AS"
            " 'BEGIN PERFORM public.evil(); RETURN NEW; END';"
            "RESET ROLE",
            db_name(db), *role);
    return db;
}

static void drop(struct db *db, char *role)
{
    db_exec(db, "DROP OWNED BY %s CASCADE; DROP ROLE %s", role, role);
    free(role);
    db_drop(db);
}

static bool is_superuser(struct db *db, const char *role)
{
    return db_bool(db, "SELECT rolsuper FROM pg_roles WHERE rolname = '%s'", role);
}

/* Of a copy of the database, changed by its owner. */
static void expect_refused(struct db *original, const char *role, const char *sql, const char *said)
{
    struct db *db = db_copy(original);

    db_exec(db, "SET ROLE %s; SET search_path = pgwiden; %s; RESET ROLE; RESET search_path", role, sql);
    control_expect(db, 3, said, "pgwiden status");
    cr_expect(!is_superuser(db, role), "%s", sql);
    db_drop(db);
}

#define RENAMED                                                                                              \
    "ALTER TABLE conversion RENAME TO c0; CREATE VIEW conversion AS SELECT * FROM c0 WHERE public.evil(); "  \
    "GRANT SELECT ON conversion TO PUBLIC"
#define A_VIEW "CREATE OR REPLACE VIEW whole AS SELECT 1 AS conversion, 1::oid AS root, "

Test(trust, views_that_pgwiden_does_not_make_are_refused)
{
    char *role;
    struct db *db = make(&role);

    program_expect(db, 0, "PGUSER=%s pgwiden run t.id --until prepare", role);
    expect_refused(db, role, RENAMED, "table pgwiden.c0, view pgwiden.conversion");
    expect_refused(db, role, A_VIEW "'t' COLLATE \"C\" AS tab, 't' COLLATE \"C\" AS also WHERE public.evil()",
                   "rule _RETURN on view pgwiden.whole, which uses function public.evil()");
    expect_refused(db, role,
                   A_VIEW "query_to_xml('SELECT public.evil()', true, true, '')::text COLLATE \"C\" AS tab, "
                          "'t' COLLATE \"C\" AS also",
                   "rule _RETURN on view pgwiden.whole, which uses function query_to_xml(");
    expect_refused(db, role,
                   A_VIEW "p::text COLLATE \"C\" AS tab, 't' COLLATE \"C\" AS also FROM public.t AS p",
                   "rule _RETURN on view pgwiden.whole, which uses ");
    drop(db, role);
}

Test(trust, what_hangs_on_the_tables_is_refused)
{
    char *role;
    struct db *db = make(&role);

    program_expect(db, 0, "PGUSER=%s pgwiden run t.id --until prepare", role);
    expect_refused(
        db, role,
        "CREATE TRIGGER x BEFORE INSERT OR UPDATE ON control FOR EACH ROW EXECUTE FUNCTION public.fire()",
        "trigger x on table pgwiden.control");
    expect_refused(db, role, "CREATE RULE x AS ON INSERT TO tuning DO ALSO SELECT public.evil()",
                   "rule x on table pgwiden.tuning");
    expect_refused(db, role, "CREATE POLICY x ON control USING (public.evil())",
                   "policy x on table pgwiden.control");
    expect_refused(
        db, role, "ALTER TABLE control ALTER stop_by SET DEFAULT public.evil()::text",
        "default value for column stop_by of table pgwiden.control, which uses function public.evil()");
    expect_refused(
        db, role,
        "ALTER TABLE control ADD CONSTRAINT x CHECK (query_to_xml('SELECT 1', true, true, '') IS NOT NULL)",
        "constraint x on table pgwiden.control, which uses function query_to_xml(");
    expect_refused(db, role, "CREATE INDEX x ON control (public.calm(conversion))",
                   "index pgwiden.x, which uses function public.calm(integer)");
    expect_refused(db, role,
                   "CREATE DOMAIN public.d AS text CHECK (public.evil()); ALTER TABLE control ALTER swap_by "
                   "TYPE public.d",
                   "table pgwiden.control, which uses type public.d");
    expect_refused(db, role, "CREATE TABLE public.x (c int REFERENCES conversion ON DELETE CASCADE)",
                   "constraint x_c_fkey on table public.x");
    expect_refused(db, role, "CREATE TABLE public.x () INHERITS (conversion)",
                   "table public.x, which inherits from pgwiden.conversion");
    drop(db, role);
}

Test(trust, functions_types_and_operators_are_refused)
{
    char *role;
    struct db *db = make(&role);

    program_expect(db, 0, "PGUSER=%s pgwiden run t.id --until prepare", role);
    expect_refused(db, role, "CREATE TYPE x AS ENUM ()", "type pgwiden.x");
    expect_refused(
        db, role,
        "CREATE FUNCTION format(text, name) RETURNS text LANGUAGE sql AS 'SELECT public.evil()::text'",
        "function pgwiden.format(text,name)");
    expect_refused(
        db, role,
        "CREATE FUNCTION public.eq(name, text) RETURNS bool LANGUAGE sql AS 'SELECT public.evil()'; CREATE "
        "OPERATOR = (LEFTARG = name, RIGHTARG = text, FUNCTION = public.eq)",
        "operator pgwiden.=(name,text)");
    expect_refused(db, role,
                   "CREATE OR REPLACE FUNCTION assert_go(c int) RETURNS void LANGUAGE plpgsql SET "
                   "search_path = pg_catalog, pgwiden AS 'BEGIN PERFORM public.evil(); END'",
                   "function pgwiden.assert_go(integer), which is not as this release makes it");
    expect_refused(db, role, "ALTER FUNCTION fingerprint(oid) SET search_path = public",
                   "function pgwiden.fingerprint(oid), which is not as this release makes it");
    drop(db, role);
}

Test(trust, no_command_of_a_superuser_runs_it)
{
    static const char *const commands[] = {"status",
                                           "status --check t",
                                           "plan t",
                                           "set t.id jobs=2",
                                           "set",
                                           "pause",
                                           "run t --yes",
                                           "run 'public.*' --yes",
                                           "run t --dry-run",
                                           "abort t",
                                           "cleanup t --forget"};
    char *role;
    struct db *db = make(&role);

    program_expect(db, 0, "PGUSER=%s pgwiden run t.id --until verify", role);
    db_exec(db, "SET ROLE %s; SET search_path = pgwiden; %s; RESET ROLE; RESET search_path", role, RENAMED);
    /* what a session notes when it has looked, set by who owns the database */
    db_exec(db, "DO $$ BEGIN EXECUTE format('ALTER DATABASE %%I SET pgwiden.inspected = %%L', "
                "current_database(), 'pgwiden'::regnamespace::oid); END $$");
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        control_expect(db, 3, "holds what pgwiden does not make", "pgwiden %s", commands[i]);
        /* a function may RESET ROLE */
        control_expect(db, 3, "holds what pgwiden does not make", "pgwiden --role %s %s", role, commands[i]);
    }
    cr_expect(!is_superuser(db, role));
    /* not even of our own schema is a view taken for the table */
    control_expect(db, 1, "is not ours", "PGUSER=%s pgwiden run t --yes", role);
    drop(db, role);
}

/* A copy is what the user's table is; what it bears runs for nobody who does not name it. */
Test(trust, a_rehearsals_copy_is_no_stranger)
{
    char *role;
    struct db *db = make(&role);

    program_expect(db, 0, "PGUSER=%s pgwiden run t.id --until prepare", role);
    db_exec(db,
            "SET ROLE %s; CREATE TABLE pgwiden.sample_1_1 (a int CHECK (public.evil()), b int); "
            "CREATE INDEX ON pgwiden.sample_1_1 (public.calm(a)); "
            "CREATE STATISTICS pgwiden.sample_1_1_stat ON a, b FROM pgwiden.sample_1_1; RESET ROLE",
            role);
    control_expect(db, 0, "public.t.id", "pgwiden status");
    cr_expect(!is_superuser(db, role));
    drop(db, role);
}

Test(trust, what_an_owner_began_others_go_on_with)
{
    char *role, *member;
    struct db *db = make(&role);

    member = text_format("%s_member", db_name(db));
    db_exec(db, "CREATE ROLE %s LOGIN; GRANT %s TO %s; CREATE TABLE mine (id int PRIMARY KEY)", member, role,
            member);
    program_expect(db, 0, "PGUSER=%s pgwiden run t.id --until prepare", role);
    control_expect(db, 0, "public.t.id", "pgwiden status");
    control_expect(db, 1, "", "pgwiden status --check t.id");
    program_expect(db, 0, "pgwiden plan mine");
    control_expect(db, 0, "is paused", "pgwiden pause t");
    control_expect(db, 0, "is not paused any more", "PGUSER=%s pgwiden resume t", member);
    program_expect(db, 0, "pgwiden set t.id jobs=2");
    program_expect(db, 0, "pgwiden run mine --until verify");
    program_expect(db, 0, "PGUSER=%s pgwiden --role %s run t.id --until verify", member, role);
    program_expect(db, 0, "pgwiden run 'public.*' --until verify");
    program_expect(db, 0, "pgwiden swap t.id mine.id --yes");
    control_check_done(db);
    program_expect(db, 0, "pgwiden cleanup mine --forget");
    program_expect(db, 0, "PGUSER=%s pgwiden status", role);
    program_expect(db, 0, "pgwiden cleanup t --forget");
    cr_expect(!state_exists(db));
    program_expect(db, 0, "PGUSER=%s pgwiden run t.n --until verify", member);
    program_expect(db, 0, "pgwiden abort t.n --forget");
    cr_expect(!state_exists(db));
    db_exec(db, "DROP OWNED BY %s; DROP ROLE %s", member, member);
    free(member);
    drop(db, role);
}

/* The owner of a database says where its sessions look names up first, before they say so themselves. */
Test(trust, a_search_path_of_the_databases_owner_is_not_used)
{
    char *role;
    struct db *db = make(&role);

    db_exec(db,
            "SET ROLE %1$s; CREATE SCHEMA first; CREATE DOMAIN first.text AS pg_catalog.text CHECK "
            "(public.evil());"
            "CREATE DOMAIN first.int AS pg_catalog.int4 CHECK (public.evil()); RESET ROLE;"
            "DO $$ BEGIN EXECUTE format('ALTER DATABASE %%I SET search_path = first, pg_catalog, public', "
            "current_database()); END $$",
            role);
    control_expect(db, 0, "public.t.id", "pgwiden plan t.id");
    cr_expect(!is_superuser(db, role));
    control_expect(db, 0, "no conversions", "pgwiden status");
    cr_expect(!is_superuser(db, role));
    drop(db, role);
}
