/*
 * THE TABLE of settings that core reads, as one value passed down. cmd's option rows point into it.
 */
#ifndef BASE_SETTINGS_H
#define BASE_SETTINGS_H

#include "base/phase.h"

#include <stdbool.h>
#include <stdint.h>

/* What holds until a value is asked for; then one that can't be measured throttles, this one only warns. */
#define SETTINGS_MAX_LAG    10000.0 /* ms */
#define SETTINGS_CHUNK_TIME 10.0    /* ms */

/* Hours of a day in which the swap may be tried, in minutes from midnight; from > to: over midnight. */
struct swap_window {
    int from, to; /* from < 0: at any time */
};

struct settings {
    /* connection: NULL means libpq's own default (PG* variables, service file, .pgpass) */
    const char *dbname; /* a name, a conninfo string or a URI */
    const char *host;
    const char *port;
    const char *username;
    const char *password; /* asked for with -W, never printed */
    bool no_password;
    const char *role; /* SET ROLE in every session */
    /* Of status, no option: a pooler's session is taken, for one transaction that is rolled back. */
    bool through_pooler;

    int64_t chunk_size;  /* rows; 0: adaptive */
    double chunk_time;   /* ms the adaptive chunk aims at */
    int jobs;            /* backfill sessions on one table */
    double lock_timeout; /* ms, one try for a strong lock */
    int lock_retries;
    double stop_after;      /* ms from the start; 0: never */
    int64_t max_table_rows; /* -1: no limit */
    double progress;        /* ms between two progress lines without a terminal; 0: the default rhythm */

    /* throttles; 0 and NULL: off. Read at every use: they change while it runs. */
    int64_t max_rate;            /* rows a second over all sessions */
    double max_lag;              /* ms; -1: not asked for, settings_max_lag knows */
    int64_t max_lag_bytes;       /* also of logical slots that nobody reads */
    int64_t max_wal_rate;        /* bytes a second, of the whole server */
    int64_t max_archive_backlog; /* files that wait for the archive */
    int max_active;              /* active sessions besides ours */
    double max_commit_latency;   /* ms */
    const char *throttle_query;  /* true: throttle */
    const char *throttle_file;   /* there: throttle */
    const char *ignore_standby; /* names of standbys and slots joined by commas, with * and ?; "" when none */
    double paused_since;        /* Unix time, by hand; 0: goes on. No option: control sets it */

    int max_bloat;                  /* percent by which the table may grow before it is vacuumed; 0: any */
    bool hold_swap;                 /* run: all but the swap, then wait for swap=go */
    struct swap_window swap_window; /* when the swap may be tried */
    int64_t sample;                 /* run --dry-run: rows of the copy that is rehearsed on; 0: no copy */
    bool rehearse;                  /* swap: roll it back */
    const char *save_figures;       /* run: the file for figures of each phase; NULL: none */
    const char *rehearsed;          /* plan: a file of save_figures; NULL: none */

    const char *allow;   /* names joined by commas, "" when none; checked against the refusals' table */
    const char *exclude; /* patterns joined by commas, "" when none: what a target leaves out */
    bool if_exists;      /* a target that does not exist, a pattern without a match: no error */
    enum phase until;    /* run: the last phase to do */
    bool cleanup;        /* run: clean up as well */
    bool forget;         /* cleanup, abort: remove the history too */
    bool yes;
    bool dry_run;
    bool echo; /* each statement to the listener, after its answer */
    int verbose;
};

void settings_init(struct settings *s);
/* Is `code` one of the names in s->allow? */
bool settings_allows(const struct settings *s, const char *code);
/* Is it within the window at this minute of the day? */
bool settings_in_window(const struct swap_window *w, int minute);
/* The limit in ms, 0 when it is off. */
double settings_max_lag(const struct settings *s);

#endif
