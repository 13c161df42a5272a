/*
 * KEY=VALUE arguments of `set`, told apart from TARGETs.
 */
#ifndef CMD_ASSIGNMENTS_H
#define CMD_ASSIGNMENTS_H

#include "base/arena.h"
#include "base/err.h"
#include "cmd/options.h"

/* Takes them out of o->targets into o->assignments. ERR_USAGE: an unknown key, a value that is not allowed.
 */
bool assignments_take(struct arena *a, struct options *o, struct err *e) MUST_CHECK;

#endif
