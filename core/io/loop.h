/*
 * The one libuv loop: signals, the one 250 ms tick, deadlines. uv.h is included in core/io only.
 */
#ifndef IO_LOOP_H
#define IO_LOOP_H

#include "base/err.h"

#include <stdbool.h>

struct loop;

/* Installs SIGINT, SIGTERM and, unless it is ignored, SIGHUP (they set the stop flag), and ignores SIGPIPE.
 */
bool loop_open(struct loop **out, struct err *e) MUST_CHECK;
/* Every session must be closed before. NULL is allowed. */
void loop_close(struct loop *l);

/* Called every 250 ms while the loop runs, until it is taken away; a few at a time (asserted). Each may take
 * itself or another one away. */
void loop_on_tick(struct loop *l, void (*tick)(void *context), void *context);
void loop_off_tick(struct loop *l, void (*tick)(void *context), void *context);

/* Runs the loop until *flag is true. Never from inside a callback (asserted). */
void loop_run_until(struct loop *l, const bool *flag);
/* Runs the loop for ms milliseconds, or until a stop is asked for (after one: returns at once). */
void loop_sleep(struct loop *l, double ms);

/* A SIGINT, SIGTERM, SIGHUP or loop_stop_in was seen. The second signal (and each after it) cancels what runs
 * in that moment, and what is sent later as soon as it takes 2 s. The third one, or 10 s without an answer to
 * the second, gives all sessions up. */
bool loop_stopping(const struct loop *l);
int loop_stop_signals(const struct loop *l); /* how many signals came */
/* Asks for a stop in ms milliseconds (--stop-after); 0: at once. */
void loop_stop_in(struct loop *l, double ms);
/* Monotonic clock, milliseconds. */
double loop_now(const struct loop *l);

#endif
