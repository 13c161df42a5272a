/*
 * THE TABLE of settings that `set` changes while an instance runs, by name. The limits of cmd's options of
 * the same names are these.
 */
#ifndef BASE_TUNABLE_H
#define BASE_TUNABLE_H

#include "base/settings.h"
#include "base/value.h"

enum tunable_number {
    TUNABLE_CHUNK_SIZE,
    TUNABLE_CHUNK_TIME,
    TUNABLE_JOBS,
    TUNABLE_MAX_RATE,
    TUNABLE_MAX_LAG,
    TUNABLE_MAX_LAG_BYTES,
    TUNABLE_MAX_WAL_RATE,
    TUNABLE_MAX_ARCHIVE_BACKLOG,
    TUNABLE_MAX_ACTIVE,
    TUNABLE_MAX_COMMIT_LATENCY,
    TUNABLE_THROTTLE_QUERY,
    TUNABLE_THROTTLE_FILE,
    TUNABLE_IGNORE_STANDBY,
    TUNABLE_MAX_BLOAT,
    TUNABLE_LOCK_TIMEOUT,
    TUNABLE_LOCK_RETRIES,
    TUNABLE_SWAP_WINDOW,
    TUNABLE_COUNT
};

struct tunable {
    const char *name;
    size_t offset; /* in struct settings */
    struct value_type type;
};

extern const struct tunable tunables[TUNABLE_COUNT];

/* NULL when there is none of this name. */
const struct tunable *tunable_by_name(const char *name);
/* Sets it, whatever it was; names are not joined with those before. Text is copied into a. ERR_USAGE: not
 * allowed. */
bool tunable_set(const struct tunable *t, const char *value, struct settings *s, struct arena *a,
                 struct err *e) MUST_CHECK;
/* In canonical form, as tunable_set takes it: "10s", "off"; "default" for what no text can set (adaptive). */
const char *tunable_print(const struct tunable *t, const struct settings *s, struct arena *a);

#endif
