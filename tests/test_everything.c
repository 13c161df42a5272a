/*
 * A schema in which everything that is carried hangs on the columns at once, beside one that was made with
 * bigint from the start (fixtures/everything.sql).
 */
#include "support.h"
#include "twin.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#define TARGETS "\"Ereignis\".id\n\"Ereignis\".\"Konto\"\n\"Konto\".id\n\"Konto\".parent\n\"no key\".id"

TestSuite(everything, .timeout = 300);

static void make(struct twin *t)
{
    char *setup = file_read(SOURCE_DIR "/tests/fixtures/everything.sql");

    twin_make_born_wide(t, "everything", setup, TARGETS);
    free(setup);
}

/* Every query of the plan finds nothing left to do: the conversion is closed, the columns are bigint. */
static void check_plan_is_empty(struct twin *t)
{
    struct outcome o = program_run(t->db, "pgwiden plan%s --json", t->targets);

    cr_expect(o.status == 0, "plan afterwards: exit status %d\n%s", o.status, o.err);
    cr_expect(strstr(o.out, "\"statement\"") == NULL, "there is something left to do:\n%s", o.out);
    outcome_free(&o);
}

Test(everything, in_one_run)
{
    struct twin t;
    struct outcome o;

    make(&t);
    o = program_run(t.db, "pgwiden run%s --yes --cleanup --allow long-swap,returns-setof", t.targets);
    cr_assert(o.status == 0, "exit status %d\n%s\n%s", o.status, o.out, o.err);
    outcome_free(&o);
    twin_compare(&t);
    check_plan_is_empty(&t);
    twin_drop(&t);
}

/* Each phase by itself, twice; before the swap all of it can be undone. */
Test(everything, phase_by_phase_and_undone)
{
    static const char *const phases[] = {"prepare", "backfill", "index", "verify"};
    char *before, *after, *difference;
    struct twin t;

    make(&t);
    before = catalog_snapshot(t.db);
    for (int i = 0; i < 4; i++)
        program_expect(t.db, 0, "pgwiden %s%s --allow long-swap,returns-setof", phases[i], t.targets);
    program_expect(t.db, 0, "pgwiden abort%s --forget", t.targets);
    after = catalog_snapshot(t.db);
    difference = text_diff(before, after);
    cr_expect(*difference == '\0', "abort left\n%s", difference);
    for (int i = 0; i < 4; i++) {
        program_expect(t.db, 0, "pgwiden %s%s --allow long-swap,returns-setof", phases[i], t.targets);
        program_expect(t.db, 0, "pgwiden %s%s --allow long-swap,returns-setof", phases[i], t.targets);
    }
    program_expect(t.db, 0, "pgwiden swap%s --yes --allow long-swap,returns-setof", t.targets);
    program_expect(t.db, 0, "pgwiden cleanup%s", t.targets);
    twin_compare(&t);
    check_plan_is_empty(&t);
    free(before);
    free(after);
    free(difference);
    twin_drop(&t);
}
