/*
 * Block ranges, windows, passes and chunks of the HOT sweep. Pure: no server, no clock.
 *
 * A range is swept window by window; a window in k passes, each of which updates 1/k of a page's rows in
 * short chunks. When the next pass enters a page, what the last one left there can be pruned, and the new
 * versions find room on it.
 */
#ifndef BACKFILL_BLOCKS_H
#define BACKFILL_BLOCKS_H

#include <stdbool.h>
#include <stdint.h>

enum {
    BLOCKS_WINDOW = 1024,
    BLOCKS_PASSES = 16, /* at most; a power of two */
    BLOCKS_CHUNK = 32,  /* to begin with */
    BLOCKS_CHUNK_MAX =
        BLOCKS_WINDOW / 16, /* a larger one's snapshot would outlive the gap between two passes */
    BLOCKS_TINY = 64        /* a table up to here is done in one pass */
};

/* Where one session stands in its range; the fields of pgwiden.backfill_range. */
struct position {
    int64_t block_from, block_to;
    int64_t window_start; /* block_to: the range is done */
    int pass;
    int64_t block;
    int line_pointer;
};

/* The next chunk: rows with (block_from, line_from) <= ctid < (block_to, 0), of which selector & mask =
 * remainder. */
struct chunk {
    int64_t block_from, block_to;
    int line_from;
    int mask, remainder; /* 0, 0 in the last pass: whatever is left */
};

/* How many passes a table is worth; rows_per_page negative: not known. */
int blocks_passes(int64_t blocks, double rows_per_page);

/* Into how many parts `blocks` of `total` blocks are cut so that all together are about `jobs`; at least 1.
 */
int blocks_pieces(int64_t blocks, int64_t total, int jobs);
/* Where part i of pieces begins (i = pieces: `to`); whole windows from `from` on. */
int64_t blocks_cut(int64_t from, int64_t to, int pieces, int i);

void blocks_start(struct position *p, int64_t from, int64_t to);
/* Makes a stored position safe for this number of passes: the run that stored it may have had another one. */
void blocks_resume(struct position *p, int passes);
bool blocks_done(const struct position *p);
/* The chunk of at most `blocks` blocks at p; p may not be done. */
struct chunk blocks_chunk(const struct position *p, int passes, int64_t blocks);
/* The chunk was done as a whole: p becomes the position after it. */
void blocks_advance(struct position *p, int passes, const struct chunk *c);
/* The chunk stopped after this row, the number of rows aimed at being reached. */
void blocks_advance_to(struct position *p, int64_t block, int line_pointer);
/* Blocks behind p; a pass counts for its share of the window. */
double blocks_swept(const struct position *p, int passes);

#endif
