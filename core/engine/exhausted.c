/*
 * Will the ids run out before the backfill is done? Its time to go is compared with the time that the ids
 * last at the rate since the conversion was begun; a warning, once.
 */
#include "engine/context.h"
#include "sql.h"

#include <stdio.h>

static const double interval = 10000; /* ms */

static void on_answer(void *context, struct session *s, const struct rows *rows, const struct err *e)
{
    struct exhausted *x = context;
    struct event event = {.kind = EVENT_WARNING, .target = x->target};
    struct arena *a;

    (void)s;
    x->idle = true;
    if (e || rows->count == 0 || rows_double(rows, 0, 1) >= x->eta)
        return;
    a = arena_new();
    event.u.message.code = "exhausted-before-done";
    event.u.message.message = arena_printf(
        a,
        "%s: at the rate since the conversion was begun (%.3g ids a second) its ids run out in about %.1f "
        "hours, and the backfill takes about %.1f hours more",
        rows_text(rows, 0, 0), rows_double(rows, 0, 2), rows_double(rows, 0, 1) / 3600, x->eta / 3600);
    tell(x->engine, &event);
    arena_free(a);
    x->told = true;
}

static bool is_due(const struct exhausted *x, const struct event *event)
{
    const struct session *watch = x->engine->watch;

    return event->kind == EVENT_PROGRESS && event->u.progress.eta_seconds > 0 && !x->told && x->idle &&
           loop_now(x->engine->loop) - x->asked >= interval && watch && !session_is_broken(watch) &&
           !session_is_busy(watch);
}

void exhausted_begin(struct exhausted *x, struct engine *g, const struct table *t)
{
    *x = (struct exhausted){.engine = g, .target = t->name, .idle = true, .asked = -interval};
    snprintf(x->relid, sizeof x->relid, "%u", t->targets[0].relid);
    x->params[0] = x->relid;
}

void exhausted_listen(void *context, const struct event *event)
{
    struct exhausted *x = context;
    const struct engine_request *request = x->engine->request;

    request->listener(request->context, event);
    if (!is_due(x, event))
        return;
    x->eta = event->u.progress.eta_seconds;
    x->asked = loop_now(x->engine->loop);
    x->idle = false;
    session_send(x->engine->watch, sql_facts_exhausted, false, 1, x->params, on_answer, x);
}

void exhausted_end(struct exhausted *x)
{
    loop_run_until(x->engine->loop, &x->idle);
}
