#include "cmd/options.h"

#include "base/tunable.h"
#include "cmd/nearest.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define PHASES                                                                                               \
    (COMMAND_BIT(COMMAND_RUN) | COMMAND_BIT(COMMAND_PREPARE) | COMMAND_BIT(COMMAND_BACKFILL) |               \
     COMMAND_BIT(COMMAND_INDEX) | COMMAND_BIT(COMMAND_VERIFY) | COMMAND_BIT(COMMAND_SWAP))
#define CHANGING (PHASES | COMMAND_BIT(COMMAND_CLEANUP) | COMMAND_BIT(COMMAND_ABORT))
#define FILLING  (COMMAND_BIT(COMMAND_RUN) | COMMAND_BIT(COMMAND_BACKFILL) | COMMAND_BIT(COMMAND_VERIFY))
#define PLANNED  (PHASES | COMMAND_BIT(COMMAND_PLAN))
#define LOCKING  (CHANGING | COMMAND_BIT(COMMAND_PLAN))
#define STEERING                                                                                             \
    (COMMAND_BIT(COMMAND_PAUSE) | COMMAND_BIT(COMMAND_RESUME) | COMMAND_BIT(COMMAND_STOP) |                  \
     COMMAND_BIT(COMMAND_SET))
#define ALL     (LOCKING | COMMAND_BIT(COMMAND_STATUS) | STEERING)
#define ONLY(c) COMMAND_BIT(COMMAND_##c)

#define SECOND 1000.0
#define DAY    86400e3

/* Limits of a row */
#define ANY                .max = 0
#define FROM_TO(low, high) .min = (low), .max = (high)
#define OR_OFF(value)      .has_off = true, .off = (value)
#define IN_S               .unit_ms = SECOND
#define AND(a, b)          a, b

#define OPTION(name_, letter_, kind_, group_, argument_, commands_, field_, help_, limits_)                  \
    {                                                                                                        \
        .name = (name_), .letter = (letter_), .group = GROUP_##group_, .argument = (argument_),              \
        .commands = (commands_), .offset = offsetof(struct options, field_), .help = (help_),                \
        .type = &(const struct value_type)                                                                   \
        {                                                                                                    \
            .kind = VALUE_##kind_, limits_                                                                   \
        }                                                                                                    \
    }
/* Of a setting that `set` knows too */
#define TUNED(name_, letter_, number_, argument_, commands_, field_, help_)                                  \
    {                                                                                                        \
        .name = (name_), .letter = (letter_), .group = GROUP_WORK, .argument = (argument_),                  \
        .commands = (commands_), .offset = offsetof(struct options, settings.field_), .help = (help_),       \
        .type = &tunables[TUNABLE_##number_].type                                                            \
    }
#define FLAG(name_, letter_, group_, commands_, field_, help_)                                               \
    OPTION(name_, letter_, FLAG, group_, NULL, commands_, field_, help_, ANY)
#define ASKING(name_, letter_, field_, help_)                                                                \
    {                                                                                                        \
        .name = (name_), .letter = (letter_), .group = GROUP_OUTPUT, .commands = ALL,                        \
        .offset = offsetof(struct options, field_), .help = (help_), .not_environment = true,                \
        .type = &(const struct value_type)                                                                   \
        {                                                                                                    \
            .kind = VALUE_FLAG                                                                               \
        }                                                                                                    \
    }
#define TEXT(name_, letter_, argument_, field_, help_)                                                       \
    OPTION(name_, letter_, TEXT, CONNECTION, argument_, ALL, field_, help_, ANY)
#define LATER(name_, letter_, argument_, commands_)                                                          \
    {                                                                                                        \
        .name = (name_), .letter = (letter_), .argument = (argument_), .commands = (commands_),              \
        .later = true                                                                                        \
    }

const struct option_row option_rows[] = {
    FLAG("yes", 'y', WORK, CHANGING, settings.yes, "do not ask before the swap"),
    OPTION("until", 0, PHASE, WORK, "PHASE", ONLY(RUN), settings.until, "stop after this phase", ANY),
    FLAG("cleanup", 0, WORK, ONLY(RUN), settings.cleanup,
         "clean up after the swap as well: no way back then"),
    FLAG("forget", 0, WORK, ONLY(CLEANUP) | ONLY(ABORT), settings.forget, "remove the history too"),
    FLAG("dry-run", 0, WORK, CHANGING, settings.dry_run,
         "print the statements, change nothing; of run: rehearse them on a copy"),
    FLAG("check", 0, WORK, ONLY(STATUS), check,
         "exit status 0 if every target is bigint and swapped, else 1"),
    TUNED("chunk-size", 0, CHUNK_SIZE, "ROWS", FILLING, chunk_size,
          "rows in one transaction at most; adaptive when not given"),
    TUNED("chunk-time", 0, CHUNK_TIME, "DURATION", FILLING, chunk_time,
          "what the adaptive chunk aims at, in ms"),
    TUNED("jobs", 'j', JOBS, "N", FILLING, jobs, "backfill sessions on one table"),
    TUNED("max-rate", 0, MAX_RATE, "ROWS", LOCKING, max_rate, "rows a second at most, over all sessions"),
    TUNED("max-lag", 0, MAX_LAG, "DURATION", LOCKING, max_lag,
          "wait while a standby lags behind by more, in s"),
    TUNED("max-lag-bytes", 0, MAX_LAG_BYTES, "SIZE", LOCKING, max_lag_bytes,
          "wait while a standby or a slot is behind by more WAL"),
    TUNED("max-wal-rate", 0, MAX_WAL_RATE, "SIZE", LOCKING, max_wal_rate,
          "WAL a second at most, of the whole server"),
    TUNED("max-archive-backlog", 0, MAX_ARCHIVE_BACKLOG, "N", LOCKING, max_archive_backlog,
          "wait while so many files wait for the archive"),
    TUNED("max-active", 0, MAX_ACTIVE, "N", LOCKING, max_active,
          "wait while so many sessions of others are active"),
    TUNED("max-commit-latency", 0, MAX_COMMIT_LATENCY, "DURATION", LOCKING, max_commit_latency,
          "wait while a commit takes longer, in ms"),
    TUNED("throttle-query", 0, THROTTLE_QUERY, "SQL", LOCKING, throttle_query,
          "wait while this query returns true"),
    TUNED("throttle-file", 0, THROTTLE_FILE, "PATH", LOCKING, throttle_file, "wait while this file is there"),
    TUNED("ignore-standby", 0, IGNORE_STANDBY, "NAME,..", LOCKING, ignore_standby,
          "standbys and slots whose lag does not count; * and ? match"),
    TUNED("max-bloat", 0, MAX_BLOAT, "PERCENT", LOCKING, max_bloat,
          "vacuum the table when it has grown by more"),
    TUNED("lock-timeout", 0, LOCK_TIMEOUT, "DURATION", LOCKING, lock_timeout,
          "how long one try for a lock may hold up others, in ms"),
    TUNED("lock-retries", 0, LOCK_RETRIES, "N", LOCKING, lock_retries, "how often a lock is tried for"),
    OPTION("stop-after", 0, DURATION, WORK, "DURATION", CHANGING, settings.stop_after,
           "end cleanly after that time (exit status 5), in s",
           AND(FROM_TO(1, 365 * DAY), AND(IN_S, OR_OFF(0)))),
    FLAG("hold-swap", 0, WORK, ONLY(RUN), settings.hold_swap, "do all but the swap, then wait for swap=go"),
    TUNED("swap-window", 0, SWAP_WINDOW, "HH:MM-HH:MM", ONLY(RUN) | ONLY(SWAP), swap_window,
          "hours in which the swap may be tried"),
    OPTION("sample", 0, ROWS, WORK, "ROWS", ONLY(RUN), settings.sample,
           "rows of the copy that a dry run rehearses on", AND(FROM_TO(0, 1e9), OR_OFF(0))),
    FLAG("rehearse", 0, WORK, ONLY(SWAP), settings.rehearse, "swap, measure, and roll it back"),
    OPTION("save-figures", 0, TEXT, WORK, "FILE", ONLY(RUN), settings.save_figures,
           "write the time and size of each phase to this file", ANY),
    OPTION("rehearsed", 0, TEXT, WORK, "FILE", ONLY(PLAN), settings.rehearsed,
           "scale the figures of this file to the table", ANY),
    OPTION("max-table-rows", 0, ROWS, WORK, "N", ONLY(RUN), settings.max_table_rows,
           "only prepare tables with more rows than that", AND(FROM_TO(0, 1e15), OR_OFF(-1))),
    OPTION("allow", 0, NAMES, WORK, "NAME,..", PLANNED, settings.allow,
           "accept these refusals of preflight, by name", ANY),
    OPTION("exclude", 0, NAMES, WORK, "PATTERN,..", ALL, settings.exclude,
           "leave out what matches; syntax as TARGET's", ANY),
    FLAG("if-exists", 0, WORK, ALL, settings.if_exists,
         "exit status 0 when a target does not exist or a pattern has no match"),

    FLAG("json", 0, OUTPUT, ALL, json, "JSON on standard output"),
    OPTION("log-format", 0, FORMAT, OUTPUT, "text|json", ALL, log_format,
           "messages on standard error as text or as JSON lines", ANY),
    OPTION("progress", 0, DURATION, OUTPUT, "DURATION", CHANGING, settings.progress,
           "time between two lines of progress, in s, or off", AND(FROM_TO(100, DAY), AND(IN_S, OR_OFF(-1)))),
    FLAG("echo", 'e', OUTPUT, ALL, settings.echo, "print each statement with its duration"),
    FLAG("quiet", 'q', OUTPUT, ALL, quiet, "print results, warnings and errors only"),
    OPTION("verbose", 'v', COUNTER, OUTPUT, NULL, ALL, settings.verbose, "print more", ANY),
    ASKING("version", 'V', version, "print the version, then exit"),
    ASKING("help", '?', help, "print this help, then exit"),

    TEXT("dbname", 'd', "DBNAME", settings.dbname, "database: a name, a connection string or a URI"),
    TEXT("host", 'h', "HOST", settings.host, "server's host or socket directory"),
    TEXT("port", 'p', "PORT", settings.port, "server's port"),
    TEXT("username", 'U', "NAME", settings.username, "user to connect as"),
    FLAG("no-password", 'w', CONNECTION, ALL, settings.no_password, "never ask for a password"),
    FLAG("password", 'W', CONNECTION, ALL, ask_password, "ask for the password first"),
    TEXT("role", 0, "NAME", settings.role, "SET ROLE in every session"),

    LATER("with-references", 0, NULL, LOCKING),
    LATER("databases", 0, "PATTERN", ALL),
    LATER("all", 'a', NULL, ALL),
    LATER("exclude-database", 0, "PATTERN", ALL),
    LATER("maintenance-db", 0, "NAME", ALL),
    LATER("targets", 0, "FILE", ALL),
    LATER("table-jobs", 0, "N", CHANGING),
    LATER("metrics-file", 0, "PATH", ALL),
    LATER("report", 0, "FILE", CHANGING),
    LATER("watch", 0, NULL, ONLY(STATUS)),
    LATER("fail-above", 0, "PERCENT", 0),
    LATER("fail-before", 0, "DATE", 0),
    LATER("fail-half-widened", 0, NULL, 0),
    LATER("ignore", 0, "PATTERN", 0),
};
const int option_count = (int)(sizeof(option_rows) / sizeof(option_rows[0]));

void options_init(struct options *o)
{
    *o = (struct options){.command_line = "pgwiden", .given = ""};
    settings_init(&o->settings);
}

const struct option_row *option_by_name(const char *name)
{
    for (int i = 0; i < option_count; i++)
        if (strcmp(option_rows[i].name, name) == 0)
            return &option_rows[i];
    return NULL;
}

const char *option_nearest(const char *name)
{
    struct nearest n;
    nearest_init(&n, name);
    for (int i = 0; i < option_count; i++)
        nearest_offer(&n, option_rows[i].name);
    return nearest_best(&n);
}

const char *option_environment_name(const struct option_row *row, char *buf, size_t size)
{
    snprintf(buf, size, ENVIRONMENT_PREFIX "%s", row->name);
    for (char *p = buf; *p != '\0'; p++)
        *p = (char)(*p == '-' ? '_' : toupper((unsigned char)*p));
    return buf;
}

/* The one place that turns a row into a field of the table's type. */
static void *field_of(const struct option_row *row, struct options *o)
{
    return (char *)o + row->offset;
}

const void *option_field(const struct option_row *row, const struct options *o)
{
    return (const char *)o + row->offset;
}

bool option_set(const struct option_row *row, const char *value, struct options *o, struct arena *a,
                struct err *e)
{
    return value_set(row->type, value, field_of(row, o), a, e);
}

const char *option_print(const struct option_row *row, const struct options *o, char *buf, size_t size)
{
    return value_print(row->type, option_field(row, o), buf, size);
}
