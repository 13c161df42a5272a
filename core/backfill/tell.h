/*
 * Events of a backfill. Private to core/backfill.
 */
#ifndef BACKFILL_TELL_H
#define BACKFILL_TELL_H

#include "backfill/backfill.h"

/* To the request's listener, if there is one; sets target and time. */
void backfill_tell(const struct backfill_request *q, struct event *event);
void backfill_tell_message(const struct backfill_request *q, enum event_kind kind, const char *text);

#endif
