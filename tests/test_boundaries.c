/*
 * The program is killed at every boundary: after each message that it applied, and with each message under
 * way. The same command then goes on to the end; abort goes back to the beginning. PGWIDEN_TEST_KILL_AFTER=N:
 * SIGKILL to itself when the N-th message is done; PGWIDEN_TEST_KILL_DURING=N: when it is sent.
 */
#include "twin.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <signal.h>
#include <stdlib.h>

#define SLICES 4
#define MOST   400

TestSuite(boundaries, .timeout = 900);

/* Small, but with a step of every kind. */
static const char setup[] =
    "CREATE TABLE parent (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, a text); "
    "INSERT INTO parent (a) SELECT 'x' FROM generate_series(1, 50); "
    "CREATE TABLE child (id serial, parent_id int NOT NULL, up smallint, CONSTRAINT child_key PRIMARY KEY "
    "(id), "
    "CONSTRAINT parents FOREIGN KEY (parent_id) REFERENCES parent ON DELETE CASCADE, "
    "CONSTRAINT limits CHECK (id > 0 AND parent_id > 0)); "
    "ALTER TABLE child ADD CONSTRAINT later CHECK (id > 0) NOT VALID; "
    "INSERT INTO child (parent_id, up) SELECT g % 50 + 1, nullif(g, 3) FROM generate_series(1, 300) AS g; "
    "CREATE UNIQUE INDEX child_identity ON child (id); ALTER TABLE child REPLICA IDENTITY USING INDEX "
    "child_identity; "
    "CREATE INDEX child_up ON child (up, parent_id) WHERE id > 3; CREATE STATISTICS child_s ON id, up FROM "
    "child; "
    "COMMENT ON COLUMN child.id IS 'key'; COMMENT ON CONSTRAINT limits ON child IS 'c'; COMMENT ON INDEX "
    "child_up IS 'i'; "
    "COMMENT ON STATISTICS child_s IS 's'; ALTER TABLE child ALTER id SET STATISTICS 7, ALTER up SET "
    "(n_distinct = 3); "
    "GRANT SELECT (id) ON child TO kitchen_reader; ALTER TABLE child CLUSTER ON child_key";
static const char targets[] = "child.id\nchild.parent_id\nchild.up\nparent.id";

/* One command with a hook: true when it was killed, false when it ended well by itself. */
static bool killed(const struct twin *t, const char *command)
{
    struct outcome o = program_run(t->db, "%s", command);
    bool was = o.status == 128 + SIGKILL;

    cr_assert(was || o.status == 0, "%s: exit status %d\n%s\n%s", command, o.status, o.out, o.err);
    outcome_free(&o);
    return was;
}

static void go_on(const struct twin *t, const char *label, const char *command)
{
    struct outcome o = program_run(t->db, "%s", command);

    cr_assert(o.status == 0, "%s, then %s: exit status %d\n%s\n%s", label, command, o.status, o.out, o.err);
    outcome_free(&o);
}

/*
 * How far it is to the next boundary that is tried. PGWIDEN_TEST_THIN: every third one only, which depends on
 * the version.
 */
static int stride(void)
{
    return getenv("PGWIDEN_TEST_THIN") == NULL ? SLICES : SLICES * 3;
}

static int offset(void)
{
    return getenv("PGWIDEN_TEST_THIN") == NULL ? 0 : server_version() / 10000 % 3 * SLICES;
}

/* Every SLICES-th boundary from first on, until a run is not killed any more. Returns the last one. */
static int each_boundary(const char *hook, int first, const char *options,
                         void (*check)(struct twin *t, const char *label))
{
    int n = first + offset();
    struct twin original;
    bool more = true;

    twin_make(&original, hook, setup, targets);
    /* what abort must lead back to; the other schema is widened by then */
    db_exec(original.db, "%s", original.native);
    original.widened = true;
    db_exec(original.db, "CREATE TABLE oracle.before AS SELECT fact FROM oracle.snapshot() AS fact");
    for (; more && n < MOST; n += stride()) {
        char *label = text_format("%s=%d", hook, n), *command;
        struct twin t;

        twin_copy(&t, &original, label);
        command = text_format("PGWIDEN_TEST_%s pgwiden run%s --yes %s", label, t.targets, options);
        more = killed(&t, command);
        check(&t, label);
        twin_drop(&t);
        free(command);
        free(label);
    }
    twin_drop(&original);
    cr_assert(n < MOST, "%s: a run is still killed at %d", hook, n);
    return n - stride();
}

static void check_run(struct twin *t, const char *label)
{
    char *command = text_format("pgwiden run%s --yes --cleanup", t->targets);

    go_on(t, label, command);
    twin_compare(t);
    free(command);
}

static void check_unchanged(struct twin *t, const char *label)
{
    char *text = db_text(t->db, "SELECT line FROM ("
                                "(SELECT 'gone: ' || fact FROM oracle.before EXCEPT ALL "
                                "SELECT 'gone: ' || fact FROM oracle.snapshot() AS fact) UNION ALL "
                                "(SELECT 'new: ' || fact FROM oracle.snapshot() AS fact EXCEPT ALL "
                                "SELECT 'new: ' || fact FROM oracle.before)) AS d (line)");

    cr_expect(*text == '\0', "%s, then abort: the catalogs changed\n%s", label, text);
    free(text);
}

static void check_abort(struct twin *t, const char *label)
{
    char *command = text_format("pgwiden abort%s", t->targets);
    char *forget = text_format("pgwiden abort%s --forget", t->targets);

    go_on(t, label, command);
    check_unchanged(t, label);
    twin_leftovers(t);
    go_on(t, label, forget);
    check_unchanged(t, label);
    cr_expect(!state_exists(t->db), "%s, then abort --forget: schema pgwiden is still there", label);
    free(command);
    free(forget);
}

static const int slices[SLICES] = {1, 2, 3, 4};

ParameterizedTestParameters(boundaries, killed_after_a_message)
{
    return cr_make_param_array(int, (void *)slices, SLICES);
}

ParameterizedTest(int *slice, boundaries, killed_after_a_message)
{
    int count = each_boundary("KILL_AFTER", *slice, "--cleanup", check_run);

    cr_assert(count > 20, "only %d boundaries: does PGWIDEN_TEST_KILL_AFTER work?", count);
}

ParameterizedTestParameters(boundaries, killed_during_a_message)
{
    return cr_make_param_array(int, (void *)slices, SLICES);
}

ParameterizedTest(int *slice, boundaries, killed_during_a_message)
{
    int count = each_boundary("KILL_DURING", *slice, "--cleanup", check_run);

    cr_assert(count > 20, "only %d boundaries: does PGWIDEN_TEST_KILL_DURING work?", count);
}

ParameterizedTestParameters(boundaries, abort_before_the_swap)
{
    return cr_make_param_array(int, (void *)slices, SLICES);
}

ParameterizedTest(int *slice, boundaries, abort_before_the_swap)
{
    int count = each_boundary("KILL_AFTER", *slice, "--until verify", check_abort);

    cr_assert(count > 15, "only %d boundaries: does PGWIDEN_TEST_KILL_AFTER work?", count);
}

/* Dying again and again, a little further each time. */
Test(boundaries, killed_many_times)
{
    struct twin t;
    int starts = 0;
    bool more = true;

    twin_make(&t, "killed many times", setup, targets);
    for (int n = 5; more && starts < 60; starts++, n += starts % 4) {
        char *command = text_format(
            "PGWIDEN_TEST_KILL_AFTER=%d pgwiden run%s --yes --cleanup --chunk-size 20", n, t.targets);

        more = killed(&t, command);
        free(command);
    }
    cr_assert(!more, "not done after %d starts", starts);
    twin_compare(&t);
    twin_drop(&t);
}
