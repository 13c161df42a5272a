/*
 * What the server and the user say about how fast the backfill may go. Every signal is asked for on sessions
 * of its own while the lanes work, at most once a second each (lag and WAL: four times); no chunk waits for
 * an answer.
 */
#ifndef BACKFILL_SIGNALS_H
#define BACKFILL_SIGNALS_H

#include "backfill/backfill.h"
#include "base/throttle.h"

#include <stdbool.h>
#include <stdint.h>

/* Of one backfill or one sweep; tells by the request's listener. */
void signals_begin(struct signals *s, const struct backfill_request *request);
/* What held is forgotten, and the sessions are closed; which standbys lagged is known to the next one. */
void signals_end(struct signals *s);

/* Opens sessions and sends what is due. Not from inside a callback; often. */
void signals_turn(struct signals *s);
/* How many ms until the next chunk may begin; 0: now. */
double signals_wait(struct signals *s);
/* How many blocks of at most so many it may have, where rows are paced. */
int64_t signals_blocks(const struct signals *s, int64_t blocks);
/* A chunk was done. */
void signals_count(struct signals *s, int64_t rows, int64_t blocks);

/* What holds now; *list lives until the next call of any of these. */
int signals_list(struct signals *s, const struct throttle **list);
/* Could anything hold? */
bool signals_matter(const struct signals *s);
/* Does the backfill stand still? */
bool signals_hold(const struct signals *s);
/* The server's process that asks the user's query, whose snapshots may last; 0: none. */
int signals_process(const struct signals *s);
/* Has it changed since this was asked last? */
bool signals_changed(struct signals *s);

#endif
