/*
 * Messages on standard error: as psql prints them, or as JSON lines (--log-format json).
 */
#ifndef CMD_MESSAGE_H
#define CMD_MESSAGE_H

#include "cmd/show.h"

enum message_level { MESSAGE_ERROR, MESSAGE_WARNING, MESSAGE_NOTICE, MESSAGE_PROGRESS, MESSAGE_STATEMENT };

/* Parts that are NULL or "" are left out. */
struct message {
    enum message_level level;
    double time;
    const char *target;
    const char *primary;
    const char *code, *sqlstate, *detail, *hint;
};

void message_put(struct view *v, const struct message *m);

#endif
