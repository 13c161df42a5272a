/* Widened by pgwiden or by native ALTER TABLE: the catalogs and the data are the same. */
#include "cases.h"
#include "twin.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

TestSuite(differential, .timeout = 300);

/* A column that is bigint already is told, and nothing is changed. */
static void check_second_run(struct twin *t)
{
    char *before = catalog_snapshot(t->db), *after, *diff;
    struct outcome o = program_run(t->db, "pgwiden run%s --yes --cleanup", t->targets);

    cr_expect(o.status == 0, "%s: second run: exit status %d\n%s\n%s", t->label, o.status, o.out, o.err);
    cr_expect(strstr(o.out, "bigint") != NULL || strstr(o.err, "bigint") != NULL,
              "%s: the second run does not say that it is bigint\n%s\n%s", t->label, o.out, o.err);
    after = catalog_snapshot(t->db);
    diff = text_diff(before, after);
    cr_expect(*diff == '\0', "%s: the second run changed\n%s", t->label, diff);
    outcome_free(&o);
    free(before);
    free(after);
    free(diff);
}

static struct outcome run_kitchen(struct twin *t, const char *options)
{
    struct program p;
    char *command = text_format("pgwiden run%s --yes %s", t->targets, options);
    struct outcome o;

    program_start_v(&p, t->db, command);
    free(command);
    o = program_await(&p, 240);
    cr_assert(o.status == 0, "run: exit status %d\n%s\n%s", o.status, o.out, o.err);
    return o;
}

Test(differential, kitchen_sink)
{
    struct twin t;
    struct outcome o;

    twin_make_kitchen(&t);
    o = run_kitchen(&t, "--cleanup");
    outcome_free(&o);
    twin_compare(&t);
    check_second_run(&t);
    program_expect(t.db, 0, "pgwiden status --check%s", t.targets);
    twin_drop(&t);
}

/* Each phase by its own command; the swap leaves every heap and index file where it is. */
Test(differential, kitchen_sink_phase_by_phase)
{
    static const char *const phases[] = {"prepare", "backfill", "index", "verify"};
    struct twin t;
    char *rewritten;

    twin_make_kitchen(&t);
    for (int i = 0; i < 4; i++) {
        program_expect(t.db, 0, "pgwiden %s%s", phases[i], t.targets);
        program_expect(t.db, 0, "pgwiden %s%s", phases[i], t.targets); /* done already */
    }
    program_expect(t.db, 1, "pgwiden status --check%s", t.targets);
    db_exec(t.db,
            "CREATE TABLE public.before AS SELECT oid, pg_relation_filenode(oid) AS filenode FROM pg_class "
            "WHERE relkind IN ('r', 'i')");
    program_expect(t.db, 0, "pgwiden swap%s --yes", t.targets);
    rewritten = db_text(t.db,
                        "SELECT b.oid::regclass FROM public.before AS b JOIN pg_class AS c ON c.oid = b.oid "
                        "WHERE relnamespace = to_regnamespace(quote_ident('%s')) "
                        "AND pg_relation_filenode(c.oid) <> b.filenode",
                        TWIN_OURS);
    cr_expect(*rewritten == '\0', "the swap rewrote %s", rewritten);
    db_exec(t.db, "DROP TABLE public.before");
    program_expect(t.db, 0, "pgwiden status --check%s", t.targets);
    program_expect(t.db, 0, "pgwiden cleanup%s", t.targets);
    program_expect(t.db, 0, "pgwiden cleanup%s", t.targets);
    twin_compare(&t);
    free(rewritten);
    twin_drop(&t);
}

static void check_case(const struct twin_cases *cases, int number)
{
    const struct twin_case *c = &cases->list[number];
    struct twin t;
    struct outcome o;

    if (server_version() < c->since)
        return;
    (cases->born_wide ? twin_make_born_wide : twin_make)(&t, c->name, c->setup, c->targets);
    /* the budget of a tree's swap follows the prediction then: the machine may do other things */
    o = program_run(t.db, "pgwiden run%s --yes --cleanup --allow long-swap", t.targets);
    cr_assert(o.status == 0, "%s: exit status %d\n%s\n%s", c->name, o.status, o.out, o.err);
    outcome_free(&o);
    twin_compare(&t);
    if (!tests_are_thin() || number % 5 == 0)
        check_second_run(&t);
    twin_drop(&t);
}

/* A test for each case of a list. */
#define KINDS(kinds, cases)                                                                                  \
    ParameterizedTestParameters(differential, kinds)                                                         \
    {                                                                                                        \
        static int numbers[200];                                                                             \
                                                                                                             \
        for (int i = 0; i < (cases).count; i++)                                                              \
            numbers[i] = i;                                                                                  \
        return cr_make_param_array(int, numbers, (size_t)(cases).count);                                     \
    }                                                                                                        \
    ParameterizedTest(int *number, differential, kinds, .timeout = 120)                                      \
    {                                                                                                        \
        check_case(&(cases), *number);                                                                       \
    }

KINDS(kinds, column_cases)
KINDS(views, view_cases)
KINDS(texts, text_cases)
KINDS(matviews, matview_cases)
KINDS(partitions, partition_cases)
