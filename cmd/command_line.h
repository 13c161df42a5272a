/*
 * "pgwiden -d shop -h db1": what next commands begin with, so that they can be pasted. Never holds a
 * password.
 */
#ifndef CMD_COMMAND_LINE_H
#define CMD_COMMAND_LINE_H

#include "base/arena.h"
#include "cmd/options.h"

#include <stdio.h>

/* Writes " -d 'my db'", quoted for a shell. */
void command_line_add(FILE *out, const struct option_row *row, const char *value);
/* dbname without the passwords of a connection string or a URI. */
const char *command_line_redact(struct arena *a, const char *dbname);

#endif
