#include "cmd/options.h"

#include "base/units.h"
#include "cmd/nearest.h"

#include <ctype.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define PHASES                                                                                               \
    (COMMAND_BIT(COMMAND_RUN) | COMMAND_BIT(COMMAND_PREPARE) | COMMAND_BIT(COMMAND_BACKFILL) |               \
     COMMAND_BIT(COMMAND_INDEX) | COMMAND_BIT(COMMAND_VERIFY) | COMMAND_BIT(COMMAND_SWAP))
#define CHANGING (PHASES | COMMAND_BIT(COMMAND_CLEANUP) | COMMAND_BIT(COMMAND_ABORT))
#define FILLING  (COMMAND_BIT(COMMAND_RUN) | COMMAND_BIT(COMMAND_BACKFILL) | COMMAND_BIT(COMMAND_VERIFY))
#define PLANNED  (PHASES | COMMAND_BIT(COMMAND_PLAN))
#define LOCKING  (CHANGING | COMMAND_BIT(COMMAND_PLAN))
#define ALL      (LOCKING | COMMAND_BIT(COMMAND_STATUS))
#define ONLY(c)  COMMAND_BIT(COMMAND_##c)

#define SECOND 1000.0
#define HOUR   3600e3
#define DAY    86400e3
#define SIZES  9e18

/* Limits of a row */
#define ANY                .max = 0
#define FROM_TO(low, high) .min = (low), .max = (high)
#define OR_OFF(value)      .has_off = true, .off = (value)
#define UNASKED(value)     .otherwise = (value)
#define IN_MS              .unit_ms = 1
#define IN_S               .unit_ms = SECOND
#define AND(a, b)          a, b

#define OPTION(name_, letter_, kind_, group_, argument_, commands_, field_, help_, limits_)                  \
    {                                                                                                        \
        .name = (name_), .letter = (letter_), .kind = OPTION_##kind_, .group = GROUP_##group_,               \
        .argument = (argument_), .commands = (commands_), .offset = offsetof(struct options, field_),        \
        .help = (help_), limits_                                                                             \
    }
#define FLAG(name_, letter_, group_, commands_, field_, help_)                                               \
    OPTION(name_, letter_, FLAG, group_, NULL, commands_, field_, help_, ANY)
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
    FLAG("dry-run", 0, WORK, CHANGING, settings.dry_run, "print the statements, change nothing"),
    FLAG("check", 0, WORK, ONLY(STATUS), check,
         "exit status 0 if every target is bigint and swapped, else 1"),
    OPTION("chunk-size", 0, ROWS, WORK, "ROWS", FILLING, settings.chunk_size,
           "rows in one transaction at most; adaptive when not given", FROM_TO(1, INT_MAX)),
    OPTION("chunk-time", 0, DURATION, WORK, "DURATION", FILLING, settings.chunk_time,
           "what the adaptive chunk aims at, in ms", AND(FROM_TO(1, HOUR), IN_MS)),
    OPTION("jobs", 'j', INT, WORK, "N", FILLING, settings.jobs, "backfill sessions on one table",
           FROM_TO(1, 256)),
    OPTION("max-rate", 0, ROWS, WORK, "ROWS", LOCKING, settings.max_rate,
           "rows a second at most, over all sessions", AND(FROM_TO(0, 1e9), OR_OFF(0))),
    OPTION("max-lag", 0, DURATION, WORK, "DURATION", LOCKING, settings.max_lag,
           "wait while a standby lags behind by more, in s",
           AND(FROM_TO(1, 365 * DAY), AND(IN_S, AND(OR_OFF(0), UNASKED(SETTINGS_MAX_LAG))))),
    OPTION("max-lag-bytes", 0, SIZE, WORK, "SIZE", LOCKING, settings.max_lag_bytes,
           "wait while a standby or a slot is behind by more WAL", AND(FROM_TO(1, SIZES), OR_OFF(0))),
    OPTION("max-wal-rate", 0, SIZE, WORK, "SIZE", LOCKING, settings.max_wal_rate,
           "WAL a second at most, of the whole server", AND(FROM_TO(1, SIZES), OR_OFF(0))),
    OPTION("max-archive-backlog", 0, ROWS, WORK, "N", LOCKING, settings.max_archive_backlog,
           "wait while so many files wait for the archive", AND(FROM_TO(0, 1e9), OR_OFF(0))),
    OPTION("max-active", 0, INT, WORK, "N", LOCKING, settings.max_active,
           "wait while so many sessions of others are active", AND(FROM_TO(0, 1e6), OR_OFF(0))),
    OPTION("max-commit-latency", 0, DURATION, WORK, "DURATION", LOCKING, settings.max_commit_latency,
           "wait while a commit takes longer, in ms", AND(FROM_TO(0.001, HOUR), AND(IN_MS, OR_OFF(0)))),
    OPTION("throttle-query", 0, TEXT, WORK, "SQL", LOCKING, settings.throttle_query,
           "wait while this query returns true", OR_OFF(0)),
    OPTION("throttle-file", 0, TEXT, WORK, "PATH", LOCKING, settings.throttle_file,
           "wait while this file is there", OR_OFF(0)),
    OPTION("ignore-standby", 0, NAMES, WORK, "NAME,..", LOCKING, settings.ignore_standby,
           "standbys and slots whose lag does not count; * and ? match", OR_OFF(0)),
    OPTION("max-bloat", 0, INT, WORK, "PERCENT", LOCKING, settings.max_bloat,
           "vacuum the table when it has grown by more", AND(FROM_TO(0, 1000000), OR_OFF(0))),
    OPTION("lock-timeout", 0, DURATION, WORK, "DURATION", LOCKING, settings.lock_timeout,
           "how long one try for a lock may hold up others, in ms", AND(FROM_TO(1, HOUR), IN_MS)),
    OPTION("lock-retries", 0, INT, WORK, "N", LOCKING, settings.lock_retries, "how often a lock is tried for",
           FROM_TO(1, 1000000)),
    OPTION("stop-after", 0, DURATION, WORK, "DURATION", CHANGING, settings.stop_after,
           "end cleanly after that time (exit status 5), in s",
           AND(FROM_TO(1, 365 * DAY), AND(IN_S, OR_OFF(0)))),
    FLAG("hold-swap", 0, WORK, ONLY(RUN), settings.hold_swap, "do all but the swap, then wait for swap=go"),
    OPTION("swap-window", 0, WINDOW, WORK, "HH:MM-HH:MM", ONLY(RUN) | ONLY(SWAP), settings.swap_window,
           "hours in which the swap may be tried", OR_OFF(-1)),
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
    OPTION("version", 'V', FLAG, OUTPUT, NULL, ALL, version, "print the version, then exit",
           .not_environment = true),
    OPTION("help", '?', FLAG, OUTPUT, NULL, ALL, help, "print this help, then exit", .not_environment = true),

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
    *o = (struct options){.command_line = "pgwiden"};
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

/* Every setter: false with *e when the value is not allowed; `option_set` adds what is. */
typedef bool setter(const struct option_row *row, const char *value, void *field, struct arena *a,
                    struct err *e);

static bool set_flag(const struct option_row *row, const char *value, void *field, struct arena *a,
                     struct err *e)
{
    static const char *const words[] = {"on", "true", "yes", "1", "off", "false", "no", "0"};
    const int count = (int)(sizeof(words) / sizeof(words[0]));
    (void)row;
    (void)a;
    if (value == NULL) {
        *(bool *)field = true;
        return true;
    }
    for (int i = 0; i < count; i++)
        if (strcasecmp(value, words[i]) == 0) {
            *(bool *)field = i < count / 2;
            return true;
        }
    /* the value is not repeated: PGWIDEN_PASSWORD may hold one */
    return err_set(e, ERR_USAGE, "value is neither on nor off");
}

static bool set_counter(const struct option_row *row, const char *value, void *field, struct arena *a,
                        struct err *e)
{
    int64_t n = 0;
    (void)row;
    (void)a;
    if (value == NULL)
        ++*(int *)field;
    else if (strcasecmp(value, "on") == 0)
        *(int *)field = 1;
    else if (units_count(value, 0, 9, &n, e))
        *(int *)field = (int)n;
    else
        return false;
    return true;
}

/* "off" and "0" of what can be switched off. */
static bool is_nothing(const struct option_row *row, const char *value)
{
    return row->has_off && (strcmp(value, "off") == 0 || strcmp(value, "0") == 0);
}

static bool set_text(const struct option_row *row, const char *value, void *field, struct arena *a,
                     struct err *e)
{
    (void)a;
    (void)e;
    *(const char **)field = is_nothing(row, value) ? NULL : value;
    return true;
}

static bool set_names(const struct option_row *row, const char *value, void *field, struct arena *a,
                      struct err *e)
{
    const char **names = field;
    (void)e;
    if (is_nothing(row, value))
        value = *names = "";
    *names = *names == NULL || **names == '\0' ? value : arena_printf(a, "%s,%s", *names, value);
    return true;
}

static bool is_off(const struct option_row *row, const char *value)
{
    return row->has_off && strcmp(value, "off") == 0;
}

static bool set_rows(const struct option_row *row, const char *value, void *field, struct arena *a,
                     struct err *e)
{
    (void)a;
    if (is_off(row, value)) {
        *(int64_t *)field = (int64_t)row->off;
        return true;
    }
    return units_count(value, (int64_t)row->min, (int64_t)row->max, field, e);
}

static bool set_int(const struct option_row *row, const char *value, void *field, struct arena *a,
                    struct err *e)
{
    int64_t n = 0;
    if (!set_rows(row, value, &n, a, e))
        return false;
    *(int *)field = (int)n;
    return true;
}

static bool set_duration(const struct option_row *row, const char *value, void *field, struct arena *a,
                         struct err *e)
{
    double ms = 0;
    char low[32], high[32];
    (void)a;
    if (!units_duration(value, row->unit_ms, &ms, e))
        return false;
    if (row->has_off && ms <= 0)
        ms = row->off;
    else if (ms < row->min || ms > row->max)
        return err_set(e, ERR_USAGE, "\"%s\" is outside of %s to %s", value,
                       units_give_duration(row->min, low, sizeof(low)),
                       units_give_duration(row->max, high, sizeof(high)));
    *(double *)field = ms;
    return true;
}

static bool set_size(const struct option_row *row, const char *value, void *field, struct arena *a,
                     struct err *e)
{
    int64_t bytes = 0;
    char low[32];
    (void)a;
    if (!units_size(value, &bytes, e))
        return false;
    if (row->has_off && bytes == 0)
        bytes = (int64_t)row->off;
    else if (bytes < (int64_t)row->min)
        return err_set(e, ERR_USAGE, "\"%s\" is less than %s", value,
                       units_give_size((int64_t)row->min, low, sizeof(low)));
    *(int64_t *)field = bytes;
    return true;
}

static bool set_window(const struct option_row *row, const char *value, void *field, struct arena *a,
                       struct err *e)
{
    struct swap_window *window = field;
    (void)row;
    (void)a;
    return units_window(value, &window->from, &window->to, e);
}

static bool set_phase(const struct option_row *row, const char *value, void *field, struct arena *a,
                      struct err *e)
{
    enum phase p = phase_by_name(value);
    (void)row;
    (void)a;
    if (p > PHASE_SWAP)
        return err_set(e, ERR_USAGE, "\"%s\" is not a phase that run can stop after", value);
    *(enum phase *)field = p;
    return true;
}

static bool set_format(const struct option_row *row, const char *value, void *field, struct arena *a,
                       struct err *e)
{
    (void)row;
    (void)a;
    if (strcmp(value, "text") != 0 && strcmp(value, "json") != 0)
        return err_set(e, ERR_USAGE, "\"%s\" is not a format", value);
    *(enum log_format *)field = value[0] == 't' ? LOG_FORMAT_TEXT : LOG_FORMAT_JSON;
    return true;
}

static setter *const setters[] = {
    [OPTION_FLAG] = set_flag,         [OPTION_COUNTER] = set_counter, [OPTION_TEXT] = set_text,
    [OPTION_NAMES] = set_names,       [OPTION_INT] = set_int,         [OPTION_ROWS] = set_rows,
    [OPTION_DURATION] = set_duration, [OPTION_PHASE] = set_phase,     [OPTION_FORMAT] = set_format,
    [OPTION_SIZE] = set_size,         [OPTION_WINDOW] = set_window,
};

/* One sentence for the hint. */
static void hint_allowed(const struct option_row *row, struct err *e)
{
    char low[32], high[32];
    const char *off = row->has_off ? ", or off" : "";
    if (row->kind == OPTION_FLAG)
        err_hint(e, "Allowed are on and off.");
    else if (row->kind == OPTION_INT || row->kind == OPTION_ROWS)
        err_hint(e, "Allowed are whole numbers from %.0f to %.0f%s.", row->min, row->max, off);
    else if (row->kind == OPTION_DURATION)
        err_hint(e,
                 "Allowed are durations from %s to %s with a unit (us, ms, s, min, h, d)%s; a bare number is "
                 "in %s.",
                 units_give_duration(row->min, low, sizeof(low)),
                 units_give_duration(row->max, high, sizeof(high)), off,
                 row->unit_ms < SECOND ? "milliseconds" : "seconds");
    else if (row->kind == OPTION_SIZE)
        err_hint(e, "Allowed are sizes with a unit (B, kB, MB, GB, TB)%s; a bare number is in bytes.", off);
    else if (row->kind == OPTION_WINDOW)
        err_hint(e, "Allowed are windows as 22:00-04:30%s.", off);
    else if (row->kind == OPTION_PHASE)
        err_hint(e, "Allowed are prepare, backfill, index, verify and swap; --cleanup cleans up as well.");
    else if (row->kind == OPTION_FORMAT)
        err_hint(e, "Allowed are text and json.");
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
    if (value != NULL && value[0] == '\0')
        err_set(e, ERR_USAGE, "value is empty");
    else if (setters[row->kind](row, value, field_of(row, o), a, e))
        return true;
    e->hint[0] = '\0';
    hint_allowed(row, e);
    return false;
}

static const char *text_or_empty(const char *s)
{
    return s == NULL ? "" : s;
}

static void print_duration(const struct option_row *row, double ms, char *buf, size_t size)
{
    if (ms < 0)
        ms = row->otherwise;
    if (ms > 0)
        units_give_duration(ms, buf, size);
}

const char *option_print(const struct option_row *row, const struct options *o, char *buf, size_t size)
{
    const void *field = option_field(row, o);
    const struct swap_window *window = field; /* of OPTION_WINDOW only */
    buf[0] = '\0';
    switch (row->kind) {
    case OPTION_FLAG:
        snprintf(buf, size, "%s", *(const bool *)field ? "on" : "off");
        break;
    case OPTION_COUNTER:
    case OPTION_INT:
        snprintf(buf, size, "%d", *(const int *)field);
        break;
    case OPTION_TEXT:
    case OPTION_NAMES:
        snprintf(buf, size, "%s", text_or_empty(*(const char *const *)field));
        break;
    case OPTION_ROWS:
        if (*(const int64_t *)field > 0)
            snprintf(buf, size, "%" PRId64, *(const int64_t *)field);
        break;
    case OPTION_DURATION:
        print_duration(row, *(const double *)field, buf, size);
        break;
    case OPTION_SIZE:
        if (*(const int64_t *)field > 0)
            units_give_size(*(const int64_t *)field, buf, size);
        break;
    case OPTION_WINDOW:
        if (window->from >= 0)
            units_give_window(window->from, window->to, buf, size);
        break;
    case OPTION_PHASE:
        snprintf(buf, size, "%s", text_or_empty(phase_name(*(const enum phase *)field)));
        break;
    case OPTION_FORMAT:
        snprintf(buf, size, "%s", *(const enum log_format *)field == LOG_FORMAT_TEXT ? "text" : "json");
        break;
    }
    return buf;
}
