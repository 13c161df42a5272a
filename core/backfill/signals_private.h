/*
 * What the files of the signals share. Private to core/backfill.
 */
#ifndef BACKFILL_SIGNALS_PRIVATE_H
#define BACKFILL_SIGNALS_PRIVATE_H

#include "backfill/gauge.h"
#include "backfill/lag.h"
#include "backfill/probe.h"
#include "backfill/rate.h"
#include "backfill/signals.h"

/* The first ones hold; from SIGNAL_RATE on they pace. */
enum signal {
    SIGNAL_PAUSE,
    SIGNAL_FILE,
    SIGNAL_QUERY,
    SIGNAL_LAG,
    SIGNAL_LAG_BYTES,
    SIGNAL_ARCHIVE,
    SIGNAL_ACTIVE,
    SIGNAL_COMMIT,
    SIGNAL_RATE,
    SIGNAL_WAL,
    SIGNAL_WRAPAROUND,
    SIGNAL_COUNT
};

enum { DETAIL_MAX = 256, PARAMS_MAX = 5, PARAM_MAX = 40 };

struct signal_state {
    struct gauge gauge;   /* of those that hold, and of WAL: is it measured? */
    struct bucket bucket; /* of those that pace */
    double paced_at;      /* loop_now when a chunk had to wait for the bucket; 0: never */
    double value, limit;  /* of those that pace */
    bool holds;
    double since;                             /* Unix time */
    char detail[DETAIL_MAX], why[DETAIL_MAX]; /* why: it could not be measured the last time, "" */
    char unseen[DETAIL_MAX];                  /* detail of one that is blind */
    bool stored, dirty;                       /* in table throttle */
    double stored_at, stored_limit;           /* loop_now; as signals_fill gives it */
};

struct signals {
    const struct settings *settings;
    const struct backfill_request *request; /* NULL: nothing runs */
    struct loop *loop;
    struct prober prober;
    struct signal_state states[SIGNAL_COUNT];
    struct lag lag;
    char ignored[DETAIL_MAX]; /* --ignore-standby as it was at the last look */
    double started;           /* loop_now */
    bool answered[PROBE_COUNT];
    bool warned[SIGNAL_COUNT]; /* that it can't be measured */
    bool held, changed;
    double looked_at;           /* loop_now of the last look at file and buckets */
    double wal_at, governed_at; /* loop_now */
    int64_t wal_bytes;          /* at wal_at; -1: not known */
    double latency;             /* ms, of the commit before the last one */
    double rows_at;
    int64_t rows;      /* since rows_at */
    double block_rows; /* rows in a block of a chunk, about; 0: not known */
    struct throttle list[SIGNAL_COUNT];
    char params[PARAMS_MAX][PARAM_MAX];
};

/* signals.c */
/* The limit of the settings in the signal's unit; 0: off. */
double signals_limit(const struct signals *s, enum signal signal);
bool signals_asked(const struct signals *s, enum signal signal);
/* Looks at everything with what is known. */
void signals_judge(struct signals *s);

/* signals_take.c: what was measured, or why it could not be; the answers of the probes */
void signals_measure(struct signals *s, enum signal signal, double value);
void signals_miss(struct signals *s, enum signal signal, const char *why);
void signals_take(void *context, enum probe probe, const struct rows *rows, const struct err *e);

/* signals_tell.c */
void signals_tell_change(const struct signals *s, enum signal signal);
void signals_tell_peers(const struct signals *s);
void signals_tell_unmeasured(const struct signals *s, enum signal signal);
void signals_fill(const struct signals *s, enum signal signal, struct throttle *out);
bool signals_next_row(void *context, const char *params[8]);

#endif
