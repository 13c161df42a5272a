#include "backfill/probe.h"

#include "io/loop.h"
#include "sql.h"

#include <string.h>

#define AGAIN_MS 5000 /* before a session that could not be opened, or was lost, is opened again */

struct kind {
    int channel;
    double period; /* ms */
};

static const struct kind kinds[PROBE_COUNT] = {
    [PROBE_LAG] = {CHANNEL_SERVER, 250  },
      [PROBE_WAL] = {CHANNEL_SERVER, 250  },
    [PROBE_ARCHIVE] = {CHANNEL_SERVER, 1000 },
      [PROBE_ACTIVE] = {CHANNEL_SERVER, 1000 },
    [PROBE_WRAPAROUND] = {CHANNEL_SERVER, 10000},
      [PROBE_COMMIT] = {CHANNEL_COMMIT, 1000 },
    [PROBE_QUERY] = {CHANNEL_QUERY,  1000 },
};

static bool wants(const struct prober *p, int channel)
{
    for (int i = 0; i < PROBE_COUNT; i++)
        if (p->wanted[i] && kinds[i].channel == channel)
            return true;
    return channel == CHANNEL_SERVER && p->stores;
}

static void next(struct channel *c);
static void answered(void *context, struct session *session, const struct rows *rows, const struct err *e);

/* A probe that failed between its BEGIN and its COMMIT would let all that follow fail. */
static void roll_back(struct channel *c)
{
    c->busy = c->storing = true;
    session_send_script(c->session, "ROLLBACK", answered, c);
}

static void answered(void *context, struct session *session, const struct rows *rows, const struct err *e)
{
    static const char no_privilege[] = "42501";
    struct channel *c = context;
    struct prober *p = c->prober;
    bool plain =
        e != NULL && c->probe == PROBE_ARCHIVE && !c->storing && strcmp(e->sqlstate, no_privilege) == 0;

    c->busy = false;
    if (plain && !p->plain_archive) {
        p->plain_archive = true;
        p->due[PROBE_ARCHIVE] = loop_now(p->loop);
    } else if (!c->storing) {
        p->answer(p->context, c->probe, rows, e);
    }
    if (session_is_broken(session))
        return;
    if (e != NULL && c->probe == PROBE_COMMIT && !c->storing)
        roll_back(c);
    else
        next(c);
}

static void send_probe(struct channel *c)
{
    struct prober *p = c->prober;
    const struct settings *s = p->settings;
    const char *const queries[PROBE_COUNT] = {
        [PROBE_LAG] = sql_signals_lag,
        [PROBE_WAL] = sql_signals_wal,
        [PROBE_ARCHIVE] = p->plain_archive ? sql_signals_archive_plain : sql_signals_archive,
        [PROBE_ACTIVE] = sql_signals_active,
        [PROBE_WRAPAROUND] = sql_signals_wraparound,
        [PROBE_QUERY] = s->throttle_query,
    };
    bool has_param = c->probe == PROBE_LAG || c->probe == PROBE_WRAPAROUND;

    if (c->probe == PROBE_COMMIT) {
        session_send_script(c->session, sql_signals_commit, answered, c);
    } else {
        const char *params[] = {c->probe == PROBE_LAG ? s->ignore_standby : p->relid};
        session_send(c->session, queries[c->probe], false, has_param ? 1 : 0, params, answered, c);
    }
}

/* Answers come between two turns: the query may have been taken away since the last one. */
static bool is_wanted(const struct prober *p, int probe)
{
    return p->wanted[probe] && (probe != PROBE_QUERY || p->settings->throttle_query != NULL);
}

/* The probe that is due for the longest time, else what is to be written down. */
static void next(struct channel *c)
{
    struct prober *p = c->prober;
    double now = loop_now(p->loop);
    const char *params[8];
    int first = -1, number = (int)(c - p->channels);

    for (int i = 0; i < PROBE_COUNT; i++)
        if (is_wanted(p, i) && kinds[i].channel == number && p->due[i] <= now &&
            (first < 0 || p->due[i] < p->due[first]))
            first = i;
    c->storing = first < 0;
    if (c->storing && (number != CHANNEL_SERVER || !p->next_row(p->context, params)))
        return;
    c->busy = true;
    if (c->storing) {
        session_send(c->session, sql_signals_store, false, 8, params, answered, c);
        return;
    }
    c->probe = (enum probe)first;
    p->due[first] = now + kinds[first].period * 0.9; /* the tick is not exact */
    send_probe(c);
}

/* The user's query is neither ours nor in our search_path. */
static bool open(struct channel *c, struct err *e)
{
    struct prober *p = c->prober;

    if (!session_open(p->loop, p->settings, p->application, p->listener, &c->session, e))
        return false;
    return c != &p->channels[CHANNEL_QUERY] || session_script(c->session, NULL, sql_signals_query, NULL, e);
}

static void report(struct channel *c, const struct err *e)
{
    struct prober *p = c->prober;

    for (int i = 0; i < PROBE_COUNT; i++)
        if (p->wanted[i] && &p->channels[kinds[i].channel] == c)
            p->answer(p->context, (enum probe)i, NULL, e);
}

static void turn(struct channel *c)
{
    struct prober *p = c->prober;
    struct err e;

    if (c->session != NULL && session_is_broken(c->session) && !c->busy) {
        session_close(c->session);
        c->session = NULL;
        c->try_at = loop_now(p->loop) + AGAIN_MS / 5.0;
    }
    if (c->session == NULL && wants(p, (int)(c - p->channels)) && loop_now(p->loop) >= c->try_at &&
        !open(c, &e)) {
        session_close(c->session);
        c->session = NULL;
        c->try_at = loop_now(p->loop) + AGAIN_MS;
        report(c, &e);
    }
    if (c->session != NULL && !c->busy)
        next(c);
}

void prober_turn(struct prober *p)
{
    for (int i = 0; i < CHANNEL_COUNT; i++) {
        p->channels[i].prober = p;
        turn(&p->channels[i]);
    }
}

double prober_age(const struct prober *p, enum probe probe)
{
    const struct channel *c = &p->channels[kinds[probe].channel];

    return c->busy && !c->storing && c->probe == probe ? session_busy_ms(c->session) : 0;
}

void prober_close(struct prober *p)
{
    for (int i = 0; i < CHANNEL_COUNT; i++) {
        session_close(p->channels[i].session);
        p->channels[i] = (struct channel){.session = NULL};
    }
}
