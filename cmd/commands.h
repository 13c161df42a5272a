/*
 * THE TABLE of commands: names, help, what they need. Knows the engine's commands by number, no more.
 */
#ifndef CMD_COMMANDS_H
#define CMD_COMMANDS_H

#include "engine/engine.h"

#include <stdbool.h>

#define COMMAND_BIT(c) (1U << (unsigned)(c))

struct command_row {
    const char *name;
    enum command command; /* meaningless when later */
    bool later;           /* a known name that this version does not have yet */
    bool needs_target;
    bool reports; /* prints one report at its end instead of events as they come */
    const char *summary;
    const char *help; /* paragraphs for `pgwiden COMMAND --help` */
};

extern const struct command_row command_rows[]; /* in life-cycle order, the later ones last */
extern const int command_count;

/* NULL when the name is unknown. */
const struct command_row *command_by_name(const char *name);
/* The known name nearest to a mistyped one, NULL when none is near. */
const char *command_nearest(const char *name);

#endif
