/*
 * What is refused, as a user meets it: exit status 3, the object and a way out are named, nothing is changed.
 */
#include "facts/catalog.h"
#include "preflight_cases.h"
#include "preflight_fixture.h"
#include "support.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define THE_KEY "\"S \"\"q\".\"T able\".\"i d\""

static struct db *db;

static void set_up(void)
{
    db = db_create();
    preflight_roles(db);
    preflight_table(db);
}

static void tear_down(void)
{
    db_drop(db);
}

TestSuite(refusals, .init = set_up, .fini = tear_down, .timeout = 240);

/* The error about the object, with a DETAIL and a HINT of its own. */
static void expect_told(const struct preflight_case *c, const char *text)
{
    char *error = text_format("because of %s [%s]\n", c->object, c->code);
    const char *told = strstr(text, error), *end;

    cr_expect(told != NULL, "%s: not told about %s\n%s", c->code, c->object, text);
    free(error);
    if (told == NULL)
        return;
    end = strstr(told, "pgwiden: ");
    cr_expect(strstr(told, "DETAIL:  ") != NULL && strstr(told, "DETAIL:  ") < end, "%s: no reason\n%s",
              c->code, text);
    cr_expect(strstr(told, "HINT:    ") != NULL && strstr(told, "HINT:    ") < end, "%s: no way out\n%s",
              c->code, text);
}

static void expect_refused(const struct preflight_case *c)
{
    char *before, *after, *difference;
    struct outcome o;

    db_exec(db, "%s", c->setup);
    before = catalog_snapshot(db);
    o = program_run(db, "pgwiden run '%s' --yes%s%s", c->target ? c->target : THE_KEY,
                    c->role ? " --role " : "", c->role ? c->role : "");
    cr_expect(o.status == 3, "%s on %s: exit status %d\n%s", c->code, c->object, o.status, o.err);
    expect_told(c, o.err);
    outcome_free(&o);
    after = catalog_snapshot(db);
    difference = text_diff(before, after);
    cr_expect(*difference == '\0', "%s on %s has changed\n%s", c->code, c->object, difference);
    free(before);
    free(after);
    free(difference);
}

Test(refusals, each_exits_3_names_the_object_and_changes_nothing)
{
    int refused = 0;

    for (int i = 0; i < preflight_case_count; i++) {
        const struct preflight_case *c = &preflight_cases[i];

        if (server_version() < c->from * 10000 || check_by_code(c->code)->warning)
            continue;
        expect_refused(c);
        preflight_clear(db);
        preflight_table(db);
        refused++;
    }
    cr_expect(refused >= 20, "%d refusals only", refused);
}
