#include "base/clock.h"
#include "engine/context.h"

#include <stdarg.h>

void tell(struct engine *g, struct event *event)
{
    event->time = clock_unix();
    g->request->listener(g->request->context, event);
}

void tell_notice(struct engine *g, const char *target, const char *fmt, ...)
{
    struct event event = {.kind = EVENT_NOTICE, .target = target};
    struct arena *a = arena_new();
    va_list ap;

    va_start(ap, fmt);
    event.u.message.message = arena_vprintf(a, fmt, ap);
    va_end(ap);
    event.u.message.code = "";
    tell(g, &event);
    arena_free(a);
}

void tell_error(struct engine *g, const char *target, const struct err *e)
{
    struct event event = {.kind = EVENT_ERROR, .target = target, .u.error = e};

    tell(g, &event);
}

const char *tell_finding_text(struct arena *a, const struct finding *f)
{
    return arena_printf(a, "%s%s%s%s%s", f->object, *f->object ? ": " : "", f->reason, *f->hint ? " " : "",
                        f->hint);
}

void tell_finding(struct engine *g, const char *target, const struct finding *finding, bool grouped)
{
    if (finding->refuses) {
        struct err e;

        err_set(&e, ERR_REFUSED, "%s can't be widened online because of %s", target, finding->object);
        err_code(&e, finding->code);
        err_detail(&e, "%s", finding->reason);
        err_hint(&e, "%s", finding->hint);
        tell_error(g, target, &e);
    } else {
        struct event event = {.kind = EVENT_WARNING, .target = target};
        struct arena *a = arena_new();

        event.u.message.code = finding->code;
        event.u.message.message = tell_finding_text(a, finding);
        event.u.message.grouped = grouped;
        tell(g, &event);
        arena_free(a);
    }
}

void tell_phase(struct engine *g, const struct table *t, enum phase phase, bool end, double seconds)
{
    struct event event = {.kind = EVENT_PHASE, .target = t->name};

    event.u.phase.phase = phase;
    event.u.phase.end = end;
    event.u.phase.seconds = seconds;
    tell(g, &event);
}

const char *tell_command(struct engine *g, const char *command, const char *arguments, const char *options)
{
    return arena_printf(g->arena, "%s %s %s%s%s", g->request->command_line, command, arguments,
                        *options ? " " : "", options);
}

const char *tell_arguments(struct engine *g, const char *targets)
{
    const char *out = "", *one;

    while ((one = target_next(g->arena, &targets)))
        out = arena_printf(g->arena, "%s%s%s", out, *out ? " " : "", target_argument(g->arena, one));
    return out;
}
