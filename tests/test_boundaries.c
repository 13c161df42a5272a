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

/* What is converted, and how far it is from one boundary that is tried to the next one. */
struct scene {
    const char *setup, *targets;
    int stride;
};

/* One table, small, but with a step of every kind. */
static const char setup[] =
    "CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY, number serial, up int, parent int NOT NULL DEFAULT "
    "1, "
    "CONSTRAINT t_key PRIMARY KEY (id), CONSTRAINT ups FOREIGN KEY (up) REFERENCES t ON DELETE SET NULL, "
    "CONSTRAINT limits CHECK (id > 0 AND number > 0)); "
    "INSERT INTO t (up) SELECT nullif(g - 1, 0) FROM generate_series(1, 300) AS g; "
    "CREATE TABLE child (id int REFERENCES t ON DELETE CASCADE); INSERT INTO child SELECT id FROM t; "
    "ALTER TABLE t ADD CONSTRAINT later CHECK (id > 0) NOT VALID; "
    "CREATE UNIQUE INDEX t_identity ON t (number); ALTER TABLE t REPLICA IDENTITY USING INDEX t_identity; "
    "CREATE INDEX t_up ON t (up, id) WHERE id > 3; CREATE STATISTICS t_s ON id, up FROM t; "
    "COMMENT ON COLUMN t.id IS 'key'; COMMENT ON CONSTRAINT limits ON t IS 'c'; COMMENT ON INDEX t_up IS "
    "'i'; "
    "COMMENT ON STATISTICS t_s IS 's'; ALTER TABLE t ALTER id SET STATISTICS 7, ALTER up SET (n_distinct = "
    "3); "
    "GRANT SELECT (id) ON t TO kitchen_reader; ALTER TABLE t CLUSTER ON t_key";
static const struct scene table = {setup, "t.id\nt.number\nt.up", SLICES};

/* Leaves on two levels, with columns of other numbers, a key, indexes, a serial and CHECKs. */
static const char tree_setup[] =
    "CREATE TABLE t (id serial, k int NOT NULL, up int, CONSTRAINT t_key PRIMARY KEY (k, id),"
    " CONSTRAINT limits CHECK (id > 0)) PARTITION BY LIST (k); "
    "CREATE TABLE t1 PARTITION OF t FOR VALUES IN (1); "
    "CREATE TABLE t2 (gone int, up int, k int NOT NULL, id int NOT NULL, CONSTRAINT limits CHECK (id > 0)); "
    "ALTER TABLE t2 DROP gone; ALTER TABLE t ATTACH PARTITION t2 FOR VALUES IN (2); "
    "CREATE TABLE t3 PARTITION OF t FOR VALUES IN (3, 4) PARTITION BY LIST (k); "
    "CREATE TABLE t3a PARTITION OF t3 FOR VALUES IN (3); "
    "CREATE INDEX t_up ON t (up, id) WHERE id > 3; CREATE INDEX t1_id ON t1 (id); "
    "INSERT INTO t (k, up) SELECT g % 3 + 1, g FROM generate_series(1, 300) AS g; "
    "COMMENT ON COLUMN t.id IS 'key'; COMMENT ON INDEX t_up IS 'i'; GRANT SELECT (id) ON t TO kitchen_reader";
static const struct scene tree = {tree_setup, "t.id\nt.up", 11};

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

/* Boundaries from first on, until a run is not killed any more. Returns the last one. */
static int each_boundary(const struct scene *scene, const char *hook, int first, const char *options,
                         void (*check)(struct twin *t, const char *label))
{
    int n = boundary_first(first, scene->stride);
    struct twin original;
    bool more = true;

    twin_make(&original, hook, scene->setup, scene->targets);
    /* what abort must lead back to; the other schema is widened by then */
    db_exec(original.db, "%s", original.native);
    original.widened = true;
    twin_remember(&original);
    for (; more && n < MOST; n += boundary_stride(scene->stride)) {
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
    return n - boundary_stride(scene->stride);
}

static void check_run(struct twin *t, const char *label)
{
    char *command = text_format("pgwiden run%s --yes --cleanup", t->targets);

    go_on(t, label, command);
    twin_compare(t);
    free(command);
}

static void check_abort(struct twin *t, const char *label)
{
    char *command = text_format("pgwiden abort%s", t->targets);
    char *forget = text_format("pgwiden abort%s --forget", t->targets);

    go_on(t, label, command);
    twin_unchanged(t);
    twin_leftovers(t);
    go_on(t, label, forget);
    twin_unchanged(t);
    cr_expect(!state_exists(t->db), "%s, then abort --forget: schema pgwiden is still there", label);
    free(command);
    free(forget);
}

static const int slices[SLICES] = {1, 2, 3, 4};

static struct criterion_test_params tried_slices(void)
{
    return cr_make_param_array(int, (void *)slices, (size_t)boundary_slices(SLICES));
}

ParameterizedTestParameters(boundaries, killed_after_a_message)
{
    return tried_slices();
}

ParameterizedTest(int *slice, boundaries, killed_after_a_message)
{
    int count = each_boundary(&table, "KILL_AFTER", *slice, "--cleanup", check_run);

    cr_assert(count > 12, "only %d boundaries: does PGWIDEN_TEST_KILL_AFTER work?", count);
}

ParameterizedTestParameters(boundaries, killed_during_a_message)
{
    return tried_slices();
}

ParameterizedTest(int *slice, boundaries, killed_during_a_message)
{
    int count = each_boundary(&table, "KILL_DURING", *slice, "--cleanup", check_run);

    cr_assert(count > 12, "only %d boundaries: does PGWIDEN_TEST_KILL_DURING work?", count);
}

ParameterizedTestParameters(boundaries, abort_before_the_swap)
{
    return tried_slices();
}

ParameterizedTest(int *slice, boundaries, abort_before_the_swap)
{
    int count = each_boundary(&table, "KILL_AFTER", *slice, "--until verify", check_abort);

    cr_assert(count > 10, "only %d boundaries: does PGWIDEN_TEST_KILL_AFTER work?", count);
}

Test(boundaries, killed_after_a_message_on_a_tree)
{
    int count = each_boundary(&tree, "KILL_AFTER", 3, "--cleanup", check_run);

    cr_assert(count > 20, "only %d boundaries: does PGWIDEN_TEST_KILL_AFTER work?", count);
}

Test(boundaries, killed_during_a_message_on_a_tree)
{
    int count = each_boundary(&tree, "KILL_DURING", 7, "--cleanup", check_run);

    cr_assert(count > 20, "only %d boundaries: does PGWIDEN_TEST_KILL_DURING work?", count);
}

Test(boundaries, abort_before_the_swap_of_a_tree)
{
    int count = each_boundary(&tree, "KILL_AFTER", 5, "--until verify", check_abort);

    cr_assert(count > 20, "only %d boundaries: does PGWIDEN_TEST_KILL_AFTER work?", count);
}

/* Dying again and again, a little further each time. */
Test(boundaries, killed_many_times)
{
    struct twin t;
    int starts = 0;
    bool more = true;

    twin_make(&t, "killed many times", setup, "t.up\nt.id\nchild.id\nt.number");
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
