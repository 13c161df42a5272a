/*
 * The parts of a table that are still to be swept: as stored in pgwiden.backfill_range, or for the last
 * sweep.
 */
#ifndef BACKFILL_RANGES_H
#define BACKFILL_RANGES_H

#include "backfill/backfill.h"
#include "backfill/blocks.h"

struct part {
    int number; /* of backfill_range */
    struct position at;
    bool taken; /* by a lane */
};

struct ranges {
    uint32_t filenode; /* of the file that the parts are about */
    int64_t blocks;    /* of all parts */
    int64_t rows;      /* estimate for the table; -1: not known */
    int64_t rows_done; /* by the parts so far, this run's and earlier ones' */
    int passes;
    bool restarted; /* the rows were moved to another file: all begins anew */
    int count;
    struct part *parts;
};

/* Parts that are not done. */
int ranges_left(const struct ranges *r);

/*
 * Reads them on s, an idle session; makes them when there are none, cuts what is left into more parts when
 * there are fewer than settings.jobs. For the last sweep nothing is stored. The parts live in a.
 */
bool ranges_load(struct session *s, struct arena *a, const struct backfill_request *request,
                 struct ranges *out, struct err *e) MUST_CHECK;

#endif
