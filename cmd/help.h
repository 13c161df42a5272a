/*
 * --help and --version, printed from the tables of commands and options.
 */
#ifndef CMD_HELP_H
#define CMD_HELP_H

#include "cmd/commands.h"

#include <stdio.h>

/* NULL: the overall help. */
void help_print(FILE *out, const struct command_row *command);
void help_version(FILE *out);

#endif
