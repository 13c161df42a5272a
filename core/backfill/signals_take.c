/*
 * The answers of the probes.
 */
#include "backfill/signals_private.h"
#include "base/arena.h"
#include "base/cut.h"
#include "io/loop.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char needs_monitor[] = "needs pg_monitor";

void signals_measure(struct signals *s, enum signal signal, double value)
{
    s->states[signal].why[0] = '\0';
    gauge_measure(&s->states[signal].gauge, loop_now(s->loop), value);
}

void signals_miss(struct signals *s, enum signal signal, const char *why)
{
    struct signal_state *state = &s->states[signal];

    if (signals_limit(s, signal) <= 0)
        return;
    cut_copy(state->why, sizeof(state->why), why);
    if (s->warned[signal])
        return;
    s->warned[signal] = true;
    signals_tell_unmeasured(s, signal);
}

/* Columns of sql/signals/lag.sql. */
enum { NAME, KEY, KIND, HIDDEN, IGNORED, SECONDS, BYTES, REPLAYED, FLUSHED, HERE };

static int64_t int_or_none(const struct rows *r, int i, int column)
{
    return rows_is_null(r, i, column) ? -1 : rows_int(r, i, column);
}

static int read_peers(struct arena *a, const struct rows *r, struct lag_row **out)
{
    int count = r->count > 0 && !rows_is_null(r, 0, NAME) ? r->count : 0;

    *out = arena_alloc(a, (size_t)(count + 1) * sizeof(**out));
    for (int i = 0; i < count; i++)
        (*out)[i] = (struct lag_row){.name = rows_text(r, i, NAME),
                                     .key = rows_text(r, i, KEY),
                                     .slot = strcmp(rows_text(r, i, KIND), "slot") == 0,
                                     .hidden = rows_bool(r, i, HIDDEN),
                                     .ignored = rows_bool(r, i, IGNORED),
                                     .seconds = rows_double(r, i, SECONDS),
                                     .bytes = int_or_none(r, i, BYTES),
                                     .replayed = int_or_none(r, i, REPLAYED),
                                     .flushed = int_or_none(r, i, FLUSHED)};
    return count;
}

/* What is over its limit counts, also when another one can't be seen. */
static void take_one_lag(struct signals *s, enum signal signal, double value, const struct peer *worst,
                         const char *why)
{
    struct signal_state *state = &s->states[signal];

    if (worst != NULL && value > 0)
        cut_copy(state->detail, sizeof(state->detail), worst->name);
    if (why != NULL)
        signals_miss(s, signal, why);
    if (why == NULL || (signals_limit(s, signal) > 0 && value >= signals_limit(s, signal)))
        signals_measure(s, signal, value);
}

static void take_lag(struct signals *s, const struct rows *r)
{
    const struct lag_limits limits = {
        .seconds = signals_limit(s, SIGNAL_LAG), .bytes = s->settings->max_lag_bytes, .holding = s->held};
    const char *ignored = s->settings->ignore_standby;
    struct arena *a = arena_new();
    struct lag_verdict v;
    struct lag_row *list;
    char gone[DETAIL_MAX];
    double now = loop_now(s->loop);
    int count = read_peers(a, r, &list);

    v = lag_look(&s->lag, now, rows_int(r, 0, HERE), list, count, &limits);
    if (v.gone != NULL && strncmp(s->ignored, ignored, sizeof(s->ignored) - 1) != 0)
        lag_forget_gone(&s->lag, now);
    snprintf(s->ignored, sizeof(s->ignored), "%s", ignored);
    snprintf(gone, sizeof(gone), "%s is not connected any more", v.gone != NULL ? v.gone->name : "");
    take_one_lag(s, SIGNAL_LAG, v.seconds, v.slowest,
                 v.hidden         ? needs_monitor
                 : v.gone != NULL ? gone
                                  : NULL);
    take_one_lag(s, SIGNAL_LAG_BYTES, (double)v.bytes, v.farthest,
                 v.hidden_bytes   ? needs_monitor
                 : v.gone != NULL ? gone
                                  : NULL);
    signals_tell_peers(s);
    arena_free(a);
}

/* Rows a second that keep the WAL below its limit. */
static void govern(struct signals *s, double now)
{
    const double pause = 500;
    struct signal_state *wal = &s->states[SIGNAL_WAL];
    bool binding = wal->paced_at >= s->governed_at;

    if (now - s->governed_at < pause || s->held)
        return;
    bucket_set(&wal->bucket, now, rate_govern(wal->bucket.rate, wal->value, wal->limit, binding));
    s->governed_at = now;
}

static void take_wal(struct signals *s, const struct rows *r)
{
    const double weight = 0.5;
    struct signal_state *wal = &s->states[SIGNAL_WAL];
    double now = loop_now(s->loop);
    int64_t bytes = rows_int(r, 0, 0);

    if (s->wal_bytes >= 0 && now > s->wal_at) {
        double rate = (double)(bytes - s->wal_bytes) / (now - s->wal_at) * 1000;
        wal->value += weight * (rate - wal->value);
    }
    s->wal_bytes = bytes;
    s->wal_at = now;
    signals_measure(s, SIGNAL_WAL, wal->value);
    if (wal->limit > 0 && wal->bucket.rate > 0)
        govern(s, now);
}

static void take_archive(struct signals *s, const struct rows *r)
{
    if (rows_is_null(r, 0, 0))
        signals_miss(s, SIGNAL_ARCHIVE,
                     "nothing was archived yet, and files can't be counted without pg_monitor");
    else
        signals_measure(s, SIGNAL_ARCHIVE, rows_double(r, 0, 0));
}

static void take_active(struct signals *s, const struct rows *r)
{
    if (rows_is_null(r, 0, 0))
        signals_miss(s, SIGNAL_ACTIVE, needs_monitor);
    else
        signals_measure(s, SIGNAL_ACTIVE, rows_double(r, 0, 0));
}

static void take_wraparound(struct signals *s, const struct rows *r)
{
    const double near = 0.9;
    struct signal_state *age = &s->states[SIGNAL_WRAPAROUND];

    age->value = rows_double(r, 0, 0);
    age->limit = near * rows_double(r, 0, 1);
}

/* One slow commit is an accident. */
static void take_commit(struct signals *s, const struct rows *r)
{
    double ms = rows_double(r, 0, 0);

    signals_measure(s, SIGNAL_COMMIT, s->answered[PROBE_COMMIT] ? fmin(ms, s->latency) : ms);
    s->latency = ms;
}

static void take_query(struct signals *s, const struct rows *r)
{
    bool empty = r->count == 0 || r->columns == 0; /* also of COMMIT, or SET: no cells to look at */
    const char *text = empty ? "" : rows_text(r, 0, 0);

    if (empty)
        signals_miss(s, SIGNAL_QUERY, "it returned no row");
    else if (rows_is_null(r, 0, 0))
        signals_miss(s, SIGNAL_QUERY, "it returned NULL");
    else if (strcmp(text, "t") == 0 || strcmp(text, "true") == 0)
        signals_measure(s, SIGNAL_QUERY, 1);
    else if (strcmp(text, "f") == 0 || strcmp(text, "false") == 0)
        signals_measure(s, SIGNAL_QUERY, 0);
    else
        signals_miss(s, SIGNAL_QUERY, "its result is not a boolean");
}

static void take_error(struct signals *s, enum probe probe, const struct err *e)
{
    static const enum signal signals[PROBE_COUNT] = {
        [PROBE_LAG] = SIGNAL_LAG,       [PROBE_WAL] = SIGNAL_WAL,       [PROBE_ARCHIVE] = SIGNAL_ARCHIVE,
        [PROBE_ACTIVE] = SIGNAL_ACTIVE, [PROBE_COMMIT] = SIGNAL_COMMIT, [PROBE_QUERY] = SIGNAL_QUERY};

    if (probe == PROBE_WRAPAROUND)
        return;
    signals_miss(s, signals[probe], e->primary);
    if (probe == PROBE_LAG)
        signals_miss(s, SIGNAL_LAG_BYTES, e->primary);
}

void signals_take(void *context, enum probe probe, const struct rows *rows, const struct err *e)
{
    static void (*const takers[PROBE_COUNT])(struct signals *,
                                             const struct rows *) = {[PROBE_LAG] = take_lag,
                                                                     [PROBE_WAL] = take_wal,
                                                                     [PROBE_ARCHIVE] = take_archive,
                                                                     [PROBE_ACTIVE] = take_active,
                                                                     [PROBE_WRAPAROUND] = take_wraparound,
                                                                     [PROBE_COMMIT] = take_commit,
                                                                     [PROBE_QUERY] = take_query};
    struct signals *s = context;

    if (e != NULL)
        take_error(s, probe, e);
    else if (rows->count > 0 || probe == PROBE_QUERY)
        takers[probe](s, rows);
    s->answered[probe] = true;
    signals_judge(s);
}
