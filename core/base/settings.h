/*
 * THE TABLE of settings that core reads, as one value passed down. cmd's option rows point into it.
 */
#ifndef BASE_SETTINGS_H
#define BASE_SETTINGS_H

#include "base/phase.h"

#include <stdbool.h>
#include <stdint.h>

struct settings {
    /* connection: NULL means libpq's own default (PG* variables, service file, .pgpass) */
    const char *dbname; /* a name, a conninfo string or a URI */
    const char *host;
    const char *port;
    const char *username;
    const char *password; /* asked for with -W, never printed */
    bool no_password;
    const char *role; /* SET ROLE in every session */

    int64_t chunk_size;  /* rows; 0: adaptive */
    double chunk_time;   /* ms the adaptive chunk aims at */
    int jobs;            /* backfill sessions on one table */
    double lock_timeout; /* ms, one try for a strong lock */
    int lock_retries;
    double stop_after;      /* ms from the start; 0: never */
    int64_t max_table_rows; /* -1: no limit */
    double progress;        /* ms between two progress lines without a terminal; 0: the default rhythm */
    const char *allow;      /* names joined by commas, "" when none; checked against the refusals' table */
    const char *exclude;    /* patterns joined by commas, "" when none: what a target leaves out */
    bool if_exists;         /* a target that does not exist, a pattern without a match: no error */
    enum phase until;       /* run: the last phase to do */
    bool cleanup;           /* run: clean up as well */
    bool forget;            /* cleanup, abort: remove the history too */
    bool yes;
    bool dry_run;
    int64_t sample;           /* run --dry-run: rows of the copy that is rehearsed on */
    bool rehearse;            /* swap: run it and roll it back */
    const char *save_figures; /* run: file for what each phase took; NULL: none */
    const char *rehearsed;    /* plan: file of such figures to scale; NULL: none */
    bool echo; /* each statement to the listener as it is sent */
    int verbose;
};

void settings_init(struct settings *s);
/* Is `code` one of the names in s->allow? */
bool settings_allows(const struct settings *s, const char *code);

#endif
