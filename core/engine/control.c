/*
 * What a running instance hears from elsewhere (pause, resume, stop, set): a session of its own asks four
 * times a second. Settings are changed in place; a stop is the loop's; a pause holds the backfill
 * (paused_since) and every other statement (the gate).
 */
#include "base/tunable.h"
#include "engine/context.h"
#include "sql.h"

#include <math.h>
#include <string.h>

static bool same_tunings(const struct control *a, const struct control *b)
{
    if (a->tuning_count != b->tuning_count)
        return false;
    for (int i = 0; i < a->tuning_count; i++)
        if (strcmp(a->tunings[i].name, b->tunings[i].name) != 0 ||
            strcmp(a->tunings[i].value, b->tunings[i].value) != 0)
            return false;
    return true;
}

static const struct control_tuning *tuning(const struct control *c, const char *name)
{
    for (int i = 0; i < c->tuning_count; i++)
        if (strcmp(c->tunings[i].name, name) == 0)
            return &c->tunings[i];
    return NULL;
}

static void tell_tunings(struct engine *g, const struct control *now, const struct settings *before)
{
    struct arena *a = arena_new();

    for (int i = 0; i < TUNABLE_COUNT; i++) {
        const struct control_tuning *by = tuning(now, tunables[i].name);
        const char *was = tunable_print(&tunables[i], before, a),
                   *is = tunable_print(&tunables[i], &g->live, a);

        if (strcmp(was, is) != 0)
            tell_notice(g, g->ear.target, "%s is %s now%s%s", tunables[i].name, is, by ? ", set by " : "",
                        by ? by->by : " again");
    }
    arena_free(a);
}

/* As given, and over it what `set` says. */
static void tune(struct engine *g, const struct control *now)
{
    struct settings before = g->live, s = *g->request->settings;
    struct err ignored; /* of another version: not known here */

    for (int i = 0; i < now->tuning_count; i++) {
        const struct tunable *t = tunable_by_name(now->tunings[i].name);

        if (t)
            (void)!tunable_set(t, now->tunings[i].value, &s, g->arena, &ignored);
    }
    s.paused_since = before.paused_since;
    g->live = s;
    tell_tunings(g, now, &before);
}

static void hear_pause(struct engine *g, const struct control *now)
{
    bool was = g->live.paused_since > 0, is = now->paused_since > 0 && g->request->command != COMMAND_ABORT;

    g->live.paused_since = is ? now->paused_since : 0;
    if (is && !was)
        tell_notice(g, g->ear.target, "paused by %s: nothing new is begun until: %s", now->paused_by,
                    tell_command(g, "resume", g->ear.arguments, ""));
    if (was && !is)
        tell_notice(g, g->ear.target, "resumed");
}

static void hear_swap(struct engine *g, const struct control *was, const struct control *now)
{
    if (was->swap == now->swap || now->swap == CONTROL_SWAP_UNSAID)
        return;
    tell_notice(g, g->ear.target, "swap=%s, set by %s", now->swap == CONTROL_SWAP_GO ? "go" : "hold",
                now->swap_by);
}

/* Nothing else would tell why it stands still; the commits of clients wait as well. */
static void hear_standby(struct engine *g, const struct control *now)
{
    static const double long_enough = 5000; /* ms */
    struct ear *ear = &g->ear;

    if (!now->awaits_standby) {
        if (ear->standby_told)
            tell_notice(g, ear->target, "the synchronous standby has answered");
        ear->standby_since = 0;
        ear->standby_told = false;
    } else if (ear->standby_since <= 0) {
        ear->standby_since = loop_now(g->loop);
    } else if (!ear->standby_told && loop_now(g->loop) - ear->standby_since >= long_enough) {
        ear->standby_told = true;
        tell_notice(g, ear->target,
                    "waiting: no synchronous standby answers, and no commit ends before it does. Look at "
                    "pg_stat_replication and synchronous_standby_names");
    }
}

static void hear_stop(struct engine *g, const struct control *now)
{
    if (*now->stop_by == '\0' || g->ear.stopped_by)
        return;
    g->ear.stopped_by = arena_strdup(g->arena, now->stop_by);
    loop_stop_in(g->loop, 0);
}

static void hear(struct engine *g, const struct rows *rows)
{
    struct ear *ear = &g->ear;
    struct arena *a = arena_new();
    const struct control was = ear->heard;

    control_read(rows, a, &ear->heard);
    if (!same_tunings(&was, &ear->heard))
        tune(g, &ear->heard);
    hear_pause(g, &ear->heard);
    hear_swap(g, &was, &ear->heard);
    hear_standby(g, &ear->heard);
    hear_stop(g, &ear->heard);
    arena_free(ear->arena);
    ear->arena = a;
}

static void on_answer(void *context, struct session *s, const struct rows *rows, const struct err *e)
{
    struct engine *g = context;
    struct ear *ear = &g->ear;

    ear->answered = true;
    if (session_is_broken(s) && !ear->lost) {
        ear->lost = true;
        loop_stop_in(g->loop, 0);
    }
    if (e)
        ear->err = *e;
    else if (ear->asked == ear->conversion)
        hear(g, rows);
}

static void ask(struct engine *g)
{
    struct ear *ear = &g->ear;
    struct arena *a = arena_new();
    const char *params[] = {arena_printf(a, "%d", ear->conversion),
                            arena_printf(a, "%d", session_pid(g->session)), ear->application};

    ear->answered = false;
    ear->asked = ear->conversion;
    err_clear(&ear->err);
    session_send(ear->session, sql_control_poll, false, 3, params, on_answer, g);
    arena_free(a);
}

static void tick(void *context)
{
    struct engine *g = context;

    if (g->ear.conversion != 0 && g->ear.answered && !g->ear.lost)
        ask(g);
}

static void finish_question(struct engine *g)
{
    if (g->ear.session && !g->ear.answered)
        loop_run_until(g->loop, &g->ear.answered);
}

bool control_ask(struct engine *g, struct err *e)
{
    finish_question(g);
    ask(g);
    finish_question(g);
    if (g->ear.err.kind == ERR_NONE)
        return true;
    *e = g->ear.err;
    return false;
}

bool control_begin_phase(struct engine *g, enum phase phase, const char *application, struct err *e)
{
    g->ear.phase = phase;
    g->ear.application = application;
    return g->ear.conversion == 0 || control_ask(g, e);
}

static bool open_ear(struct engine *g, const char *application, struct err *e)
{
    struct ear *ear = &g->ear;

    ear->application = application;
    if (ear->session)
        return true;
    if (!session_open(g->loop, g->settings, application, NULL, &ear->session, e))
        return false;
    ear->answered = true;
    loop_on_tick(g->loop, tick, g);
    return true;
}

/* What the command line says wins over what `set` has said. */
static void tell_overruled(struct engine *g, const struct table *t, const struct rows *overruled)
{
    for (int i = 0; i < overruled->count; i++)
        tell_notice(g, t->name, "%s=%s, which was set, holds no more: the command line gives another value",
                    rows_text(overruled, i, 0), rows_text(overruled, i, 1));
}

bool control_listen(struct engine *g, const struct table *t, struct err *e)
{
    const char *name = arena_printf(g->arena, "pgwiden: start %s", t->targets[0].relation);
    const struct control_start start = {
        .conversion = t->conversion.id, .given = g->request->given, .held = g->settings->hold_swap};
    struct rows overruled;

    if (t->conversion.id == 0 || g->ear.conversion == t->conversion.id)
        return true;
    if (!open_ear(g, name, e) || !control_begin(g->session, g->arena, &start, &overruled, e))
        return false;
    tell_overruled(g, t, &overruled);
    g->ear.target = t->name;
    g->ear.arguments = t->arguments;
    g->ear.heard = (struct control){.paused_by = "", .stop_by = "", .swap_by = "", .zone = ""};
    g->ear.conversion = t->conversion.id;
    return control_ask(g, e);
}

void control_rest(struct engine *g)
{
    g->ear.conversion = 0;
    finish_question(g);
    g->live = *g->request->settings;
}

void control_close(struct engine *g)
{
    if (g->ear.session)
        loop_off_tick(g->loop, tick, g);
    session_close(g->ear.session);
    arena_free(g->ear.arena);
}

/* ---- the gate ---- */

static void tell_paused(struct engine *g, enum phase phase, const char *object, bool paused)
{
    const struct throttle pause = {.signal = "pause",
                                   .value = NAN,
                                   .limit = NAN,
                                   .unit = "",
                                   .since = g->live.paused_since,
                                   .detail = g->ear.heard.paused_by};
    struct event event = {.kind = EVENT_PROGRESS, .target = g->ear.target, .u.progress.hot_ratio = -1};

    event.u.progress.phase = phase;
    event.u.progress.what = object;
    event.u.progress.eta_seconds = -1;
    event.u.progress.throttle_count = paused;
    event.u.progress.throttles = &pause;
    tell(g, &event);
}

/* For status, as what holds up the backfill. */
static bool store_pause(struct engine *g, bool paused, struct err *e)
{
    struct arena *a = arena_new();
    const char *params[] = {arena_printf(a, "%d", g->ear.conversion),
                            "pause",
                            paused ? "true" : "false",
                            NULL,
                            NULL,
                            "",
                            arena_printf(a, "%.3f", g->live.paused_since),
                            g->ear.heard.paused_by};
    bool ok = session_query(g->session, a, sql_signals_store, 8, params, NULL, e);

    arena_free(a);
    return ok;
}

bool control_gate(void *context, const char *object, struct err *e)
{
    struct engine *g = context;
    double told = 0;

    if (!hold_gate(g, object, e))
        return false;
    if (g->live.paused_since <= 0)
        return true;
    if (!store_pause(g, true, e))
        return false;
    while (g->live.paused_since > 0 && !loop_stopping(g->loop)) {
        if (loop_now(g->loop) - told >= 1000) {
            told = loop_now(g->loop);
            tell_paused(g, g->ear.phase, object, true);
        }
        loop_sleep(g->loop, 50);
    }
    if (loop_stopping(g->loop))
        return err_set(e, ERR_STOPPED, "stopped while paused, before %s", object);
    tell_paused(g, g->ear.phase, object, false);
    return store_pause(g, false, e);
}

/* ---- the end ---- */

void control_explain(struct engine *g, struct err *e)
{
    if (e->kind != ERR_STOPPED && e->kind != ERR_DECISION)
        return;
    if (g->ear.stopped_by) {
        err_prefix(e, "stop was asked for by %s", g->ear.stopped_by);
    } else if (g->ear.lost && *e->code == '\0') {
        err_prefix(e, "the session that listens for pause, stop and set was lost");
        err_code(e, "connection-lost");
    }
}
