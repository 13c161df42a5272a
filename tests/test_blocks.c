#include "backfill/blocks.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>

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

enum { LINES = 20 };

/* Passes of a few lines each. */
static struct passes passes_of(int count)
{
    struct passes p = {.count = count};

    for (int i = 0; i < count; i++)
        p.from[i] = 1 + i * LINES / count;
    return p;
}

/* Rows that the chunk reaches; seen[block * LINES + line - 1] counts. */
static void visit(const struct chunk *c, int *seen)
{
    for (int64_t b = c->block_from; b < c->block_to; b++)
        for (int line = b == c->block_from ? c->line_first : c->line_from; line < c->line_to && line <= LINES;
             line++)
            seen[b * LINES + line - 1]++;
}

/* Goes from p to the end, in windows of one size. */
static void sweep(struct position *p, const struct passes *passes, int64_t window, int64_t blocks, int *seen)
{
    while (!blocks_done(p)) {
        struct chunk c;
        if (!blocks_has_window(p))
            blocks_window(p, window, passes);
        double swept = blocks_swept(p, passes);
        c = blocks_chunk(p, passes, blocks);
        cr_assert(c.block_from < c.block_to && c.block_from >= p->block_from && c.block_to <= p->block_to);
        visit(&c, seen);
        blocks_advance(p, passes, &c);
        cr_assert(blocks_swept(p, passes) > swept);
    }
    cr_assert(ieee_ulp_eq(dbl, blocks_swept(p, passes), (double)(p->block_to - p->block_from), 1));
}

static void all_seen(const int *seen, int64_t blocks, const char *what)
{
    for (int64_t i = 0; i < blocks * LINES; i++)
        cr_assert(seen[i] >= 1, "%s: block %ld, line %ld", what, (long)(i / LINES), (long)(i % LINES + 1));
}

Test(blocks, every_row_is_visited_whatever_the_chunk)
{
    static const int64_t sizes[] = {1, 63, 64, 1023, 1024, 1025, 2500};
    static const int64_t chunks[] = {0, 1, 31, 32, 64, 5000};

    for (size_t s = 0; s < 7; s++)
        for (size_t c = 0; c < 6; c++)
            for (int count = 1; count <= 16; count *= 4) {
                const struct passes passes = passes_of(count);
                int *seen = calloc((size_t)sizes[s] * LINES, sizeof(int));
                struct position p;
                blocks_start(&p, 0, sizes[s]);
                sweep(&p, &passes, BLOCKS_WINDOW, chunks[c], seen);
                all_seen(seen, sizes[s], "plain");
                free(seen);
            }
}

/* One run goes so many chunks far, and the position is read by another one: its window is not stored. */
static void resume(const struct passes *before, const struct passes *after, int64_t window, int chunks)
{
    enum { SIZE = BLOCKS_WINDOW + 40 };
    struct position p;
    int *seen = calloc((size_t)SIZE * LINES, sizeof(int));

    blocks_start(&p, 0, SIZE);
    for (int i = 0; i < chunks && !blocks_done(&p); i++) {
        struct chunk c;
        if (!blocks_has_window(&p))
            blocks_window(&p, BLOCKS_WINDOW, before);
        c = blocks_chunk(&p, before, 64);
        visit(&c, seen);
        blocks_advance(&p, before, &c);
    }
    p.window_end = p.window_start;
    sweep(&p, after, window, 64, seen);
    all_seen(seen, SIZE, "resumed");
    free(seen);
}

Test(blocks, a_stored_position_is_safe_with_other_passes_and_windows)
{
    static const int counts[] = {1, 2, 4, 7, 16};
    static const int64_t windows[] = {64, 500, BLOCKS_WINDOW, 100000};

    for (int before = 0; before < 5; before++)
        for (int after = 0; after < 5; after++)
            for (int w = 0; w < 4; w++)
                for (int chunks = 0; chunks <= 17 * counts[before]; chunks += 5) {
                    const struct passes a = passes_of(counts[before]), b = passes_of(counts[after]);
                    resume(&a, &b, windows[w], chunks);
                }
}

Test(blocks, the_rest_of_a_window_can_be_finished_in_one_pass)
{
    const struct passes passes = passes_of(5);

    for (int chunks = 0; chunks < 5 * 16; chunks++) {
        int *seen = calloc((size_t)BLOCKS_WINDOW * LINES, sizeof(int));
        struct position p;
        blocks_start(&p, 0, BLOCKS_WINDOW);
        blocks_window(&p, BLOCKS_WINDOW, &passes);
        for (int i = 0; i < chunks; i++) {
            struct chunk c = blocks_chunk(&p, &passes, 64);
            visit(&c, seen);
            blocks_advance(&p, &passes, &c);
        }
        double swept = blocks_swept(&p, &passes);
        blocks_finish_window(&p, &passes);
        cr_expect(eq(int, p.pass, 4));
        cr_expect(blocks_swept(&p, &passes) <= swept, "giving up after %d chunks counts as done", chunks);
        sweep(&p, &passes, BLOCKS_WINDOW, 64, seen);
        all_seen(seen, BLOCKS_WINDOW, "finished");
        free(seen);
    }
}

Test(blocks, a_chunk_goes_on_inside_of_a_page)
{
    const struct passes passes = passes_of(1);
    struct position p;
    struct chunk c;

    blocks_start(&p, 0, 10);
    blocks_window(&p, 10, &passes);
    blocks_advance_to(&p, 3, 17);
    c = blocks_chunk(&p, &passes, 4);
    cr_expect(eq(i64, c.block_from, 3));
    cr_expect(eq(int, c.line_first, 18));
    cr_expect(eq(int, c.line_from, 1));
    cr_expect(eq(i64, c.block_to, 7));
    blocks_advance(&p, &passes, &c);
    cr_expect(eq(i64, p.block, 7));
    cr_expect(eq(int, p.line_pointer, 0));
}

Test(blocks, an_empty_range_is_done_at_once)
{
    const struct passes passes = passes_of(4);
    struct position p;

    blocks_start(&p, 0, 0);
    cr_expect(blocks_done(&p));
    cr_expect(ieee_ulp_eq(dbl, blocks_swept(&p, &passes), 0, 1));
}

Test(blocks, a_window_of_one_pass_can_end_anywhere)
{
    const struct passes single = passes_of(1), passes = passes_of(5);
    struct position p;
    struct chunk c;
    int *seen = calloc((size_t)BLOCKS_WINDOW * LINES, sizeof(int));

    blocks_start(&p, 0, BLOCKS_WINDOW);
    blocks_window(&p, BLOCKS_WINDOW, &single);
    c = blocks_chunk(&p, &single, 64);
    visit(&c, seen);
    blocks_advance(&p, &single, &c);
    blocks_advance_to(&p, 70, 3);
    for (int line = 64 * LINES; line < 70 * LINES + 3; line++)
        seen[line]++;
    double swept = blocks_swept(&p, &single);
    blocks_end_window(&p);
    cr_expect(not(blocks_has_window(&p)));
    cr_expect(ieee_ulp_eq(dbl, blocks_swept(&p, &passes), swept, 1));
    sweep(&p, &passes, BLOCKS_WINDOW, 64, seen);
    all_seen(seen, BLOCKS_WINDOW, "ended");
    free(seen);
}

/* The passes of the run before are not stored: what it did in its window is not guessed at. */
Test(blocks, what_a_stopped_run_has_done_never_becomes_less)
{
    const struct passes passes = passes_of(5);
    struct position p;

    blocks_start(&p, 0, 4 * BLOCKS_WINDOW);
    p.window_start = p.window_end = BLOCKS_WINDOW;
    p.block = BLOCKS_WINDOW + 700;
    for (p.pass = 0; p.pass < 5; p.pass++) {
        const struct passes single = passes_of(1);
        struct position begun = p;
        double before = blocks_swept(&p, &single);
        blocks_window(&begun, BLOCKS_WINDOW, &passes);
        cr_expect(before >= BLOCKS_WINDOW && before <= blocks_swept(&begun, &passes), "pass %d", p.pass);
    }
}
