#include "backfill/blocks.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>

Test(blocks, number_of_passes_follows_size_and_density)
{
    static const struct {
        int64_t blocks;
        double rows_per_page;
        int passes;
    } cases[] = {
        {0,      80,  1 },
        {64,     80,  1 },
        {65,     80,  16},
        {100000, -1,  16},
        {100000, 15,  8 },
        {100000, 2,   2 },
        {100000, 1.9, 1 },
        {100000, 0,   1 },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        cr_expect(eq(int, blocks_passes(cases[i].blocks, cases[i].rows_per_page), cases[i].passes),
                  "case %zu", i);
}

Test(blocks, cuts_are_disjoint_whole_and_at_window_boundaries)
{
    for (int64_t size = 0; size < 9 * BLOCKS_WINDOW; size += 333)
        for (int jobs = 1; jobs <= 5; jobs++) {
            int pieces = blocks_pieces(size, size, jobs);
            cr_assert(pieces >= 1 && pieces <= jobs);
            cr_assert(eq(i64, blocks_cut(7, 7 + size, pieces, 0), 7));
            cr_assert(eq(i64, blocks_cut(7, 7 + size, pieces, pieces), 7 + size));
            for (int i = 0; i < pieces; i++) {
                int64_t from = blocks_cut(7, 7 + size, pieces, i),
                        to = blocks_cut(7, 7 + size, pieces, i + 1);
                cr_assert(size == 0 || from < to, "size %ld jobs %d part %d", (long)size, jobs, i);
                cr_assert(eq(i64, (from - 7) % BLOCKS_WINDOW, 0));
            }
        }
    cr_expect(eq(int, blocks_pieces(1000 * BLOCKS_WINDOW, 2000 * BLOCKS_WINDOW, 8), 4),
              "its share of the jobs");
    cr_expect(eq(int, blocks_pieces(0, 0, 8), 1));
}

/* Goes from p to the end; seen[block * passes + remainder] counts visits, a last pass counts for all
 * remainders. */
static void sweep(struct position *p, int passes, int64_t blocks, int *seen)
{
    double swept = blocks_swept(p, passes);

    while (!blocks_done(p)) {
        struct chunk c = blocks_chunk(p, passes, blocks);
        cr_assert(c.block_from < c.block_to && c.block_from >= p->block_from && c.block_to <= p->block_to);
        for (int64_t b = c.block_from; b < c.block_to; b++)
            for (int i = 0; i < passes; i++)
                if ((i & c.mask) == c.remainder)
                    seen[b * passes + i]++;
        blocks_advance(p, passes, &c);
        cr_assert(blocks_swept(p, passes) > swept);
        swept = blocks_swept(p, passes);
    }
    cr_assert(ieee_ulp_eq(dbl, swept, (double)(p->block_to - p->block_from), 1));
}

Test(blocks, every_row_is_visited_whatever_the_chunk)
{
    static const int64_t sizes[] = {1, 63, 64, 1023, 1024, 1025, 2500};
    static const int64_t chunks[] = {0, 1, 31, 32, 64, 5000};

    for (size_t s = 0; s < 7; s++)
        for (size_t c = 0; c < 6; c++)
            for (int passes = 1; passes <= 16; passes *= 4) {
                int *seen = calloc((size_t)sizes[s] * (size_t)passes, sizeof(int));
                struct position p;
                blocks_start(&p, 0, sizes[s]);
                sweep(&p, passes, chunks[c], seen);
                for (int64_t i = 0; i < sizes[s] * passes; i++)
                    cr_assert(seen[i] >= 1);
                free(seen);
            }
}

Test(blocks, a_stored_position_is_safe_with_another_number_of_passes)
{
    static const int counts[] = {1, 2, 4, 8, 16};
    enum { SIZE = BLOCKS_WINDOW + 40 };

    /* at each pass of the first window, in the middle of it */
    for (int before = 0; before < 5; before++)
        for (int after = 0; after < 5; after++)
            for (int pass = 0; pass < counts[before]; pass++) {
                struct position p;
                int *seen = calloc(SIZE * 16, sizeof(int));
                blocks_start(&p, 0, SIZE);
                for (int i = 0; i < pass * BLOCKS_WINDOW / 64 + 7; i++) {
                    struct chunk c = blocks_chunk(&p, counts[before], 64);
                    for (int64_t b = c.block_from; b < c.block_to; b++)
                        for (int r = 0; r < 16; r++)
                            if ((r & c.mask) == c.remainder)
                                seen[b * 16 + r]++;
                    blocks_advance(&p, counts[before], &c);
                }
                blocks_resume(&p, counts[after]);
                while (!blocks_done(&p)) {
                    struct chunk c = blocks_chunk(&p, counts[after], 64);
                    for (int64_t b = c.block_from; b < c.block_to; b++)
                        for (int r = 0; r < 16; r++)
                            if ((r & c.mask) == c.remainder)
                                seen[b * 16 + r]++;
                    blocks_advance(&p, counts[after], &c);
                }
                for (int i = 0; i < SIZE * 16; i++)
                    cr_assert(seen[i] >= 1, "%d passes, then %d, in pass %d", counts[before], counts[after],
                              pass);
                free(seen);
            }
}

Test(blocks, a_chunk_goes_on_inside_of_a_page)
{
    struct position p;
    struct chunk c;

    blocks_start(&p, 0, 10);
    blocks_advance_to(&p, 3, 17);
    c = blocks_chunk(&p, 1, 4);
    cr_expect(eq(i64, c.block_from, 3));
    cr_expect(eq(int, c.line_from, 18));
    cr_expect(eq(i64, c.block_to, 7));
    blocks_advance(&p, 1, &c);
    cr_expect(eq(i64, p.block, 7));
    cr_expect(eq(int, p.line_pointer, 0));
}

Test(blocks, an_empty_range_is_done_at_once)
{
    struct position p;

    blocks_start(&p, 0, 0);
    cr_expect(blocks_done(&p));
    cr_expect(ieee_ulp_eq(dbl, blocks_swept(&p, 16), 0, 1));
    blocks_resume(&p, 1);
    cr_expect(blocks_done(&p));
}
