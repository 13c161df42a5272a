/*
 * Standbys and slots over time: which of them count, and how far behind the worst of them is. One that lagged
 * before we began is left out, until it has caught up. Pure; times are milliseconds.
 */
#ifndef BACKFILL_LAG_H
#define BACKFILL_LAG_H

#include "backfill/history.h"

#include <stdbool.h>

enum { LAG_NAME_MAX = 160 };

/* One of them as the server tells of it at one moment. */
struct lag_row {
    const char *name, *key;    /* key: tells those of the same name apart */
    bool slot;                 /* else a standby's connection */
    bool hidden;               /* without the right to see it */
    bool ignored;              /* by name */
    double seconds;            /* 0: it has caught up */
    int64_t bytes;             /* -1: not known */
    int64_t replayed, flushed; /* -1: not known */
};

struct peer {
    char name[LAG_NAME_MAX], key[LAG_NAME_MAX];
    bool slot;
    double first_seen, seen;
    double seconds; /* at the last look */
    int64_t bytes;
    bool left_out;
    bool changed;       /* by the last look: it is left out, or counts again */
    double below_since; /* since when it has caught up again, -1: it has not */
};

struct lag_limits {
    double seconds; /* 0: off */
    int64_t bytes;  /* 0: off */
    bool holding;   /* our work stands still: what catches up now proves nothing */
};

/* What a look has found. */
struct lag_verdict {
    double seconds;             /* of the worst */
    const struct peer *slowest; /* NULL: none lags */
    int64_t bytes;
    const struct peer *farthest;
    bool hidden; /* seconds of one can't be seen */
    bool hidden_bytes;
    const struct peer *gone; /* a standby that counted is not connected any more; NULL: none */
};

struct lag {
    struct history history;
    struct peer *peers;
    int count, room;
};

struct lag_verdict lag_look(struct lag *l, double now, int64_t here, const struct lag_row *rows, int count,
                            const struct lag_limits *limits);
/* Those that are gone are not missed any more. */
void lag_forget_gone(struct lag *l, double now);
void lag_free(struct lag *l);

#endif
