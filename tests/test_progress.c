/* Rates, percentage and estimate from counters; the clock is the test's. */
#include "base/progress.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

/* rows and blocks per second, from one moment to another, four updates a second */
static void work(struct progress *p, double from, double to, int64_t rows, int64_t blocks)
{
    struct progress_sample at = p->last;

    for (double t = from + 0.25; t <= to; t += 0.25)
        progress_update(p, t, at.rows + (int64_t)((t - from) * (double)rows),
                        at.blocks + (int64_t)((t - from) * (double)blocks), p->blocks_total);
}

Test(progress, knows_rates_and_estimate_of_steady_work)
{
    struct progress p;

    progress_start(&p, 1000, 0, 0, 10000);
    work(&p, 1000, 1020, 500, 100);
    cr_expect(epsilon_eq(dbl, progress_elapsed(&p), 20, 1e-9));
    cr_expect(epsilon_eq(dbl, progress_rate(&p), 500, 1e-6));
    cr_expect(epsilon_eq(dbl, progress_mean(&p), 500, 1e-6));
    cr_expect(epsilon_eq(dbl, progress_block_rate(&p), 100, 1e-6));
    cr_expect(epsilon_eq(dbl, progress_eta(&p), 80, 1e-6));
}

Test(progress, has_no_estimate_in_the_first_10_seconds)
{
    struct progress p;

    progress_start(&p, 0, 0, 0, 10000);
    cr_expect(lt(dbl, progress_eta(&p), 0));
    work(&p, 0, 9.75, 500, 100);
    cr_expect(lt(dbl, progress_eta(&p), 0));
    cr_expect(gt(dbl, progress_rate(&p), 0), "but a rate");
    progress_update(&p, 10, 5000, 1000, 10000);
    cr_expect(epsilon_eq(dbl, progress_eta(&p), 90, 1e-6));
}

Test(progress, tells_the_recent_rate_from_the_mean)
{
    struct progress p;

    progress_start(&p, 0, 0, 0, 1000000);
    work(&p, 0, 100, 1000, 100);
    work(&p, 100, 120, 100, 10);
    cr_expect(epsilon_eq(dbl, progress_rate(&p), 100, 1e-6));
    cr_expect(epsilon_eq(dbl, progress_mean(&p), (100 * 1000 + 20 * 100) / 120.0, 1e-6));
    /* the last minute: 40 s fast, 20 s slow */
    cr_expect(epsilon_eq(dbl, progress_block_rate(&p), (40 * 100 + 20 * 10) / 60.0, 1e-6));
}

Test(progress, falls_to_nothing_while_nothing_moves)
{
    struct progress p;

    progress_start(&p, 0, 0, 0, 100000);
    work(&p, 0, 30, 1000, 100);
    work(&p, 30, 41, 0, 0);
    cr_expect(eq(dbl, progress_rate(&p), 0));
    cr_expect(gt(dbl, progress_eta(&p), 0), "the minute still knows");
    work(&p, 41, 92, 0, 0);
    cr_expect(lt(dbl, progress_eta(&p), 0));
    cr_expect(gt(dbl, progress_mean(&p), 0));
}

Test(progress, does_not_count_what_an_earlier_run_did)
{
    struct progress p;

    progress_start(&p, 0, 70000, 700, 1000);
    cr_expect(eq(dbl, progress_mean(&p), 0));
    work(&p, 0, 20, 100, 1);
    cr_expect(epsilon_eq(dbl, progress_mean(&p), 100, 1e-6));
    cr_expect(epsilon_eq(dbl, progress_eta(&p), 280, 1e-6));
}

Test(progress, work_that_begins_anew_has_no_negative_rate)
{
    struct progress p;

    progress_start(&p, 0, 0, 0, 1000);
    progress_update(&p, 1, 5000, 500, 1000);
    progress_update(&p, 2, 0, 0, 1200); /* rewritten: begun anew with the new size */
    cr_expect(eq(dbl, progress_rate(&p), 0), "nor is there a negative rate");
    cr_expect(eq(dbl, progress_mean(&p), 0));
    progress_update(&p, 30, 0, 1300, 1200);
    cr_expect(eq(dbl, progress_eta(&p), 0));
}

Test(progress, an_empty_table_is_done)
{
    struct progress p;

    progress_start(&p, 0, 0, 0, 0);
    cr_expect(eq(dbl, progress_eta(&p), 0));
    cr_expect(eq(dbl, progress_rate(&p), 0));
}

Test(progress, survives_a_clock_that_stands_still_or_jumps_back)
{
    struct progress p;

    progress_start(&p, 100, 0, 0, 100);
    progress_update(&p, 100, 10, 1, 100);
    cr_expect(eq(dbl, progress_rate(&p), 0));
    progress_update(&p, 50, 20, 2, 100);
    cr_expect(eq(dbl, progress_elapsed(&p), 0));
    cr_expect(eq(dbl, progress_mean(&p), 0));
}
