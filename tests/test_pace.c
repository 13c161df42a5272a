#include "backfill/pace.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

/* Chunks whose time is so many ms a block, for a while. */
static void feed(struct pace *p, double ms_per_block, int chunks)
{
    for (int i = 0; i < chunks; i++)
        pace_add(p, ms_per_block * (double)p->blocks);
}

Test(pace, settles_near_the_target)
{
    static const double costs[] = {0.3, 0.7, 1.3, 4};

    for (int i = 0; i < 4; i++) {
        struct pace p;
        pace_init(&p, 10, 32, 1000);
        feed(&p, costs[i], 300);
        double ms = costs[i] * (double)p.blocks;
        cr_expect(ms > 5.9 && ms <= 10, "%g ms a block: %ld blocks", costs[i], (long)p.blocks);
    }
}

Test(pace, follows_a_change)
{
    struct pace p;

    pace_init(&p, 10, 32, 64);
    feed(&p, 0.01, 100);
    cr_expect(eq(i64, p.blocks, 64), "no more than max");
    feed(&p, 1, 100);
    cr_expect(p.blocks <= 10 && p.blocks >= 6);
    feed(&p, 0.1, 200);
    cr_expect(eq(i64, p.blocks, 64));
}

Test(pace, never_below_one_block)
{
    struct pace p;

    pace_init(&p, 10, 32, 64);
    feed(&p, 1000, 100);
    cr_expect(eq(i64, p.blocks, 1));
    feed(&p, 1, 300);
    cr_expect(p.blocks > 5, "and comes back");
}

Test(pace, one_chunk_of_ten_may_be_slow)
{
    struct pace p;

    pace_init(&p, 10, 32, 64);
    for (int i = 0; i < 100; i++)
        pace_add(&p, i % 10 == 3 ? 500 : 9);
    cr_expect(eq(i64, p.blocks, 32));
    cr_expect(ieee_ulp_eq(dbl, p.p90, 9, 1));
}

Test(pace, two_slow_ones_in_a_row_are_enough)
{
    struct pace p;

    pace_init(&p, 10, 32, 64);
    pace_add(&p, 50);
    cr_expect(eq(i64, p.blocks, 32));
    pace_add(&p, 50);
    cr_expect(eq(i64, p.blocks, 16));
}

Test(pace, immeasurably_short_chunks_grow)
{
    struct pace p;

    pace_init(&p, 10, 1, 64);
    for (int i = 0; i < 200; i++)
        pace_add(&p, 0);
    cr_expect(eq(i64, p.blocks, 64));
}

Test(pace, a_new_aim_is_followed)
{
    struct pace p;

    pace_init(&p, 10, 32, 1000);
    feed(&p, 0.3, 100);
    pace_aim(&p, 1, 1000);
    feed(&p, 0.3, 100);
    cr_expect(p.blocks <= 3);
    pace_aim(&p, 100, 50);
    feed(&p, 0.3, 200);
    cr_expect(eq(i64, p.blocks, 50), "never above its limit");
}
