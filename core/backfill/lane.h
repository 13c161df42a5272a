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
    bool wake;     /* a lane came to rest, or a tick: the run looks around */
    int busy;      /* lanes that wait for an answer */
    bool changed;  /* a leaf is not what it was: every lane ends its chunk, then the leaves are looked at anew
                    */
    uint32_t lost; /* the leaf that was not found last; 0: none */
    struct err loss;
    bool failed; /* err is filled: every lane ends its chunk */
    struct err err;
    double patience;            /* ms that a chunk is tried again when rows or the table are locked */
    int64_t rows;               /* updated by this run */
    int64_t rows_left;          /* of the chunk that was given up */
    int64_t chunks, chunk_rows; /* with rows, since the last progress event */
    double counted_at;          /* loop_now up to which conversion.backfill_ms counts */
};

/* What a lane sends. The statement of a chunk is made for a leaf: its text is asked for, then prepared. */
enum message { MESSAGE_TEXT, MESSAGE_PREPARE, MESSAGE_CHUNK, MESSAGE_PLACE };

enum lane_state {
    LANE_READY,
    LANE_BUSY,
    LANE_WAITING, /* until retry_at, then the same message again */
    LANE_HELD,    /* until retry_at: no chunk may begin before (signals) */
    LANE_RESTING  /* nothing left for it */
};

struct lane {
    struct run *run;
    struct session *session;
    enum lane_state state;
    enum message message; /* the running one, or the one to be repeated */
    struct part *part;
    struct chunk chunk;
    uint32_t prepared;        /* the leaf that the session's statement is for; 0: none */
    bool has_chunk;           /* the session has a statement of that name */
    struct pace first, later; /* the first pass moves rows to other pages: a chunk of it takes far longer */
    bool dirty;               /* position or rows are newer than what is stored */
    bool given_up;            /* its position can't be stored any more */
    int64_t uncounted;        /* rows not yet in rows_done */
    double placed_at;
    double stuck_since, retry_at; /* loop_now */
    int tries;                    /* of the running message; stuck_since counts from the first one */
};

/* Opens the session and sets it up. */
bool lane_open(struct lane *l, struct run *run, struct err *e) MUST_CHECK;
/* Ready to take parts; again after the leaves were looked at anew. */
void lane_reset(struct lane *l);
/* Sends the next message, or comes to rest. The lane may not be busy. */
void lane_step(struct lane *l);
/* The pace of the pass that it is in. */
const struct pace *lane_pace(const struct lane *l);
/* A lock, a deadlock: the same again may go well. */
bool lane_may_repeat(const struct err *e);

/* Nothing new is begun. */
bool run_is_ending(const struct run *r);
/* The first error counts. */
void run_fail(struct run *r, const struct err *e);

#endif
