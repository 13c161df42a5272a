/*
 * CREATE INDEX CONCURRENTLY, VALIDATE, VACUUM and the like: a lock timeout would kill them and leave an
 * INVALID index, and nobody who reads or writes waits behind them. So they wait without a limit of the
 * server's, while a second session looks whom they wait for, and whether the copy trigger still does its
 * work.
 */
#include "base/backoff.h"
#include "base/clock.h"
#include "plan/blockers.h"
#include "plan/lock.h"
#include "sql.h"

#include <stdio.h>

/* What the second session is asked, one after the other, once a second. */
enum question { ASK_BLOCKERS, ASK_TRIGGER, ASK_PROGRESS, QUESTIONS };

struct watch {
    struct apply *apply;
    const struct statement *statement;
    const char *params[1]; /* for the question at hand */
    char pid[16], relid[16];
    enum question question;
    bool idle;             /* the watch session has answered */
    bool lost;             /* it was told that there is none any more */
    double started, asked; /* loop_now() */
    double blocked_since;  /* 0: not blocked */
    struct err end;        /* why it was cancelled; ERR_NONE: it was not */
};

static void cancel(struct watch *w)
{
    session_cancel(w->apply->session);
}

static void on_blockers(struct watch *w, const struct rows *rows)
{
    struct apply *a = w->apply;
    double now = loop_now(a->loop);
    double patience = backoff_patience(a->settings->lock_retries, a->settings->lock_timeout);
    struct arena *arena = arena_new();

    if (rows->count == 0) {
        w->blocked_since = 0;
    } else {
        struct event event = {.kind = EVENT_LOCK_WAIT, .target = a->target, .time = clock_unix()};

        if (w->blocked_since == 0)
            w->blocked_since = now;
        event.u.lock_wait.relation = w->statement->object;
        event.u.lock_wait.lock_mode = w->statement->lock ? w->statement->lock : "";
        event.u.lock_wait.count = rows->count;
        event.u.lock_wait.blockers = blockers_read(arena, rows);
        a->listener(a->context, &event);
        if (now - w->blocked_since > patience && w->end.kind == ERR_NONE) {
            err_set(&w->end, ERR_LOCK, "gave up waiting after %.0f s: %s", patience / 1000,
                    w->statement->object);
            blockers_explain(arena, rows, &w->end);
            cancel(w);
        }
    }
    arena_free(arena);
}

static void on_trigger(struct watch *w, const struct rows *rows)
{
    if (rows->count == 0 || w->end.kind != ERR_NONE)
        return;
    err_set(&w->end, ERR_FAILED, "the copy trigger on %s was disabled or dropped", w->apply->relation);
    err_code(&w->end, "trigger-broken");
    cancel(w);
}

static void on_progress(struct watch *w, const struct rows *rows)
{
    struct apply *a = w->apply;
    struct event event = {
        .kind = EVENT_PROGRESS, .target = a->target, .time = clock_unix(), .u.progress.hot_ratio = -1};

    event.u.progress.phase = a->phase;
    event.u.progress.what = w->statement->object;
    event.u.progress.eta_seconds = -1;
    if (rows->count > 0) {
        event.u.progress.blocks_done = rows_int(rows, 0, 0);
        event.u.progress.blocks_total = rows_int(rows, 0, 1);
    }
    a->listener(a->context, &event);
}

static void on_answer(void *context, struct session *s, const struct rows *rows, const struct err *e)
{
    static void (*const handlers[QUESTIONS])(struct watch *, const struct rows *) = {
        [ASK_BLOCKERS] = on_blockers, [ASK_TRIGGER] = on_trigger, [ASK_PROGRESS] = on_progress};
    struct watch *w = context;

    (void)s;
    w->idle = true;
    if (!e)
        handlers[w->question](w, rows);
    w->question = (w->question + 1) % QUESTIONS;
}

/* The copy trigger is watched as long as a CHECK of ours turns its failure into errors of the application. */
static bool is_due(const struct watch *w)
{
    if (w->question == ASK_TRIGGER)
        return w->apply->phase == PHASE_VERIFY;
    return true;
}

/* Hours may be left of an index build: it is not ended for that. The next phase has a new session. */
static void tell_lost(struct watch *w)
{
    struct apply *a = w->apply;
    struct event event = {.kind = EVENT_NOTICE, .target = a->target, .time = clock_unix()};
    struct arena *arena = arena_new();

    event.u.message.message = arena_printf(
        arena, "the session that looks on was lost: whom %s waits for is not told, nor is its progress",
        w->statement->object);
    a->listener(a->context, &event);
    arena_free(arena);
    w->lost = true;
}

static void tick(void *context)
{
    static const char *const questions[QUESTIONS] = {[ASK_BLOCKERS] = sql_preflight_blockers_of,
                                                     [ASK_TRIGGER] = sql_prepare_shadow,
                                                     [ASK_PROGRESS] = sql_facts_progress};
    struct watch *w = context;
    struct apply *a = w->apply;
    double now = loop_now(a->loop);

    if (loop_stopping(a->loop) && w->end.kind == ERR_NONE) {
        err_set(&w->end, ERR_STOPPED, "stopped during %s", w->statement->object);
        cancel(w);
    }
    if (session_is_broken(a->watch) && !w->lost)
        tell_lost(w);
    if (!w->idle || w->lost || now - w->started < 1000)
        return;
    if (w->question == ASK_BLOCKERS && now - w->asked < 1000)
        return;
    if (!is_due(w)) {
        w->question = (w->question + 1) % QUESTIONS;
        return;
    }
    if (w->question == ASK_BLOCKERS)
        w->asked = now;
    w->params[0] = w->question == ASK_TRIGGER ? w->relid : w->pid;
    w->idle = false;
    session_send(a->watch, questions[w->question], false, 1, w->params, on_answer, w);
}

bool lock_run_gently(struct apply *a, const struct statement *statement, struct err *e)
{
    struct watch w = {.apply = a, .statement = statement, .idle = true, .started = loop_now(a->loop)};
    struct arena *arena = arena_new();
    bool ok;

    snprintf(w.pid, sizeof w.pid, "%d", session_pid(a->session));
    snprintf(w.relid, sizeof w.relid, "%u", a->relid);
    loop_on_tick(a->loop, tick, &w);
    ok = session_script(a->session, arena, statement->text, NULL, e);
    loop_off_tick(a->loop, tick, &w);
    loop_run_until(a->loop, &w.idle);
    arena_free(arena);
    if (!ok && w.end.kind != ERR_NONE && !session_is_broken(a->session))
        *e = w.end;
    return ok;
}
