#include "backfill/blocks.h"

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t window_end(const struct position *p)
{
    return smaller(p->window_start + BLOCKS_WINDOW, p->block_to);
}

int blocks_passes(int64_t blocks, double rows_per_page)
{
    int passes = 1;

    if (blocks <= BLOCKS_TINY)
        return 1;
    if (rows_per_page < 0)
        return BLOCKS_PASSES;
    /* a pass must find a row on each page, or it only costs the visit */
    while (passes < BLOCKS_PASSES && passes * 2 <= rows_per_page)
        passes *= 2;
    return passes;
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
    *p = (struct position){.block_from = from, .block_to = to, .window_start = from, .block = from};
}

void blocks_resume(struct position *p, int passes)
{
    /* a last pass that was not the last one then has left rows in front of p->block */
    if (blocks_done(p) || p->pass < passes - 1)
        return;
    p->pass = passes - 1;
    p->block = p->window_start;
    p->line_pointer = 0;
}

bool blocks_done(const struct position *p)
{
    return p->window_start >= p->block_to;
}

struct chunk blocks_chunk(const struct position *p, int passes, int64_t blocks)
{
    bool last = p->pass >= passes - 1;

    return (struct chunk){
        .block_from = p->block,
        .line_from = p->line_pointer,
        .block_to = smaller(p->block + (blocks < 1 ? 1 : blocks), window_end(p)),
        .mask = last ? 0 : passes - 1,
        .remainder = last ? 0 : p->pass,
    };
}

void blocks_advance(struct position *p, int passes, const struct chunk *c)
{
    p->block = c->block_to;
    p->line_pointer = 0;
    if (p->block < window_end(p))
        return;
    if (++p->pass >= passes) {
        p->window_start = window_end(p);
        p->pass = 0;
    }
    p->block = p->window_start;
}

void blocks_advance_to(struct position *p, int64_t block, int line_pointer)
{
    p->block = block;
    p->line_pointer = line_pointer + 1;
}

double blocks_swept(const struct position *p, int passes)
{
    double before = (double)(p->window_start - p->block_from);
    double window = (double)(window_end(p) - p->window_start);

    if (blocks_done(p))
        return (double)(p->block_to - p->block_from);
    return before + (window * p->pass + (double)(p->block - p->window_start)) / passes;
}
