#include "backfill/tell.h"

#include "base/clock.h"

void backfill_tell(const struct backfill_request *q, struct event *event)
{
    if (q->listener == NULL)
        return;
    event->target = q->target;
    event->time = clock_unix();
    q->listener(q->context, event);
}

void backfill_tell_message(const struct backfill_request *q, enum event_kind kind, const char *text)
{
    struct event event = {.kind = kind};

    event.u.message.message = text;
    backfill_tell(q, &event);
}
