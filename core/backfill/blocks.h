/*
 * Block ranges, windows, passes and the adaptive chunk. Pure: no server, no clock.
 */
#ifndef BACKFILL_BLOCKS_H
#define BACKFILL_BLOCKS_H

#include <stdbool.h>
#include <stdint.h>

/* Where one session stands in its range; the fields of pgwiden.backfill_range. */
struct position {
    int64_t block_from, block_to;
    int64_t window_start;
    int pass;
    int64_t block;
    int line_pointer;
};

/* The next chunk: rows with (block_from, line_from) <= ctid < (block_to, line_to) of this pass. */
struct chunk {
    int64_t block_from, block_to;
    int line_from, line_to;
    int pass, passes;
    int64_t rows_aimed;
};

#endif
