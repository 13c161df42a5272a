/*
 * What a conversion took, phase by phase: on a sample copy, or on a copy of the whole database
 * (--save-figures).
 */
#ifndef BASE_FIGURES_H
#define BASE_FIGURES_H

#include "base/phase.h"

#include <stdbool.h>
#include <stdint.h>

struct figures_phase {
    bool measured;
    double seconds;
    double linear, sorted, sampled; /* seconds of its steps: a look at each row; index builds; ANALYZE */
    double wal_bytes;
    double heap_bytes, index_bytes; /* by which they grew, less what was dropped */
};

struct figures {
    int64_t rows, heap_bytes, index_bytes; /* before */
    int leaves;
    int jobs;
    struct figures_phase phases[PHASE_COUNT];
    double lock_held_ms; /* of the swap; 0: none was measured */
};

/* Those of one table, as --save-figures writes them and plan --rehearsed reads them. */
struct figures_of {
    const char *relation; /* schema.table, quoted */
    const char *columns;  /* names as targets, joined by ", " */
    struct figures figures;
};

/* What the server's settings say about how figures grow with a table. */
struct figures_server {
    double max_wal_size, shared_buffers, maintenance_work_mem;
    int workers; /* of an index build */
    bool full_page_writes;
    bool hints_logged; /* checksums or wal_log_hints: reading writes, too */
};

#endif
