#include "backfill/passes.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

/* A page of tuples of one size, on which PostgreSQL's rules are played: returns how many new versions left
 * it. */
static int play(int rows, int tuple, const struct passes *p)
{
    const int grown = tuple + 8 + 4;
    int free = 8168 - rows * (tuple + 4), left = 0;

    cr_assert(free >= 0);
    for (int i = 0; i < p->count; i++) {
        int to = i + 1 < p->count ? p->from[i + 1] : rows + 1, gone = 0;
        for (int line = p->from[i]; line < to; line++) {
            if (free >= grown) {
                free -= grown;
                gone += tuple; /* pruned before the next pass */
            } else {
                left++;
                gone += tuple;
            }
        }
        free += gone;
    }
    return left;
}

static struct passes plan(int rows, double room, int indexes)
{
    const struct page page = {.rows = rows, .lines = rows, .room = room, .columns = 1, .indexes = indexes};
    struct passes p;

    passes_plan(&page, &p);
    cr_assert(p.count >= 1 && p.count <= PASSES_MAX);
    cr_assert(eq(int, p.from[0], 1));
    for (int i = 1; i < p.count; i++)
        cr_assert(p.from[i] > p.from[i - 1] && p.from[i] <= rows, "%d rows, pass %d", rows, i);
    return p;
}

Test(passes, nearly_as_few_rows_leave_a_packed_page_as_have_to)
{
    for (int rows = 4; rows <= 226; rows++) {
        int tuple = (8168 / rows - 4) / 8 * 8;
        struct passes p = plan(rows, 0, 3);
        /* what is left has to hold a grown version of each, and a line pointer for each of those that went */
        int must = (rows * (tuple + 12 + 4) - 8168 + tuple + 11) / (tuple + 12);
        int left = play(rows, tuple, &p);
        cr_expect(left <= must + 2 + rows / 15, "%d rows of %d bytes: %d left, %d had to", rows, tuple, left,
                  must);
    }
}

Test(passes, many_indexes_make_more_passes)
{
    struct passes few = plan(61, 0, 1), many = plan(61, 0, 10);

    cr_expect(many.count > few.count);
    cr_expect(play(61, 128, &many) < play(61, 128, &few));
}

Test(passes, a_page_with_room_needs_few_and_keeps_all)
{
    struct passes half = plan(40, 40, 3), tenth = plan(73, 8, 3), packed = plan(81, 0, 3);

    cr_expect(eq(int, half.count, 1));
    cr_expect(tenth.from[1] > packed.from[1], "the first pass takes what fits");
    cr_expect(play(73, 96, &tenth) <= 4, "%d", play(73, 96, &tenth));
}

Test(passes, dead_line_pointers_are_spread_over)
{
    const struct page page = {.rows = 20, .lines = 200, .columns = 1, .indexes = 3};
    struct passes p;

    passes_plan(&page, &p);
    cr_expect(p.count > 3);
    cr_expect(p.from[p.count - 1] > 150 && p.from[p.count - 1] <= 200);
}

Test(passes, nothing_to_update_is_one_pass)
{
    const struct page empty = {.rows = 0, .columns = 1}, one = {.rows = 1, .lines = 1, .columns = 1};
    struct passes p;

    passes_plan(&empty, &p);
    cr_expect(eq(int, p.count, 1));
    passes_plan(&one, &p);
    cr_expect(eq(int, p.count, 1));
}

Test(passes, shares_grow_to_one)
{
    struct passes p = plan(81, 0, 3);

    cr_expect(ieee_ulp_eq(dbl, passes_share(&p, 0), 0, 1));
    for (int i = 0; i < p.count; i++)
        cr_expect(passes_share(&p, i) < passes_share(&p, i + 1));
    cr_expect(ieee_ulp_eq(dbl, passes_share(&p, p.count), 1, 1));
}
