/*
 * What holds, told to the listener and written down for other processes.
 */
#include "backfill/signals_private.h"
#include "backfill/tell.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/units.h"
#include "io/loop.h"

#include <math.h>
#include <stdio.h>

static const struct {
    const char *name, *unit;
} kinds[SIGNAL_COUNT] = {
    [SIGNAL_PAUSE] = {"pause",               ""            },
    [SIGNAL_FILE] = {"throttle-file",       ""            },
    [SIGNAL_QUERY] = {"throttle-query",      ""            },
    [SIGNAL_LAG] = {"max-lag",             "s"           },
    [SIGNAL_LAG_BYTES] = {"max-lag-bytes",       "B"           },
    [SIGNAL_ARCHIVE] = {"max-archive-backlog", "files"       },
    [SIGNAL_ACTIVE] = {"max-active",          "sessions"    },
    [SIGNAL_COMMIT] = {"max-commit-latency",  "ms"          },
    [SIGNAL_RATE] = {"max-rate",            "rows/s"      },
    [SIGNAL_WAL] = {"max-wal-rate",        "B/s"         },
    [SIGNAL_WRAPAROUND] = {"wraparound",          "transactions"},
};

void signals_fill(const struct signals *s, enum signal signal, struct throttle *out)
{
    const struct signal_state *state = &s->states[signal];
    bool numbers = *kinds[signal].unit != '\0', blind = state->gauge.blind;

    *out = (struct throttle){.signal = kinds[signal].name,
                             .value = (double)NAN,
                             .limit = (double)NAN,
                             .unit = kinds[signal].unit,
                             .since = state->since,
                             .detail = blind ? state->unseen : state->detail};
    if (signal >= SIGNAL_RATE) {
        out->value = blind ? (double)NAN : state->value;
        out->limit = state->limit;
        out->detail = blind ? state->unseen : "";
    } else if (numbers) {
        out->value = blind ? (double)NAN : state->gauge.value;
        out->limit = signals_limit(s, signal);
    }
}

static const char *text_of_begin(const struct signals *s, enum signal signal, struct arena *a)
{
    char text[THROTTLE_TEXT_MAX];
    struct throttle throttle;

    signals_fill(s, signal, &throttle);
    return arena_printf(a, "throttled: %s", throttle_print(&throttle, text, sizeof(text)));
}

static const char *text_of_end(const struct signals *s, enum signal signal, struct arena *a)
{
    char seconds[40];

    return arena_printf(
        a, "no longer throttled by %s, after %s", kinds[signal].name,
        units_print_duration(clock_unix() - s->states[signal].since, seconds, sizeof(seconds)));
}

/* A rate is kept to all the time: its beginning and end are no news. Of a pause who heard of it has told. */
void signals_tell_change(const struct signals *s, enum signal signal)
{
    const struct signal_state *state = &s->states[signal];
    struct arena *a;

    if (signal == SIGNAL_PAUSE || signal >= SIGNAL_RATE || s->request == NULL)
        return;
    a = arena_new();
    backfill_tell_message(s->request, EVENT_NOTICE,
                          state->holds ? text_of_begin(s, signal, a) : text_of_end(s, signal, a));
    arena_free(a);
}

void signals_tell_peers(const struct signals *s)
{
    for (int i = 0; i < s->lag.count; i++) {
        const struct peer *p = &s->lag.peers[i];
        struct arena *a;
        char bytes[40];
        if (!p->changed || s->request == NULL)
            continue;
        a = arena_new();
        units_print_size(p->bytes, bytes, sizeof(bytes));
        backfill_tell_message(
            s->request, EVENT_NOTICE,
            p->left_out
                ? arena_printf(a, "%s %s was behind before we began (%.1f s, %s): its lag does not count",
                               p->slot ? "slot" : "standby", p->name, p->seconds, bytes)
                : arena_printf(a, "%s %s has caught up: its lag counts from here on",
                               p->slot ? "slot" : "standby", p->name));
        arena_free(a);
    }
}

void signals_tell_unmeasured(const struct signals *s, enum signal signal)
{
    struct arena *a;

    if (s->request == NULL)
        return;
    a = arena_new();
    backfill_tell_message(
        s->request, EVENT_WARNING,
        arena_printf(a, "%s can't be measured (%s)%s", kinds[signal].name, s->states[signal].why,
                     signals_asked(s, signal)
                         ? arena_printf(a, ": the backfill waits when that lasts %d s", GAUGE_BLIND_MS / 1000)
                         : ": nothing is waited for"));
    arena_free(a);
}

/* ---- writing down ---- */

static const char *number(double value, char *buf)
{
    if (isnan(value))
        return NULL;
    snprintf(buf, PARAM_MAX, "%.3f", value);
    return buf;
}

bool signals_next_row(void *context, const char *params[8])
{
    struct signals *s = context;
    struct throttle throttle;

    for (enum signal i = 0; i < SIGNAL_COUNT; i++) {
        struct signal_state *state = &s->states[i];
        bool needed = state->dirty && (state->holds || state->stored);
        state->dirty = false;
        if (!needed || s->request == NULL)
            continue;
        signals_fill(s, i, &throttle);
        state->stored = state->holds;
        state->stored_at = loop_now(s->loop);
        state->stored_limit = throttle.limit;
        snprintf(s->params[0], PARAM_MAX, "%d", s->request->conversion);
        params[0] = s->params[0];
        params[1] = throttle.signal;
        params[2] = state->holds ? "t" : "f";
        params[3] = number(throttle.value, s->params[1]);
        params[4] = number(throttle.limit, s->params[2]);
        params[5] = throttle.unit;
        params[6] = number(throttle.since, s->params[3]);
        params[7] = throttle.detail;
        return true;
    }
    return false;
}
