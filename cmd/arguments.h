/*
 * From argv and the environment to struct options, by the rows of the option table.
 */
#ifndef CMD_ARGUMENTS_H
#define CMD_ARGUMENTS_H

#include "base/arena.h"
#include "base/err.h"
#include "cmd/options.h"

/*
 * Options may stand anywhere; the command line wins over PGWIDEN_<OPTION>. False: *e is ERR_USAGE and says
 * what is allowed; out->command and out->json are set even then as far as they could be found. With out->help
 * or out->version nothing else is checked.
 */
bool arguments_parse(struct arena *a, int argc, char *const *argv, char *const *environment,
                     struct options *out, struct err *e) MUST_CHECK;

#endif
