#include "backfill/blocks.h"

/* More than a page can have; a TID's second number ends at 65535. */
enum { LINE_END = 65535 };

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

int blocks_pieces(int64_t blocks, int64_t total, int jobs)
{
    int64_t windows = (blocks + BLOCKS_WINDOW - 1) / BLOCKS_WINDOW;
    int64_t pieces;

    if (total <= 0)
        return 1;
    pieces = smaller((blocks * jobs + total / 2) / total, windows);
    return pieces < 1 ? 1 : (int)pieces;
}

int64_t blocks_cut(int64_t from, int64_t to, int pieces, int i)
{
    int64_t windows = (to - from + BLOCKS_WINDOW - 1) / BLOCKS_WINDOW;

    return smaller(from + windows * i / pieces * BLOCKS_WINDOW, to);
}

void blocks_start(struct position *p, int64_t from, int64_t to)
{
    *p = (struct position){
        .block_from = from, .block_to = to, .window_start = from, .window_end = from, .block = from};
}

bool blocks_done(const struct position *p)
{
    return p->window_start >= p->block_to;
}

bool blocks_has_window(const struct position *p)
{
    return p->window_end > p->window_start;
}

static void begin_pass(struct position *p, int pass)
{
    p->pass = p->given_up = pass;
    p->block = p->window_start;
    p->line_pointer = 0;
}

void blocks_window(struct position *p, int64_t size, const struct passes *passes)
{
    p->window_end = smaller(p->window_start + (size < 1 ? 1 : size), p->block_to);
    /* in the middle of another run's last pass, or of a first one that has taken fewer rows than this one's
     */
    if (p->block >= p->window_end || p->pass >= passes->count - 1)
        begin_pass(p, passes->count - 1);
}

void blocks_finish_window(struct position *p, const struct passes *passes)
{
    int left = p->pass;

    if (left >= passes->count - 1)
        return;
    begin_pass(p, passes->count - 1);
    p->given_up = left;
}

void blocks_end_window(struct position *p)
{
    p->window_start = p->window_end = p->block;
    begin_pass(p, 0);
}

struct chunk blocks_chunk(const struct position *p, const struct passes *passes, int64_t blocks)
{
    bool last = p->pass >= passes->count - 1;
    int from = last ? 1 : passes->from[p->pass];

    return (struct chunk){
        .block_from = p->block,
        .block_to = smaller(p->block + (blocks < 1 ? 1 : blocks), p->window_end),
        .line_first = p->line_pointer > from ? p->line_pointer : from,
        .line_from = from,
        .line_to = last ? LINE_END : passes->from[p->pass + 1],
    };
}

void blocks_advance(struct position *p, const struct passes *passes, const struct chunk *c)
{
    p->block = c->block_to;
    p->line_pointer = 0;
    if (p->block < p->window_end)
        return;
    if (p->pass + 1 < passes->count) {
        begin_pass(p, p->pass + 1);
        return;
    }
    p->window_start = p->window_end;
    begin_pass(p, 0);
}

void blocks_advance_to(struct position *p, int64_t block, int line_pointer)
{
    p->block = block;
    p->line_pointer = line_pointer + 1;
}

double blocks_swept(const struct position *p, const struct passes *passes)
{
    double before = (double)(p->window_start - p->block_from);
    double done = passes_share(passes, p->given_up), next = passes_share(passes, p->pass + 1);

    if (blocks_done(p))
        return (double)(p->block_to - p->block_from);
    if (!blocks_has_window(p)) /* another run's passes are not known */
        return before;
    return before + (double)(p->window_end - p->window_start) * done +
           (double)(p->block - p->window_start) * (next - done);
}
