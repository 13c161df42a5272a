#include "base/settings.h"

#include <string.h>

void settings_init(struct settings *s)
{
    *s = (struct settings){
        .chunk_time = SETTINGS_CHUNK_TIME,
        .jobs = 1,
        .lock_timeout = 100,
        .lock_retries = 30,
        .max_table_rows = -1,
        .max_lag = -1,
        .ignore_standby = "",
        .swap_window = {.from = -1, .to = -1},
        .sample = 100000,
        .allow = "",
        .exclude = "",
        .until = PHASE_SWAP,
    };
}

double settings_max_lag(const struct settings *s)
{
    return s->max_lag < 0 ? SETTINGS_MAX_LAG : s->max_lag;
}

bool settings_in_window(const struct swap_window *w, int minute)
{
    if (w->from < 0)
        return true;
    if (w->from < w->to)
        return minute >= w->from && minute < w->to;
    return minute >= w->from || minute < w->to;
}

bool settings_allows(const struct settings *s, const char *code)
{
    size_t length = strlen(code);

    for (const char *p = s->allow; length > 0 && *p != '\0';) {
        p += strspn(p, ", ");
        size_t word = strcspn(p, ", ");
        if (word == length && strncmp(p, code, word) == 0)
            return true;
        p += word;
    }
    return false;
}
