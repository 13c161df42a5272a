#include "backfill/signals_private.h"
#include "base/clock.h"
#include "base/cut.h"
#include "io/loop.h"
#include "sql.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LOOK_MS        200  /* between two looks at the file and the rates */
#define DEFAULT_MS     250  /* a backfill that is done by then needs no session for what nobody asked for */
#define FIRST_MS       1000 /* the first chunk waits so long for the first answers to what was asked for */
#define POLL_MS        100  /* a lane that is held looks again */
#define PACED_MS       2000 /* so long after the last wait it is still said to pace */
#define STORE_MS       1000 /* a value in the database is no older */
#define WRAPAROUND_MAX 100  /* chunks a second, when a vacuum against wraparound is near */

/* ---- limits ---- */

double signals_limit(const struct signals *s, enum signal signal)
{
    const struct settings *set = s->settings;

    switch (signal) {
    case SIGNAL_PAUSE:
    case SIGNAL_WRAPAROUND:
        return 1;
    case SIGNAL_FILE:
        return set->throttle_file != NULL;
    case SIGNAL_QUERY:
        return set->throttle_query != NULL;
    case SIGNAL_LAG:
        return settings_max_lag(set) / 1000;
    case SIGNAL_LAG_BYTES:
        return (double)set->max_lag_bytes;
    case SIGNAL_ARCHIVE:
        return (double)set->max_archive_backlog;
    case SIGNAL_ACTIVE:
        return set->max_active;
    case SIGNAL_COMMIT:
        return set->max_commit_latency;
    case SIGNAL_RATE:
        return (double)set->max_rate;
    case SIGNAL_WAL:
        return (double)set->max_wal_rate;
    case SIGNAL_COUNT:
        break;
    }
    return 0;
}

bool signals_asked(const struct signals *s, enum signal signal)
{
    return signal != SIGNAL_LAG || s->settings->max_lag > 0;
}

/* What was passed holds until it is below this share of the limit. */
static double release_of(enum signal signal)
{
    static const double shares[SIGNAL_COUNT] = {
        [SIGNAL_PAUSE] = 1,    [SIGNAL_FILE] = 1,        [SIGNAL_QUERY] = 1,
        [SIGNAL_LAG] = 0.5,    [SIGNAL_LAG_BYTES] = 0.5, [SIGNAL_ARCHIVE] = 0.5,
        [SIGNAL_ACTIVE] = 0.8, [SIGNAL_COMMIT] = 0.8,    [SIGNAL_WAL] = 1};

    return shares[signal];
}

/* ---- judging ---- */

/* One that may not be looked at may be there. */
static void measure_file(struct signals *s, const char *path)
{
    bool there = access(path, F_OK) == 0;

    cut_copy(s->states[SIGNAL_FILE].detail, DETAIL_MAX, path);
    if (there || errno == ENOENT || errno == ENOTDIR)
        signals_measure(s, SIGNAL_FILE, there);
    else
        signals_miss(s, SIGNAL_FILE, strerror(errno));
}

static void measure_here(struct signals *s, double now)
{
    const struct settings *set = s->settings;

    gauge_measure(&s->states[SIGNAL_PAUSE].gauge, now, set->paused_since > 0);
    if (set->throttle_file != NULL)
        measure_file(s, set->throttle_file);
}

static bool judge_gauge(struct signals *s, enum signal signal, double limit, double now)
{
    struct signal_state *state = &s->states[signal];
    bool holds = gauge_judge(&state->gauge, now, limit, release_of(signal), signals_asked(s, signal));
    size_t used = (size_t)snprintf(state->unseen, sizeof(state->unseen), "not measurable: ");

    if (state->gauge.blind)
        cut_copy(state->unseen + used, sizeof(state->unseen) - used,
                 *state->why != '\0' ? state->why : "no answer");
    return holds;
}

/* WAL is paced, but no pace is known while it can't be measured. */
static bool judge_one(struct signals *s, enum signal signal, double now)
{
    struct signal_state *state = &s->states[signal];
    double limit = signals_limit(s, signal);

    if (signal < SIGNAL_RATE || signal == SIGNAL_WAL)
        gauge_want(&state->gauge, now, limit > 0);
    if (signal < SIGNAL_RATE)
        return limit > 0 && judge_gauge(s, signal, limit, now);
    if (signal == SIGNAL_WAL && limit > 0 && judge_gauge(s, signal, (double)INFINITY, now))
        return true;
    return state->bucket.rate > 0 && state->paced_at > 0 && now - state->paced_at < PACED_MS;
}

static void change(struct signals *s, enum signal signal, bool holds)
{
    struct signal_state *state = &s->states[signal];

    if (holds)
        state->since = signal == SIGNAL_PAUSE ? s->settings->paused_since : clock_unix();
    state->holds = holds;
    signals_tell_change(s, signal);
    state->dirty = true;
    s->changed = true;
}

/* Is what is stored not true any more? Of another limit others learn at once. */
static bool is_stale(const struct signals *s, enum signal signal, double now)
{
    const struct signal_state *state = &s->states[signal];
    struct throttle throttle;

    if (!state->holds)
        return false;
    signals_fill(s, signal, &throttle);
    return now - state->stored_at >= STORE_MS ||
           (state->stored && !isnan(throttle.limit) && throttle.limit != state->stored_limit);
}

void signals_judge(struct signals *s)
{
    double now = loop_now(s->loop);

    s->held = false;
    s->prober.stores = false;
    for (enum signal i = 0; i < SIGNAL_COUNT; i++) {
        struct signal_state *state = &s->states[i];
        bool holds = judge_one(s, i, now);
        if (holds != state->holds)
            change(s, i, holds);
        state->dirty = state->dirty || is_stale(s, i, now);
        s->held = s->held || (holds && (i < SIGNAL_RATE || state->gauge.blind));
        s->prober.stores = s->prober.stores || state->dirty;
    }
}

/* ---- pacing ---- */

/* No more rows at once than a tenth of a second's, so that the rate is even. */
int64_t signals_blocks(const struct signals *s, int64_t blocks)
{
    const double share = 0.1;
    double rate = 0, most;

    if (s == NULL)
        return blocks;
    for (enum signal i = SIGNAL_RATE; i <= SIGNAL_WAL; i++)
        if (s->states[i].bucket.rate > 0 && (rate <= 0 || s->states[i].bucket.rate < rate))
            rate = s->states[i].bucket.rate;
    if (rate <= 0)
        return blocks;
    most = s->block_rows > 0 ? rate * share / s->block_rows : 1;
    return most < 1 ? 1 : most < (double)blocks ? (int64_t)most : blocks;
}

void signals_count(struct signals *s, int64_t rows, int64_t blocks)
{
    const double weight = 0.2;
    double density;

    if (s == NULL)
        return;
    s->rows += rows;
    bucket_take(&s->states[SIGNAL_RATE].bucket, (double)rows);
    bucket_take(&s->states[SIGNAL_WAL].bucket, (double)rows);
    bucket_take(&s->states[SIGNAL_WRAPAROUND].bucket, rows > 0);
    if (blocks <= 0 || rows <= 0)
        return;
    density = (double)rows / (double)blocks;
    s->block_rows = s->block_rows > 0 ? s->block_rows + weight * (density - s->block_rows) : density;
}

double signals_wait(struct signals *s)
{
    double longest = 0, now;

    if (s == NULL)
        return 0;
    if (s->held || s->settings->paused_since > 0)
        return POLL_MS;
    now = loop_now(s->loop);
    for (enum signal i = SIGNAL_RATE; i < SIGNAL_COUNT; i++) {
        double wait = bucket_wait(&s->states[i].bucket, now);
        if (wait > 0)
            s->states[i].paced_at = now;
        longest = fmax(longest, wait);
    }
    return fmin(longest, POLL_MS); /* the rate may change meanwhile */
}

static void set_rates(struct signals *s, double now)
{
    const double first_row_bytes = 1000;
    const struct settings *set = s->settings;
    struct signal_state *rate = &s->states[SIGNAL_RATE], *wal = &s->states[SIGNAL_WAL],
                        *age = &s->states[SIGNAL_WRAPAROUND];

    if (now - s->rows_at >= 1000) {
        rate->value = (double)s->rows / (now - s->rows_at) * 1000;
        s->rows_at = now;
        s->rows = 0;
    }
    rate->limit = (double)set->max_rate;
    wal->limit = (double)set->max_wal_rate;
    bucket_set(&rate->bucket, now, rate->limit);
    if (wal->limit <= 0) {
        bucket_set(&wal->bucket, now, 0);
        s->wal_bytes = -1;
    } else if (wal->bucket.rate <= 0) { /* few at first, then as many as it bears */
        bucket_set(&wal->bucket, now, fmax(wal->limit / first_row_bytes, 10));
    }
    bucket_set(&age->bucket, now, age->limit > 0 && age->value >= age->limit ? WRAPAROUND_MAX : 0);
}

/* ---- turning ---- */

static void want(struct signals *s, double now)
{
    bool *wanted = s->prober.wanted;
    bool late = now - s->started >= DEFAULT_MS || s->lag.count > 0;

    wanted[PROBE_LAG] = signals_limit(s, SIGNAL_LAG_BYTES) > 0 ||
                        (signals_limit(s, SIGNAL_LAG) > 0 && (late || signals_asked(s, SIGNAL_LAG)));
    wanted[PROBE_WAL] = signals_limit(s, SIGNAL_WAL) > 0;
    wanted[PROBE_ARCHIVE] = signals_limit(s, SIGNAL_ARCHIVE) > 0;
    wanted[PROBE_ACTIVE] = signals_limit(s, SIGNAL_ACTIVE) > 0;
    wanted[PROBE_COMMIT] = signals_limit(s, SIGNAL_COMMIT) > 0;
    wanted[PROBE_QUERY] = signals_limit(s, SIGNAL_QUERY) > 0;
    wanted[PROBE_WRAPAROUND] = late;
}

/* A commit that does not come back is slow as well. */
static void measure_running(struct signals *s, double now)
{
    double age = prober_age(&s->prober, PROBE_COMMIT);

    if (age > 0 && age >= s->settings->max_commit_latency)
        gauge_measure(&s->states[SIGNAL_COMMIT].gauge, now, age);
}

void signals_turn(struct signals *s)
{
    double now;

    if (s == NULL)
        return;
    now = loop_now(s->loop);
    if (now - s->looked_at < LOOK_MS)
        return;
    s->looked_at = now;
    want(s, now);
    set_rates(s, now);
    measure_here(s, now);
    measure_running(s, now);
    signals_judge(s);
    prober_turn(&s->prober);
}

/* ---- beginning and ending ---- */

struct signals *signals_open(struct loop *loop, const struct settings *settings)
{
    struct signals *s = calloc(1, sizeof(*s));

    if (s == NULL)
        abort();
    s->loop = loop;
    s->settings = settings;
    s->wal_bytes = -1;
    s->prober = (struct prober){.loop = loop,
                                .settings = settings,
                                .answer = signals_take,
                                .next_row = signals_next_row,
                                .context = s};
    return s;
}

void signals_close(struct signals *s)
{
    if (s == NULL)
        return;
    prober_close(&s->prober);
    lag_free(&s->lag);
    free(s);
}

/* What was asked for is known before the first chunk, unless that takes long. */
static bool lacks_answers(const struct signals *s)
{
    static const enum probe probes[] = {PROBE_LAG, PROBE_ARCHIVE, PROBE_ACTIVE, PROBE_COMMIT, PROBE_QUERY};

    for (size_t i = 0; i < sizeof(probes) / sizeof(probes[0]); i++)
        if (s->prober.wanted[probes[i]] && !s->answered[probes[i]])
            return true;
    return false;
}

static void clear(struct signals *s)
{
    struct err ignored;
    char conversion[PARAM_MAX];
    const char *params[] = {conversion};

    snprintf(conversion, sizeof(conversion), "%d", s->request->conversion);
    (void)!session_query(s->request->control, NULL, sql_signals_clear, 1, params, NULL, &ignored);
    for (enum signal i = 0; i < SIGNAL_COUNT; i++)
        s->states[i].stored = s->states[i].dirty = false;
}

void signals_begin(struct signals *s, const struct backfill_request *request)
{
    double until;

    if (s == NULL)
        return;
    s->request = request;
    s->started = loop_now(s->loop);
    s->looked_at = s->rows_at = 0;
    s->rows = 0;
    memset(s->answered, 0, sizeof(s->answered));
    memset(s->states, 0, sizeof(s->states));
    snprintf(s->prober.application, sizeof(s->prober.application), "%s", request->application);
    snprintf(s->prober.relid, sizeof(s->prober.relid), "%" PRIu32, request->relid);
    memset(s->prober.due, 0, sizeof(s->prober.due));
    s->prober.listener = request->session_listener;
    clear(s);
    until = loop_now(s->loop) + FIRST_MS;
    signals_turn(s);
    while (lacks_answers(s) && loop_now(s->loop) < until && !loop_stopping(s->loop))
        loop_sleep(s->loop, 5);
    s->looked_at = 0;
    signals_turn(s);
}

void signals_end(struct signals *s)
{
    bool stored = false;

    if (s == NULL)
        return;
    for (enum signal i = 0; i < SIGNAL_COUNT; i++)
        stored = stored || s->states[i].stored;
    prober_close(&s->prober);
    if (stored)
        clear(s);
    s->request = NULL;
}

/* ---- what holds ---- */

int signals_list(struct signals *s, const struct throttle **list)
{
    int count = 0;

    *list = NULL;
    if (s == NULL)
        return 0;
    for (enum signal i = 0; i < SIGNAL_COUNT; i++)
        if (s->states[i].holds)
            signals_fill(s, i, &s->list[count++]);
    *list = s->list;
    return count;
}

bool signals_matter(const struct signals *s)
{
    if (s == NULL)
        return false;
    for (enum signal i = SIGNAL_FILE; i < SIGNAL_RATE; i++)
        if (signals_asked(s, i) && signals_limit(s, i) > 0)
            return true;
    return s->lag.count > 0;
}

bool signals_hold(const struct signals *s)
{
    return s != NULL && s->held;
}

int signals_process(const struct signals *s)
{
    const struct session *session = s == NULL ? NULL : s->prober.channels[CHANNEL_QUERY].session;

    return session == NULL || session_is_broken(session) ? 0 : session_pid(session);
}

bool signals_changed(struct signals *s)
{
    bool changed = s != NULL && s->changed;

    if (changed)
        s->changed = false;
    return changed;
}
