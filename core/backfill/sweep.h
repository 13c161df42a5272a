/*
 * Decides window by window how a table is swept: in many passes, or in one when nothing could be pruned
 * between them. Pure: the caller gives the time, in milliseconds of a clock that only goes forward.
 *
 * A version can be pruned when every snapshot that was there when it was replaced is gone. So a page is
 * visited again only after as long as the oldest snapshot is found to live: in a window so large that its
 * pass takes as long, or after a wait. Where that costs more than it saves, one pass does what any other tool
 * would do. What was found is checked against the counters of the sessions' own transactions: they tell when
 * pages are not pruned though no snapshot is to be seen.
 */
#ifndef BACKFILL_SWEEP_H
#define BACKFILL_SWEEP_H

#include <stdbool.h>
#include <stdint.h>

enum { SWEEP_SAMPLES = 16, SWEEP_XIDS = 64, SWEEP_TEXT = 240 };

/* Whoever holds back the xmin horizon most, as sql/backfill/horizon.sql tells. */
struct horizon {
    bool visible;         /* the role may see all of it */
    int64_t next, oldest; /* xids; equal: nobody */
    double seconds;       /* of its transaction; negative: not known */
    const char *who;
};

/* What was done with the rows of a window. */
struct sweep_result {
    bool single;
    int passes;
    int64_t blocks, rows;
    double ms;                /* of the server, all chunks */
    int64_t again, again_hot; /* rows of the passes after the first; those that stayed on their page */
    int64_t first_hot;        /* of the first pass */
};

/* How the next window is to be swept. */
struct sweep_choice {
    bool single;
    int64_t window; /* blocks */
    double gap;     /* ms from the begin of a pass to that of the next one, at least */
};

struct sweep {
    int64_t most;                   /* blocks of a window */
    double gaps[SWEEP_SAMPLES];     /* ms; the age of the oldest snapshot that was seen in a second */
    int64_t holders[SWEEP_SAMPLES]; /* the xid that it held */
    bool found[SWEEP_SAMPLES];      /* at the second's begin somebody was there */
    struct {
        double at;
        int64_t next;
    } xids[SWEEP_XIDS]; /* when which xid was the next one */
    int seen;           /* of both */
    bool visible;
    char who[SWEEP_TEXT];
    double overtaken;    /* since when the held snapshot is older than the gap between passes; 0: it is not */
    double waiting;      /* since when that is waited for */
    double waited;       /* ms, for those before it in this window */
    bool excused;        /* that was so in the last window: its pages could not be pruned */
    double held;         /* ms, by who; 0: nobody */
    double pass_ms;      /* for a block in a pass, measured */
    double throttled_ms; /* so much longer it takes by what throttles the run, as seen last */
    double single_ms;    /* for a row in a single pass; 0: not measured */
    int64_t factor;      /* by which windows are larger than needed, because pages were not pruned */
    double single_until; /* nothing is tried before that */
    bool cold;           /* pages were not pruned the last time */
    int colds, warms;    /* windows in a row */
    bool single;         /* how the last window was chosen */
    int64_t window;
    double gap;        /* of its choice */
    int64_t rows, hot; /* since the start */
};

void sweep_init(struct sweep *s);
/* Blocks that a window may have at most from now on; it may always have BLOCKS_WINDOW. */
void sweep_share(struct sweep *s, int64_t most);
/* A look; the oldest of a second is remembered. */
void sweep_see(struct sweep *s, double now, const struct horizon *h);
/* Should the next chunk wait a moment, then look again? A snapshot has come that is older than the gap
 * between passes. */
bool sweep_waits(struct sweep *s, double now);
/* That was waited for in vain: what is left of a window is better done in one pass. */
bool sweep_has_lost(const struct sweep *s, double now);
/* One pass, because of a snapshot that has been there for long, or of such as come all the time. */
bool sweep_is_stuck(const struct sweep *s);
/* Throttles made a pass of these blocks so much longer: it need not wait for what is gone by then. */
void sweep_throttle(struct sweep *s, int64_t blocks, double ms);
/* rows: of a page. */
struct sweep_choice sweep_choose(struct sweep *s, double now, double rows, int passes, int64_t blocks_left);
/* Are these too few rows that stayed on their page? Not before enough of them were counted. */
bool sweep_is_cold(const struct sweep_result *r);
/* What is left of a window is done in one pass. */
void sweep_give_up(struct sweep *s);
/* A window is done. */
void sweep_learn(struct sweep *s, double now, const struct sweep_result *r);
/* The share of HOT updates, negative: not known yet. */
double sweep_hot(const struct sweep *s);
/* "one pass: ..", "waiting: .." or "windows of ..", "" when there is nothing to tell. Returns buf. */
const char *sweep_text(const struct sweep *s, char *buf, int size);

#endif
