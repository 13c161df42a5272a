/*
 * The queries that the signals come from, and the sessions that they run on: one for the server's views, one
 * each for what may take long (the user's query, the commit). Private to core/backfill.
 */
#ifndef BACKFILL_PROBE_H
#define BACKFILL_PROBE_H

#include "base/err.h"
#include "io/session.h"

#include <stdbool.h>

enum probe {
    PROBE_LAG,
    PROBE_WAL,
    PROBE_ARCHIVE,
    PROBE_ACTIVE,
    PROBE_WRAPAROUND,
    PROBE_COMMIT,
    PROBE_QUERY,
    PROBE_COUNT
};
enum { CHANNEL_SERVER, CHANNEL_COMMIT, CHANNEL_QUERY, CHANNEL_COUNT };

struct prober;

/* The answer of a probe: rows live until it returns; e: why there is none. */
typedef void probe_answer(void *context, enum probe probe, const struct rows *rows, const struct err *e);

struct channel {
    struct prober *prober;
    struct session *session;
    bool busy;
    bool storing;     /* what it runs is no probe */
    enum probe probe; /* that it runs */
    double try_at;    /* loop_now; not opened before */
};

struct prober {
    struct loop *loop;
    const struct settings *settings;
    const struct session_listener *listener;
    char application[256];
    bool wanted[PROBE_COUNT];
    bool stores;             /* there is something to be written down */
    double due[PROBE_COUNT]; /* loop_now */
    bool plain_archive;      /* this role may not count the files */
    char relid[16];
    struct channel channels[CHANNEL_COUNT];
    probe_answer *answer;
    /* Something to be written down, when the server's session is idle: true, and filled. */
    bool (*next_row)(void *context, const char *params[8]);
    void *context;
};

/* Opens what is wanted and sends what is due. Not from inside a callback. */
void prober_turn(struct prober *p);
/* Ms that a running probe has waited for its answer; 0: it does not run. */
double prober_age(const struct prober *p, enum probe probe);
void prober_close(struct prober *p);

#endif
