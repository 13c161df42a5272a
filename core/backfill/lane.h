/*
 * One backfill session: takes a part, does it chunk by chunk, one message each, and takes the next one.
 * Private to core/backfill.
 */
#ifndef BACKFILL_LANE_H
#define BACKFILL_LANE_H

#include "backfill/pace.h"
#include "backfill/ranges.h"

/* What the lanes of a run share. */
struct run {
    const struct backfill_request *request;
    struct ranges ranges;
    bool wake;   /* a lane came to rest, or a tick: the run looks around */
    int busy;    /* lanes that wait for an answer */
    bool moved;  /* the rows are in another file now: every lane ends its chunk, then all begins anew */
    bool failed; /* err is filled: every lane ends its chunk */
    struct err err;
    double patience;            /* ms that a chunk is tried again when rows or the table are locked */
    int64_t rows;               /* updated by this run */
    int64_t rows_left;          /* of the chunk that was given up */
    int64_t chunks, chunk_rows; /* with rows, since the last progress event */
    double counted_at;          /* loop_now up to which conversion.backfill_ms counts */
};

enum lane_state {
    LANE_READY,
    LANE_BUSY,
    LANE_WAITING, /* until retry_at, then the same chunk again */
    LANE_RESTING  /* nothing left for it */
};

struct lane {
    struct run *run;
    struct session *session;
    enum lane_state state;
    struct part *part;
    struct chunk chunk;
    struct pace first, later; /* the first pass moves rows to other pages: a chunk of it takes far longer */
    bool placing;             /* the running message only writes the position */
    bool dirty;               /* position or rows are newer than what is stored */
    bool counting;            /* the running message stores `uncounted` */
    bool given_up;            /* its position can't be stored any more */
    int64_t uncounted;        /* rows not yet in rows_done */
    double placed_at;
    double stuck_since, retry_at; /* loop_now */
    int tries;                    /* of the running message; stuck_since counts from the first one */
};

/* Opens the session and sets it up. */
bool lane_open(struct lane *l, struct run *run, struct err *e) MUST_CHECK;
/* Prepares the chunk's statements; once the shadow columns are known to exist. */
bool lane_prepare(struct lane *l, struct err *e) MUST_CHECK;
/* Ready to take parts; again after the rows were moved. */
void lane_reset(struct lane *l);
/* Sends the next message, or comes to rest. The lane may not be busy. */
void lane_step(struct lane *l);
/* The pace of the pass that it is in. */
const struct pace *lane_pace(const struct lane *l);

/* Nothing new is begun. */
bool run_is_ending(const struct run *r);
/* The first error counts. */
void run_fail(struct run *r, const struct err *e);

#endif
