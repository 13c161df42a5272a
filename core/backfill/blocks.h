/*
 * Block ranges, windows and chunks of the HOT sweep. Pure: no server, no clock.
 *
 * A range is swept window by window; a window in several passes (passes.h), each in short chunks.
 */
#ifndef BACKFILL_BLOCKS_H
#define BACKFILL_BLOCKS_H

#include "backfill/passes.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    BLOCKS_WINDOW = 1024, /* to begin with, and what ranges are cut in */
    BLOCKS_CHUNKS =
        8, /* of a window at least: a larger one's snapshot would outlive the gap between two passes */
    BLOCKS_CHUNK = 32, /* to begin with */
    BLOCKS_TINY = 64   /* a table up to here is done in one pass */
};

/* Where one session stands in its range; the fields of pgwiden.backfill_range, but for the window's end. */
struct position {
    int64_t block_from, block_to;
    int64_t window_start; /* block_to: the range is done */
    int64_t window_end;   /* window_start: the window has not been begun */
    int pass;
    int given_up; /* the pass that the last one goes on for: its own number, but in a window that was given up
                   */
    int64_t block;
    int line_pointer;
};

/*
 * The next chunk: of each block from block_from to block_to (exclusive) the line pointers line_from ..
 * line_to - 1, of the first one from line_first on.
 */
struct chunk {
    int64_t block_from, block_to;
    int line_first, line_from, line_to;
};

/* Into how many parts `blocks` of `total` blocks are cut so that all together are about `jobs`; at least 1.
 */
int blocks_pieces(int64_t blocks, int64_t total, int jobs);
/* Where part i of pieces begins (i = pieces: `to`); whole windows from `from` on. */
int64_t blocks_cut(int64_t from, int64_t to, int pieces, int i);

void blocks_start(struct position *p, int64_t from, int64_t to);
bool blocks_done(const struct position *p);
bool blocks_has_window(const struct position *p);
/*
 * Begins the window of so many blocks at p, or goes on in one that another run has begun, whatever its size
 * and passes were: rows that are left behind by that are the last pass's.
 */
void blocks_window(struct position *p, int64_t size, const struct passes *passes);
/* The rest of the window in the last pass, all of it. */
void blocks_finish_window(struct position *p, const struct passes *passes);
/* The window ends here, in its last pass; what is left of it is the next one's. */
void blocks_end_window(struct position *p);
/* The chunk of at most `blocks` blocks at p, in its window; p may not be done. */
struct chunk blocks_chunk(const struct position *p, const struct passes *passes, int64_t blocks);
/* The chunk was done as a whole: p becomes the position after it. */
void blocks_advance(struct position *p, const struct passes *passes, const struct chunk *c);
/* The chunk stopped after this row, the number of rows aimed at being reached. */
void blocks_advance_to(struct position *p, int64_t block, int line_pointer);
/* Blocks behind p; a pass counts for its share of the window. */
double blocks_swept(const struct position *p, const struct passes *passes);

#endif
