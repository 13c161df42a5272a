#include "base/tunable.h"

#include <limits.h>
#include <string.h>

#define HOUR  3600e3
#define DAY   86400e3
#define SIZES 9e18

#define FROM_TO(low, high) .min = (low), .max = (high)
#define OR_OFF(value)      .has_off = true, .off = (value)
#define IN_MS              .unit_ms = 1
#define IN_S               .unit_ms = 1000
#define UNASKED(value)     .otherwise = (value)
#define AND(a, b)          a, b

#define TUNABLE(number_, name_, field_, kind_, limits_)                                                      \
    [TUNABLE_##number_] = {                                                                                  \
        .name = (name_),                                                                                     \
        .offset = offsetof(struct settings, field_),                                                         \
        .type = {.kind = VALUE_##kind_, limits_},                                                            \
    }

const struct tunable tunables[TUNABLE_COUNT] = {
    TUNABLE(CHUNK_SIZE, "chunk-size", chunk_size, ROWS, FROM_TO(1, INT_MAX)),
    TUNABLE(CHUNK_TIME, "chunk-time", chunk_time, DURATION, AND(FROM_TO(1, 1000), IN_MS)),
    TUNABLE(JOBS, "jobs", jobs, INT, FROM_TO(1, 256)),
    TUNABLE(MAX_RATE, "max-rate", max_rate, ROWS, AND(FROM_TO(0, 1e9), OR_OFF(0))),
    TUNABLE(MAX_LAG, "max-lag", max_lag, DURATION,
            AND(FROM_TO(1, 365 * DAY), AND(IN_S, AND(OR_OFF(0), UNASKED(SETTINGS_MAX_LAG))))),
    TUNABLE(MAX_LAG_BYTES, "max-lag-bytes", max_lag_bytes, SIZE, AND(FROM_TO(1, SIZES), OR_OFF(0))),
    TUNABLE(MAX_WAL_RATE, "max-wal-rate", max_wal_rate, SIZE, AND(FROM_TO(1, SIZES), OR_OFF(0))),
    TUNABLE(MAX_ARCHIVE_BACKLOG, "max-archive-backlog", max_archive_backlog, ROWS,
            AND(FROM_TO(0, 1e9), OR_OFF(0))),
    TUNABLE(MAX_ACTIVE, "max-active", max_active, INT, AND(FROM_TO(0, 1e6), OR_OFF(0))),
    TUNABLE(MAX_COMMIT_LATENCY, "max-commit-latency", max_commit_latency, DURATION,
            AND(FROM_TO(0.001, HOUR), AND(IN_MS, OR_OFF(0)))),
    TUNABLE(THROTTLE_QUERY, "throttle-query", throttle_query, TEXT, OR_OFF(0)),
    TUNABLE(THROTTLE_FILE, "throttle-file", throttle_file, TEXT, OR_OFF(0)),
    TUNABLE(IGNORE_STANDBY, "ignore-standby", ignore_standby, NAMES, OR_OFF(0)),
    TUNABLE(MAX_BLOAT, "max-bloat", max_bloat, INT, AND(FROM_TO(0, 1000000), OR_OFF(0))),
    TUNABLE(LOCK_TIMEOUT, "lock-timeout", lock_timeout, DURATION, AND(FROM_TO(1, HOUR), IN_MS)),
    TUNABLE(LOCK_RETRIES, "lock-retries", lock_retries, INT, FROM_TO(1, 1000000)),
    TUNABLE(SWAP_WINDOW, "swap-window", swap_window, WINDOW, OR_OFF(-1)),
};

const struct tunable *tunable_by_name(const char *name)
{
    for (int i = 0; i < TUNABLE_COUNT; i++)
        if (strcmp(tunables[i].name, name) == 0)
            return &tunables[i];
    return NULL;
}

bool tunable_set(const struct tunable *t, const char *value, struct settings *s, struct arena *a,
                 struct err *e)
{
    void *field = (char *)s + t->offset;

    if (t->type.kind == VALUE_NAMES)
        *(const char **)field = "";
    return value_set(&t->type, arena_strdup(a, value), field, a, e);
}

static bool is_text(const struct tunable *t)
{
    return t->type.kind == VALUE_TEXT || t->type.kind == VALUE_NAMES;
}

const char *tunable_print(const struct tunable *t, const struct settings *s, struct arena *a)
{
    const void *field = (const char *)s + t->offset;
    char buf[VALUE_TEXT_MAX];
    const char *text =
        is_text(t) ? *(const char *const *)field : value_print(&t->type, field, buf, sizeof(buf));

    if (text == NULL || *text == '\0')
        return t->type.has_off ? "off" : "default";
    return strcmp(text, "0") == 0 && t->type.has_off ? "off" : arena_strdup(a, text);
}
