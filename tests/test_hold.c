/* A swap that is held, or waits for its window: by whom it goes, what is kept fresh, how it ends. */
#include "base/settings.h"
#include "control_fixture.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

TestSuite(hold, .timeout = 300);

static int count(const char *text, const char *what)
{
    int n = 0;

    for (const char *p = text; (p = strstr(p, what)) != NULL; p++)
        n++;
    return n;
}

Test(hold, goes_when_it_is_told_to)
{
    struct db *db = control_make();
    struct program p;
    struct outcome o;

    program_start(&p, db, "pgwiden run t.id --hold-swap --json"); /* without --yes: go counts as that */
    control_await_held(db);
    control_expect(db, 0, "READY, held", "pgwiden status");
    control_expect(db, 0, "next:  pgwiden set public.t.id swap=go", "pgwiden status");
    control_expect(db, 0, "waits for swap=go", "pgwiden status");
    control_expect(db, 0, "\"state\":\"ready\"", "pgwiden status --json");
    control_expect(db, 0, "\"held\":true", "pgwiden status --json");
    control_expect(db, 0, "\"swap\":\"hold\"", "pgwiden set --json");
    control_expect(db, 0, "swap=go", "pgwiden set t.id swap=go");
    o = program_await(&p, 60);
    cr_expect(o.status == 0, "%s\n%s", o.out, o.err);
    cr_expect(count(o.out, "\"event\":\"ready\"") == 1, "%s", o.out);
    outcome_free(&o);
    control_check_done(db);
    cr_expect(
        db_int(db,
               "SELECT count(*) FROM pgwiden.conversion WHERE ready_since IS NULL AND waits_for IS NULL") ==
        1);
    control_expect(db, 3, "has been swapped already", "pgwiden set t.id swap=hold");
    db_exec(db, "CREATE TABLE other (id serial PRIMARY KEY)");
    program_expect(db, 0, "pgwiden run other.id --until verify");
    control_expect(db, 0, "other.id: swap=go", "pgwiden set swap=go"); /* of all: who waits for it */
    db_drop(db);
}

Test(hold, keeps_the_proof_fresh)
{
    struct db *db = control_make();
    struct program p;

    program_start(&p, db, "pgwiden run t.id --hold-swap");
    control_await_held(db);
    db_exec(db, "CREATE INDEX t_late ON t (id, n)");
    db_await(db, 60, "SELECT count(*) = 3 FROM pg_class WHERE relname LIKE 'pgwiden_idx%%'");
    control_await_said(&p, "caught up with, and ready again"); /* a build that is under way ends first */
    db_exec(db, "ALTER TABLE t DISABLE TRIGGER \"~pgwiden\"");
    db_await(db, 60, "SELECT tgenabled = 'A' FROM pg_trigger WHERE tgname = '~pgwiden'");
    db_exec(db, "INSERT INTO t (filler) VALUES ('after')");
    program_expect(db, 0, "pgwiden set t.id swap=go");
    control_expect_end(&p, 0, "caught up with, and ready again");
    control_check_done(db);
    cr_expect(db_bool(db, "SELECT pg_get_indexdef('t_late'::regclass) LIKE '%%(id, n)'"));
    cr_expect(db_int(db, "SELECT count(*) FROM t") == CONTROL_ROWS + 1);
    db_drop(db);
}

Test(hold, waits_for_a_lock_that_the_catching_up_needs)
{
    struct db *db = control_make(), *other = db_session(db);
    struct program p;

    program_start(&p, db, "pgwiden run t.id --hold-swap --lock-retries 2");
    control_await_held(db);
    db_exec(
        other,
        "BEGIN; ALTER TABLE t DISABLE TRIGGER \"~pgwiden\"; COMMIT; BEGIN; UPDATE t SET n = 1 WHERE id = 1");
    control_await_said(&p, "to be caught up with");
    db_exec(other, "COMMIT");
    db_await(db, 60, "SELECT tgenabled = 'A' FROM pg_trigger WHERE tgname = '~pgwiden'");
    program_expect(db, 0, "pgwiden set t.id swap=go");
    control_expect_end(&p, 0, "");
    control_check_done(db);
    db_drop(other);
    db_drop(db);
}

static bool is_swapped(struct db *db)
{
    return db_bool(db, "SELECT swapped_at IS NOT NULL FROM pgwiden.conversion");
}

Test(hold, takes_a_go_back_until_the_lock_is_granted)
{
    struct db *db = control_make(), *other = db_session(db);
    struct program p;

    program_start(&p, db, "pgwiden run t.id --hold-swap --lock-retries 1000");
    control_await_held(db);
    db_exec(other, "BEGIN; SELECT FROM t LIMIT 1"); /* from now on nobody gets ACCESS EXCLUSIVE */
    program_expect(db, 0, "pgwiden set t.id swap=go");
    control_await_said(&p, "held up by pid");
    program_expect(db, 0, "pgwiden set t.id swap=hold");
    control_await_held(db);
    db_exec(other, "COMMIT");
    cr_expect(!is_swapped(db));
    program_expect(db, 0, "pgwiden set t.id swap=go");
    control_expect_end(&p, 0, "swap=hold, set by ");
    control_check_done(db);
    db_drop(other);
    db_drop(db);
}

/* Whatever the instance has heard by then: its message asks under the lock. */
Test(hold, counts_when_it_was_committed_before_the_grant)
{
    struct db *db = control_make();
    char *text;

    program_expect(db, 6, "pgwiden run t.id");
    db_exec(db, "INSERT INTO pgwiden.control (conversion, swap, swap_by) SELECT id, 'hold', 'me' FROM "
                "pgwiden.conversion");
    text = db_text(db, "SELECT id FROM pgwiden.conversion");
    cr_expect(strcmp(db_try(db, "SELECT pgwiden.assert_go(%s)", text), "PW006") == 0);
    db_exec(db, "UPDATE pgwiden.control SET swap = 'go'");
    cr_expect(strcmp(db_try(db, "SELECT pgwiden.assert_go(%s)", text), "") == 0);
    free(text);
    db_drop(db);
}

Test(hold, set_beforehand_holds_a_run_with_yes)
{
    struct db *db = control_make();
    struct program p;

    program_expect(db, 0, "pgwiden run t.id --until backfill");
    program_expect(db, 0, "pgwiden set t.id swap=hold");
    program_start(&p, db, "pgwiden run t.id --yes");
    control_await_held(db);
    program_signal(&p, SIGTERM);
    control_expect_end(&p, 6, "First let it go: pgwiden set public.t.id swap=go");
    program_start(&p, db, "pgwiden run t.id --yes");
    control_await_said(&p, "the swap is held");
    program_expect(db, 0, "pgwiden set swap=go");
    control_expect_end(&p, 0, "the swap is held");
    control_check_done(db);
    db_drop(db);
}

Test(hold, go_beforehand_counts_as_yes)
{
    struct db *db = control_make();

    program_expect(db, 0, "pgwiden run t.id --until backfill");
    program_expect(db, 0, "pgwiden set t.id swap=go");
    control_expect(db, 0, "swap=go, set by ", "pgwiden run t.id");
    control_check_done(db);
    db_drop(db);
}

Test(hold, a_pause_holds_it_too_and_is_no_question)
{
    struct db *db = control_make();
    struct program p;

    program_expect(db, 0, "pgwiden run t.id --until verify");
    program_expect(db, 0, "pgwiden pause");
    program_start(&p, db, "pgwiden swap t.id");
    db_await(db, 60, "SELECT EXISTS (SELECT FROM pgwiden.conversion WHERE waits_for = 'resume')");
    control_expect(db, 0, "READY", "pgwiden status");
    program_expect(db, 0, "pgwiden resume");
    control_expect_end(&p, 6, "There is no terminal to ask on");
    cr_expect(!is_swapped(db));
    db_drop(db);
}

/* --- its end while it waits --- */

Test(hold, ended_by_a_signal_is_a_decision)
{
    struct db *db = control_make();
    struct program p;

    program_start(&p, db, "pgwiden run t.id --hold-swap");
    control_await_held(db);
    program_signal(&p, SIGTERM);
    control_expect_end(&p, 6, "pgwiden swap public.t.id --yes");
    program_start(&p, db, "pgwiden run t.id --hold-swap");
    control_await_said(&p, "the swap is held");
    program_expect(db, 0, "pgwiden stop t.id");
    control_expect_end(&p, 6, "stop was asked for by ");
    control_expect(db, 0, "pgwiden run public.t.id --hold-swap --swap-window 02:00-04:30\n",
                   "pgwiden run t.id --until verify --hold-swap --swap-window 02:00-04:30");
    control_expect(db, 6, "waits for a decision", "pgwiden run t.id --hold-swap --stop-after 8s");
    control_expect(db, 0, "phase verify is complete", "pgwiden run t.id --until verify");
    program_expect(db, 0, "pgwiden swap t.id --yes");
    control_check_done(db);
    db_drop(db);
}

Test(hold, killed_while_held_holds_again)
{
    struct db *db = control_make();
    struct program p;
    struct outcome o;

    program_start(&p, db, "pgwiden run t.id --hold-swap");
    control_await_held(db);
    program_signal(&p, SIGKILL);
    o = program_await(&p, 60);
    outcome_free(&o);
    program_expect(db, 0, "pgwiden set t.id swap=go"); /* meant for the one that is gone */
    program_start(&p, db, "pgwiden run t.id --hold-swap");
    control_await_said(&p, "the swap is held");
    cr_expect(!is_swapped(db));
    program_expect(db, 0, "pgwiden set t.id swap=go");
    control_expect_end(&p, 0, "");
    control_check_done(db);
    db_drop(db);
}

/* --- the window --- */

/* Hours from the server's now, as HH:MM. */
static char *hours_from_now(struct db *db, int hours)
{
    return db_text(db, "SELECT to_char(clock_timestamp() + interval '%d hours', 'HH24:MI')", hours);
}

static char *window(struct db *db, int from, int to)
{
    char *begin = hours_from_now(db, from), *end = hours_from_now(db, to);
    char *text = text_format("%s-%s", begin, end);

    free(begin);
    free(end);
    return text;
}

Test(hold, waits_for_its_window)
{
    struct db *db = control_make();
    char *later = window(db, 2, 4), *now = window(db, -1, 2), *next;
    struct program p;

    program_start(&p, db, "pgwiden run t.id --yes --swap-window %s", later);
    control_await_said(&p, "the swap waits for its window");
    control_expect(db, 0, "waits for swap-window ", "pgwiden status");
    control_expect(db, 0, "READY", "pgwiden status");
    program_signal(&p, SIGTERM);
    control_expect_end(&p, 5, "stopped while the swap of public.t.id waited for its window");
    program_start(&p, db, "pgwiden swap t.id --yes --swap-window %s", later);
    control_await_said(&p, "the swap waits for its window");
    cr_expect(!is_swapped(db));
    program_signal(&p, SIGTERM);
    next = text_format("next:      pgwiden swap public.t.id --yes --swap-window %s\n", later);
    control_expect_end(&p, 5, next);
    program_start(&p, db, "pgwiden swap t.id --yes --swap-window %s", later);
    control_await_said(&p, "the swap waits for its window");
    program_expect(db, 0, "pgwiden set t.id swap-window=%s", now);
    control_expect_end(&p, 0, "swap-window is ");
    control_check_done(db);
    free(later);
    free(now);
    free(next);
    db_drop(db);
}

Test(hold, windows_span_midnight)
{
    static const struct swap_window night = {22 * 60, 4 * 60}, day = {8 * 60, 24 * 60}, any = {-1, -1};

    cr_expect(settings_in_window(&night, 22 * 60) && settings_in_window(&night, 0) &&
              settings_in_window(&night, 4 * 60 - 1));
    cr_expect(!settings_in_window(&night, 4 * 60) && !settings_in_window(&night, 22 * 60 - 1));
    cr_expect(settings_in_window(&day, 8 * 60) && settings_in_window(&day, 24 * 60 - 1));
    cr_expect(!settings_in_window(&day, 0) && !settings_in_window(&day, 8 * 60 - 1));
    cr_expect(settings_in_window(&any, 0));
}
