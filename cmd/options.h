/*
 * THE TABLE of options: parsing, environment, help and the settings that are shown all come from its rows.
 */
#ifndef CMD_OPTIONS_H
#define CMD_OPTIONS_H

#include "base/arena.h"
#include "base/err.h"
#include "base/settings.h"
#include "base/value.h"
#include "cmd/commands.h"

#include <stdbool.h>
#include <stddef.h>

#define ENVIRONMENT_PREFIX "PGWIDEN_"

/* What the command line and the environment ask for. Strings live in the arena, in argv or in the
 * environment. */
struct options {
    struct settings settings;
    const struct command_row *command; /* NULL: none was given */
    int target_count;
    const char *const *targets;
    int assignment_count; /* KEY=VALUE of set */
    const struct assignment *assignments;
    const char *given; /* names of the options on the command line, joined by commas */
    const char
        *command_line; /* "pgwiden -d shop": to print commands that can be pasted; without any password */
    bool help, version, ask_password, json, quiet, check;
    enum log_format log_format;
    int warning_count;
    const char *const *warnings; /* about the environment */
};

enum option_group { GROUP_WORK, GROUP_OUTPUT, GROUP_CONNECTION, GROUP_COUNT };

struct option_row {
    const char *name;              /* --name, PGWIDEN_NAME */
    char letter;                   /* 0: none */
    const struct value_type *type; /* NULL when later */
    enum option_group group;
    const char *argument; /* ROWS, as help prints it; NULL for flags */
    const char *help;     /* one line */
    unsigned commands;    /* COMMAND_BIT of each that takes it */
    size_t offset;        /* in struct options */
    bool not_environment; /* asks for something else than the command's work: not read from the environment */
    bool later;           /* a known name that this version does not have yet */
};

extern const struct option_row option_rows[];
extern const int option_count;

enum { OPTION_TEXT_MAX = VALUE_TEXT_MAX };

void options_init(struct options *o);
const struct option_row *option_by_name(const char *name);
const char *option_nearest(const char *name);
/* "PGWIDEN_CHUNK_SIZE" into buf. */
const char *option_environment_name(const struct option_row *row, char *buf, size_t size);
/* Sets the row's field from text (NULL: a flag on the command line). ERR_USAGE: what is wrong, and what is
 * allowed. */
bool option_set(const struct option_row *row, const char *value, struct options *o, struct arena *a,
                struct err *e) MUST_CHECK;
/* The row's field in o, for rows that have one. */
const void *option_field(const struct option_row *row, const struct options *o);
/* The field's value as it could be given: "100ms", "on", "4"; "" when not set. Returns buf. */
const char *option_print(const struct option_row *row, const struct options *o, char *buf, size_t size);

#endif
