/*
 * Questions to a person on the terminal.
 */
#ifndef CMD_ASK_H
#define CMD_ASK_H

#include "base/arena.h"
#include "base/err.h"
#include "engine/engine.h"

/* decide() of an engine_request; context is the view. DECISION_NOBODY unless stdin and stderr are terminals.
 */
enum decision ask_swap(void *context, const char *target);
/* Asks on /dev/tty without echo. Ctrl-C is delivered afterwards, with the terminal as it was. ERR_FAILED when
 * there is no terminal. */
bool ask_password(struct arena *a, const char **password, struct err *e) MUST_CHECK;

#endif
