/*
 * One backfill session: takes a part, does it chunk by chunk, one message each, and takes the next one.
 * Private to core/backfill.
 */
#ifndef BACKFILL_LANE_H
#define BACKFILL_LANE_H

#include "backfill/pace.h"
#include "backfill/ranges.h"
#include "backfill/sweep.h"

/* What the lanes of a run share. */
struct run {
    const struct backfill_request *request;
    struct ranges ranges;
    struct sweep sweep;
    double looked_at; /* loop_now of the last look at the xmin horizon */
    bool wake;        /* a lane came to rest, or a tick: the run looks around */
    int busy;         /* lanes that wait for an answer */
    bool changed; /* a leaf is not what it was: every lane ends its chunk, then the leaves are looked at anew
                   */
    int jobs;     /* for which the lanes were made */
    uint32_t vacuum; /* leaf that has grown too much: every lane ends its chunk; 0: none */
    uint32_t lost;   /* the leaf that was not found last; 0: none */
    struct err loss;
    bool failed; /* err is filled: every lane ends its chunk */
    struct err err;
    double patience;            /* ms that a chunk is tried again when rows or the table are locked */
    int64_t rows;               /* updated by this run */
    int64_t rows_left;          /* of the chunk that was given up */
    int64_t chunks, chunk_rows; /* with rows, since the last progress event */
    double counted_at;          /* loop_now up to which conversion.backfill_ms counts */
};

/*
 * What a lane sends. The statements of chunks are made for a leaf: their texts are asked for, then prepared.
 * Between chunks there are looks at the xmin horizon, a few in a second; a window begins with a look at some
 * of its pages.
 */
enum message { MESSAGE_TEXT, MESSAGE_PREPARE, MESSAGE_HORIZON, MESSAGE_PAGE, MESSAGE_CHUNK, MESSAGE_PLACE };

enum lane_state {
    LANE_READY,
    LANE_BUSY,
    LANE_WAITING, /* until retry_at, then the same message again */
    LANE_HELD,    /* until retry_at: the signals let no chunk begin, or what the last pass has left can't be
                     pruned yet */
    LANE_RESTING  /* nothing left for it */
};

struct lane {
    struct run *run;
    struct session *session;
    enum lane_state state;
    enum message message; /* the running one, or the one to be repeated */
    struct part *part;
    struct chunk chunk;
    uint32_t prepared; /* the leaf that the session's statements are for; 0: none */
    bool exact;        /* they count what they see */
    bool touching;     /* they keep indexes from looking for versions to remove */
    int64_t limit;     /* rows of the chunk at most, as it was sent; 0: none. `set` may change the setting */
    bool has_chunk;    /* the session has statements of these names */
    bool plain;        /* no update of that leaf can be HOT */
    struct page page;  /* of the window; room is learned from one to the next */
    struct sweep_result window;
    bool rest;              /* what is left of the window is done at once, in the last pass */
    int64_t first;          /* rows of the window's first pass */
    double gap, pass_began; /* ms between two passes at least; loop_now */
    double throttled;       /* ms of this pass that the signals held it */
    int planned;            /* passes of the window, where snapshots allow them */
    int64_t counted, hot;   /* the session's counters as seen last */
    struct pace pace[PASSES_MAX],
        single;                       /* the first passes move rows to other pages, which takes far longer */
    bool dirty;                       /* position or rows are newer than what is stored */
    bool given_up;                    /* its position can't be stored any more */
    int64_t uncounted, uncounted_hot; /* rows not yet in rows_done */
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
struct pace *lane_pace(struct lane *l);
/* In many passes, if that is found to pay. */
bool lane_is_swept(const struct lane *l);
/* Nothing new is begun. */
bool run_is_ending(const struct run *r);
/* The first error counts. */
void run_fail(struct run *r, const struct err *e);

/* lane_send.c */
void lane_send(struct lane *l, enum message message);
void lane_send_prepare(struct lane *l, const char *chunk, const char *page);
/* Should chunks count what they see? It costs a look more at each row: only where the number matters. */
bool lane_is_exact(const struct lane *l);
/* Should they keep indexes from looking for old versions? One pass, because of snapshots: there are hardly
 * any to remove. */
bool lane_is_touching(const struct lane *l);

/* lane_window.c */
/* Begins the window at the part's position; what its pages look like: rows to be updated, their last line
 * pointer. */
void lane_begin_window(struct lane *l, double rows, double lines);
/* What is left of the window is done in one pass. */
void lane_give_up(struct lane *l);
/* Rows that a chunk has updated; of these on their page (-1: not known), the server's time. */
void lane_count(struct lane *l, int64_t updated, int64_t hot, double ms);
/* The position is behind the chunk: a pass or a window may have ended. */
void lane_end_chunk(struct lane *l, const struct position *before);

/* lane_take.c */
/* The answer to what lane_send sent. */
void lane_answered(void *context, struct session *s, const struct rows *rows, const struct err *e);
/* A lock, a deadlock: the same again may go well. */
bool lane_may_repeat(const struct err *e);

#endif
