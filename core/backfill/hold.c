#include "backfill/backfill.h"
#include "backfill/signals.h"
#include "backfill/tell.h"
#include "io/loop.h"

#define TELL_MS 1000

static void tell(const struct backfill_request *q, enum phase phase, const char *what)
{
    struct event event = {.kind = EVENT_PROGRESS, .u.progress.hot_ratio = -1};

    event.u.progress.phase = phase;
    event.u.progress.what = what;
    event.u.progress.eta_seconds = -1;
    event.u.progress.throttle_count = signals_list(q->signals, &event.u.progress.throttles);
    backfill_tell(q, &event);
}

static void wait(const struct backfill_request *q, enum phase phase, const char *what)
{
    const double pause = 50;
    double told_at = 0;

    while (signals_hold(q->signals) && !loop_stopping(q->loop)) {
        if (loop_now(q->loop) - told_at >= TELL_MS) {
            told_at = loop_now(q->loop);
            tell(q, phase, what);
        }
        loop_sleep(q->loop, pause);
        signals_turn(q->signals);
    }
    if (told_at > 0)
        tell(q, phase, what);
}

bool backfill_hold(const struct backfill_request *q, enum phase phase, const char *what, struct err *e)
{
    if (!signals_matter(q->signals))
        return true;
    signals_begin(q->signals, q);
    wait(q, phase, what);
    signals_end(q->signals);
    return !loop_stopping(q->loop) || err_set(e, ERR_STOPPED, "stopped while throttled, before %s", what);
}
