#include "backfill/blocks.h"
#include "backfill/sweep.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

enum { ROWS = 81, PASSES = 15, LEFT = 1000000, MOST = 100000 };

/* A look each second; every second 1,000 xids are used. The holder's snapshot began so many seconds ago. */
static double look(struct sweep *s, double now, double age, double told)
{
    const struct horizon h = {.visible = told >= 0,
                              .next = (int64_t)now,
                              .oldest = (int64_t)(now - age * 1000),
                              .seconds = told,
                              .who = "process 7 (app)"};

    sweep_see(s, now, &h);
    return now + 1000;
}

/* So many looks that find the same age. */
static double looks(struct sweep *s, int count, double now, double age)
{
    for (int i = 0; i < count; i++)
        now = look(s, now, age, age > 0 ? age : -1);
    return now;
}

static struct sweep started(int64_t most)
{
    struct sweep s;

    sweep_init(&s);
    sweep_share(&s, most);
    return s;
}

/* Windows whose pages were not pruned, and were. */
static const struct sweep_result cold = {
    .passes = PASSES, .blocks = 1024, .rows = 80000, .ms = 500, .again = 70000, .again_hot = 3000};
static const struct sweep_result warm = {
    .passes = PASSES, .blocks = 1024, .rows = 80000, .ms = 300, .again = 70000, .again_hot = 65000};

static struct sweep_choice choose(struct sweep *s, double now)
{
    return sweep_choose(s, now, ROWS, PASSES, LEFT);
}

Test(sweep, without_snapshots_windows_are_small)
{
    struct sweep s = started(MOST);
    struct sweep_choice c;
    char text[SWEEP_TEXT * 2];

    look(&s, 100000, 0, -1);
    c = choose(&s, 100000);
    cr_expect(not(c.single));
    cr_expect(eq(i64, c.window, BLOCKS_WINDOW));
    cr_expect(eq(str, (char *)sweep_text(&s, text, sizeof(text)), ""));
}

Test(sweep, a_stream_of_short_snapshots_makes_windows_larger)
{
    struct sweep s = started(MOST);
    struct sweep_choice c;
    double now = 100000;

    for (int i = 0; i < 10; i++)
        now = look(&s, now, i % 2 == 0 ? 0.2 : 0.9, i % 2 == 0 ? 0.2 : 0.9);
    c = choose(&s, now);
    cr_expect(not(c.single));
    cr_expect(c.window > BLOCKS_WINDOW && c.window <= MOST);
    cr_expect(c.gap >= 900);
}

Test(sweep, a_long_snapshot_makes_it_one_pass_until_it_is_gone)
{
    struct sweep s = started(MOST);
    double now = 100000;
    char text[SWEEP_TEXT * 2];

    now = look(&s, now, 90, 600);
    cr_expect(choose(&s, now).single);
    sweep_text(&s, text, sizeof(text));
    cr_expect(ne(ptr, strstr(text, "process 7 (app)"), NULL), "%s", text);
    for (int i = 0; i < 30; i++)
        now = look(&s, now, 90 + i, 600 + i);
    cr_expect(choose(&s, now).single);
    cr_expect(sweep_is_stuck(&s), "larger chunks from now on");
    now = look(&s, now, 0, -1);
    cr_expect(not(choose(&s, now).single));
    cr_expect(not(sweep_is_stuck(&s)));
}

Test(sweep, one_that_was_there_before_is_not_waited_for)
{
    struct sweep s = started(MOST);
    double now = 100000;

    now = look(&s, now, 90, 30);
    cr_expect(not(sweep_waits(&s, now)));
    cr_expect(choose(&s, now).single);
    s = started(MOST);
    look(&s, now, 90, 0.3);
    cr_expect(sweep_waits(&s, now), "a short one is");
}

/* Each is gone within the patience for one; together they would take what the window takes otherwise. */
Test(sweep, those_that_take_turns_are_not_waited_for_without_end)
{
    struct sweep s = started(MOST);
    double now = 100000, waited = 0;

    now = look(&s, now, 0, -1);
    cr_expect(not(choose(&s, now).single));
    while (!sweep_has_lost(&s, now) && waited < 60000) {
        look(&s, now, 0.06, 0.06);
        cr_expect(sweep_waits(&s, now));
        now += 300;
        look(&s, now, 0.36, 0.36);
        if (sweep_waits(&s, now))
            waited += 300;
        look(&s, now, 0, -1);
        sweep_waits(&s, now);
        now += 50;
        look(&s, now, 0.2, 0.2);
        sweep_waits(&s, now);
    }
    cr_expect(waited >= 600 && waited <= 1200, "%g ms", waited);
}

/* Looked at once a second they would always seem to be as young. */
Test(sweep, snapshots_in_step_with_the_looks_are_seen_when_they_are_old)
{
    struct sweep s = started(MOST);
    double now = 100000;

    for (int i = 0; i < 10; i++, now += 1000)
        for (int quarter = 0; quarter < 4; quarter++)
            look(&s, now + quarter * 250, 0.1 + quarter * 0.25, 0.1 + quarter * 0.25);
    cr_expect(gt(i64, choose(&s, now).window, 850 * 50), "a pass takes longer than they live");
}

Test(sweep, a_window_does_not_grow_for_the_first_snapshot_that_is_seen)
{
    struct sweep s = started(MOST);
    double now = 100000;

    now = look(&s, now, 0.1, 0.1);
    cr_expect(eq(i64, choose(&s, now).window, BLOCKS_WINDOW));
    now = looks(&s, 4, now, 0.1);
    cr_expect(gt(i64, choose(&s, now).window, BLOCKS_WINDOW));
}

Test(sweep, one_that_came_once_is_forgotten_when_it_is_gone)
{
    struct sweep s = started(MOST);
    double now = 100000;

    now = looks(&s, 3, now, 0);
    for (int i = 0; i < 6; i++)
        now = look(&s, now, 1 + i, 1 + i);
    cr_expect(choose(&s, now).single);
    now = look(&s, now, 0, -1);
    cr_expect(not(choose(&s, now).single));
    for (int i = 0; i < 4; i++)
        now = look(&s, now, 1 + i, 1 + i);
    cr_expect(choose(&s, now).single, "another one");
    now = look(&s, now, 0, -1);
    cr_expect(choose(&s, now).single, "they come one after the other");
    now = looks(&s, 5, now, 0);
    cr_expect(not(choose(&s, now).single), "nobody is there for most of the time");
}

Test(sweep, one_that_comes_in_the_middle_is_waited_for_as_long_as_that_is_worth)
{
    struct sweep s = started(MOST);
    double now = 100000;
    char text[SWEEP_TEXT * 2];

    look(&s, now, 0, -1);
    choose(&s, now);
    cr_expect(not(sweep_waits(&s, now)));
    look(&s, now += 200, 0.1, 0.1);
    cr_expect(sweep_waits(&s, now) && !sweep_has_lost(&s, now));
    sweep_text(&s, text, sizeof(text));
    cr_expect(eq(ptr, strstr(text, "waiting: process 7 (app)"), text), "%s", text);
    look(&s, now += 1100, 1.2, 1.2);
    cr_expect(sweep_has_lost(&s, now) && !sweep_waits(&s, now));
    sweep_give_up(&s);
    sweep_learn(&s, now, &cold);
    look(&s, now += 1000, 0, -1);
    cr_expect(not(choose(&s, now).single), "it is known why pages were not pruned");
    cr_expect(eq(i64, s.window, BLOCKS_WINDOW));
    cr_expect(eq(str, (char *)sweep_text(&s, text, sizeof(text)), ""));
}

Test(sweep, the_age_is_read_from_xids_when_nothing_else_is_told)
{
    struct sweep s = started(MOST);
    double now = 100000;

    now = look(&s, now, 50, -1);
    cr_expect(not(choose(&s, now).single), "older than the first look, it is not known how much");
    for (int i = 1; i <= 40; i++)
        now = look(&s, now, 50 + i, -1);
    cr_expect(choose(&s, now).single, "it is at least as old as the looks");
    cr_expect(s.held >= 40000 && s.held < 50000);
    now = look(&s, now, 3, -1);
    cr_expect(s.held >= 3000 && s.held <= 4000, "%g", s.held);
}

Test(sweep, what_is_not_pruned_for_no_reason_is_tried_again_later)
{
    struct sweep s = started(MOST);
    double now = 100000;
    int64_t window = 0;

    cr_expect(sweep_is_cold(&cold) && !sweep_is_cold(&warm));
    look(&s, now, 0, -1);
    while (!choose(&s, now).single) {
        cr_assert(s.window > window, "larger each time");
        window = s.window;
        sweep_learn(&s, now, &cold);
    }
    cr_expect(choose(&s, now + 100).single);
    cr_expect(not(choose(&s, now + 1000).single), "a window is tried after a while");
    for (int i = 0; i < 10; i++)
        sweep_learn(&s, now, &cold);
    cr_expect(choose(&s, now + 4000).single, "a longer while each time");
    cr_expect(not(choose(&s, now + 6000).single));
    for (int i = 0; i < 200; i++) {
        sweep_learn(&s, now, &warm);
        cr_assert(not(choose(&s, now + 6000).single));
    }
    cr_expect(eq(i64, s.window, BLOCKS_WINDOW), "and small again when it goes well");
}

Test(sweep, one_pass_where_passes_would_wait_longer_than_they_save)
{
    const struct sweep_result single = {
        .single = true, .passes = 1, .blocks = 1024, .rows = 80000, .ms = 800};
    struct sweep s = started(BLOCKS_WINDOW * 4);
    double now = 100000;

    sweep_learn(&s, now, &single);
    now = looks(&s, 5, now, 0.1);
    cr_expect(not(choose(&s, now).single), "1.5 s of waiting against 3.3 s");
    now = looks(&s, 5, now, 2);
    cr_expect(choose(&s, now).single, "37 s of waiting");
}

/* What one session finds in its window is told after another one has begun a small one. */
Test(sweep, windows_do_not_grow_without_end_when_sessions_take_turns)
{
    struct sweep s = started(MOST);
    double now = 100000;

    for (int i = 0; i < 100; i++, now += 60000) {
        s.window = BLOCKS_WINDOW;
        sweep_learn(&s, now, &cold);
    }
    cr_expect(eq(i64, choose(&s, now).window, MOST));
    for (int i = 0; i < 200; i++)
        sweep_learn(&s, now, &warm);
    cr_expect(eq(i64, choose(&s, now).window, BLOCKS_WINDOW));
}

Test(sweep, a_window_of_a_few_rows_does_not_make_one_pass_seem_dear)
{
    const struct sweep_result sparse = {.single = true, .passes = 1, .blocks = 1024, .rows = 5, .ms = 30};
    struct sweep s = started(BLOCKS_WINDOW * 4);
    double now = 100000;

    sweep_learn(&s, now, &sparse);
    now = looks(&s, 5, now, 2);
    cr_expect(choose(&s, now).single, "37 s of waiting against 3.3 s");
}

/* 4,000 rows a second: a pass of a window takes 1.4 s anyway. */
Test(sweep, what_is_throttled_need_not_wait_for_what_is_gone_by_then)
{
    struct sweep s = started(BLOCKS_WINDOW * 4);
    struct sweep_choice c;
    double now = 100000;

    now = looks(&s, 10, now, 1);
    cr_expect(choose(&s, now).single);
    sweep_throttle(&s, BLOCKS_WINDOW, 1400);
    c = choose(&s, now);
    cr_expect(not(c.single));
    cr_expect(eq(i64, c.window, BLOCKS_WINDOW));
    cr_expect(ieee_ulp_eq(dbl, c.gap, 0, 1));
    now = looks(&s, 16, now, 0);
    now = look(&s, now, 0.9, 0.9);
    cr_expect(not(sweep_waits(&s, now)), "gone before the next pass");
    sweep_throttle(&s, BLOCKS_WINDOW, 0);
    cr_expect(sweep_waits(&s, now));
}
