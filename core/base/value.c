#include "base/value.h"

#include "base/phase.h"
#include "base/settings.h"
#include "base/units.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* Every setter: false with *e when the value is not allowed; `value_set` adds what is. */
typedef bool setter(const struct value_type *type, const char *value, void *field, struct arena *a,
                    struct err *e);

static bool set_flag(const struct value_type *type, const char *value, void *field, struct arena *a,
                     struct err *e)
{
    static const char *const words[] = {"on", "true", "yes", "1", "off", "false", "no", "0"};
    const int count = (int)(sizeof(words) / sizeof(words[0]));
    (void)type;
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

static bool set_counter(const struct value_type *type, const char *value, void *field, struct arena *a,
                        struct err *e)
{
    int64_t n = 0;
    (void)type;
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
static bool is_nothing(const struct value_type *type, const char *value)
{
    return type->has_off && (strcmp(value, "off") == 0 || strcmp(value, "0") == 0);
}

static bool set_text(const struct value_type *type, const char *value, void *field, struct arena *a,
                     struct err *e)
{
    (void)a;
    (void)e;
    *(const char **)field = is_nothing(type, value) ? NULL : value;
    return true;
}

static bool set_names(const struct value_type *type, const char *value, void *field, struct arena *a,
                      struct err *e)
{
    const char **names = field;
    (void)e;
    if (is_nothing(type, value))
        value = *names = "";
    *names = *names == NULL || **names == '\0' ? value : arena_printf(a, "%s,%s", *names, value);
    return true;
}

static bool is_off(const struct value_type *type, const char *value)
{
    return type->has_off && strcmp(value, "off") == 0;
}

static bool set_rows(const struct value_type *type, const char *value, void *field, struct arena *a,
                     struct err *e)
{
    (void)a;
    if (is_off(type, value)) {
        *(int64_t *)field = (int64_t)type->off;
        return true;
    }
    return units_count(value, (int64_t)type->min, (int64_t)type->max, field, e);
}

static bool set_int(const struct value_type *type, const char *value, void *field, struct arena *a,
                    struct err *e)
{
    int64_t n = 0;
    if (!set_rows(type, value, &n, a, e))
        return false;
    *(int *)field = (int)n;
    return true;
}

static bool set_duration(const struct value_type *type, const char *value, void *field, struct arena *a,
                         struct err *e)
{
    double ms = 0;
    char low[32], high[32];
    (void)a;
    if (!units_duration(value, type->unit_ms, &ms, e))
        return false;
    if (type->has_off && ms <= 0)
        ms = type->off;
    else if (ms < type->min || ms > type->max)
        return err_set(e, ERR_USAGE, "\"%s\" is outside of %s to %s", value,
                       units_give_duration(type->min, low, sizeof(low)),
                       units_give_duration(type->max, high, sizeof(high)));
    *(double *)field = ms;
    return true;
}

static bool set_size(const struct value_type *type, const char *value, void *field, struct arena *a,
                     struct err *e)
{
    int64_t bytes = 0;
    char low[32];
    (void)a;
    if (!units_size(value, &bytes, e))
        return false;
    if (type->has_off && bytes == 0)
        bytes = (int64_t)type->off;
    else if (bytes < (int64_t)type->min)
        return err_set(e, ERR_USAGE, "\"%s\" is less than %s", value,
                       units_give_size((int64_t)type->min, low, sizeof(low)));
    *(int64_t *)field = bytes;
    return true;
}

static bool set_window(const struct value_type *type, const char *value, void *field, struct arena *a,
                       struct err *e)
{
    struct swap_window *window = field;
    (void)type;
    (void)a;
    return units_window(value, &window->from, &window->to, e);
}

static bool set_phase(const struct value_type *type, const char *value, void *field, struct arena *a,
                      struct err *e)
{
    enum phase p = phase_by_name(value);
    (void)type;
    (void)a;
    if (p > PHASE_SWAP)
        return err_set(e, ERR_USAGE, "\"%s\" is not a phase that run can stop after", value);
    *(enum phase *)field = p;
    return true;
}

static bool set_format(const struct value_type *type, const char *value, void *field, struct arena *a,
                       struct err *e)
{
    (void)type;
    (void)a;
    if (strcmp(value, "text") != 0 && strcmp(value, "json") != 0)
        return err_set(e, ERR_USAGE, "\"%s\" is not a format", value);
    *(enum log_format *)field = value[0] == 't' ? LOG_FORMAT_TEXT : LOG_FORMAT_JSON;
    return true;
}

static setter *const setters[] = {
    [VALUE_FLAG] = set_flag,         [VALUE_COUNTER] = set_counter, [VALUE_TEXT] = set_text,
    [VALUE_NAMES] = set_names,       [VALUE_INT] = set_int,         [VALUE_ROWS] = set_rows,
    [VALUE_DURATION] = set_duration, [VALUE_PHASE] = set_phase,     [VALUE_FORMAT] = set_format,
    [VALUE_SIZE] = set_size,         [VALUE_WINDOW] = set_window,
};

/* One sentence for the hint. */
static void hint_allowed(const struct value_type *type, struct err *e)
{
    char low[32], high[32];
    const char *off = type->has_off ? ", or off" : "";
    if (type->kind == VALUE_FLAG)
        err_hint(e, "Allowed are on and off.");
    else if (type->kind == VALUE_INT || type->kind == VALUE_ROWS)
        err_hint(e, "Allowed are whole numbers from %.0f to %.0f%s.", type->min, type->max, off);
    else if (type->kind == VALUE_DURATION)
        err_hint(e,
                 "Allowed are durations from %s to %s with a unit (us, ms, s, min, h, d)%s; a bare number is "
                 "in %s.",
                 units_give_duration(type->min, low, sizeof(low)),
                 units_give_duration(type->max, high, sizeof(high)), off,
                 type->unit_ms < 1000 ? "milliseconds" : "seconds");
    else if (type->kind == VALUE_SIZE)
        err_hint(e, "Allowed are sizes with a unit (B, kB, MB, GB, TB)%s; a bare number is in bytes.", off);
    else if (type->kind == VALUE_WINDOW)
        err_hint(e, "Allowed are windows as 22:00-04:30%s.", off);
    else if (type->kind == VALUE_PHASE)
        err_hint(e, "Allowed are prepare, backfill, index, verify and swap; --cleanup cleans up as well.");
    else if (type->kind == VALUE_FORMAT)
        err_hint(e, "Allowed are text and json.");
}

bool value_set(const struct value_type *type, const char *value, void *field, struct arena *a, struct err *e)
{
    if (value != NULL && value[0] == '\0')
        err_set(e, ERR_USAGE, "value is empty");
    else if (setters[type->kind](type, value, field, a, e))
        return true;
    e->hint[0] = '\0';
    hint_allowed(type, e);
    return false;
}

static const char *text_or_empty(const char *s)
{
    return s == NULL ? "" : s;
}

static void print_duration(const struct value_type *type, double ms, char *buf, size_t size)
{
    if (ms < 0)
        ms = type->otherwise;
    if (ms > 0)
        units_give_duration(ms, buf, size);
}

const char *value_print(const struct value_type *type, const void *field, char *buf, size_t size)
{
    const struct swap_window *window = field; /* of VALUE_WINDOW only */
    buf[0] = '\0';
    switch (type->kind) {
    case VALUE_FLAG:
        snprintf(buf, size, "%s", *(const bool *)field ? "on" : "off");
        break;
    case VALUE_COUNTER:
    case VALUE_INT:
        if (!type->has_off || *(const int *)field != (int)type->off)
            snprintf(buf, size, "%d", *(const int *)field);
        break;
    case VALUE_TEXT:
    case VALUE_NAMES:
        snprintf(buf, size, "%s", text_or_empty(*(const char *const *)field));
        break;
    case VALUE_ROWS:
        if (*(const int64_t *)field > 0)
            snprintf(buf, size, "%" PRId64, *(const int64_t *)field);
        break;
    case VALUE_DURATION:
        print_duration(type, *(const double *)field, buf, size);
        break;
    case VALUE_SIZE:
        if (*(const int64_t *)field > 0)
            units_give_size(*(const int64_t *)field, buf, size);
        break;
    case VALUE_WINDOW:
        if (window->from >= 0)
            units_give_window(window->from, window->to, buf, size);
        break;
    case VALUE_PHASE:
        snprintf(buf, size, "%s", text_or_empty(phase_name(*(const enum phase *)field)));
        break;
    case VALUE_FORMAT:
        snprintf(buf, size, "%s", *(const enum log_format *)field == LOG_FORMAT_TEXT ? "text" : "json");
        break;
    }
    return buf;
}
