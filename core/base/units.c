/*
 * Numbers are read by hand: strtod takes signs, exponents, hexadecimal, "inf" and the locale's decimal sign.
 */
#include "base/units.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

struct unit {
    const char *name;
    double factor;
};

static const struct unit time_units[] = {
    {"us",  0.001   },
    {"ms",  1       },
    {"s",   1000    },
    {"min", 60000   },
    {"h",   3600000 },
    {"d",   86400000},
    {NULL,  0       }
};

static const struct unit size_units[] = {
    {"B",  1              },
    {"kB", 1024           },
    {"MB", 1048576        },
    {"GB", 1073741824     },
    {"TB", 1099511627776.0},
    {NULL, 0              }
};

static const char time_hint[] = "Valid units are \"us\", \"ms\", \"s\", \"min\", \"h\", and \"d\".";
static const char size_hint[] = "Valid units are \"B\", \"kB\", \"MB\", \"GB\", and \"TB\".";

struct number {
    int64_t whole;
    double fraction;
    const char *unit; /* what follows, without the blanks between */
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool invalid(const char *text, const char *what, const char *hint, struct err *e)
{
    if (*text == '\0')
        err_set(e, ERR_USAGE, "%s must not be empty", what);
    else
        err_set(e, ERR_USAGE, "invalid %s: \"%s\"", what, text);
    if (hint != NULL)
        err_hint(e, "%s", hint);
    return false;
}

static bool too_large(const char *text, const char *what, struct err *e)
{
    return err_set(e, ERR_USAGE, "%s is out of range: \"%s\"", what, text);
}

/* False: no digit where one must be, or (*overflow) too many of them. */
static bool read_number(const char *text, struct number *n, bool *overflow)
{
    const char *p = text;

    *n = (struct number){.whole = 0};
    *overflow = false;
    if (!is_digit(*p))
        return false;
    for (; is_digit(*p); p++)
        if (__builtin_mul_overflow(n->whole, 10, &n->whole) ||
            __builtin_add_overflow(n->whole, *p - '0', &n->whole))
            *overflow = true;
    if (*p == '.') {
        double place = 0.1;

        if (!is_digit(*++p))
            return false;
        for (; is_digit(*p); p++, place = fmax(place / 10, DBL_MIN)) /* above 0 stays so: 0 means off */
            n->fraction += (*p - '0') * place;
    }
    n->unit = p + strspn(p, " ");
    return !*overflow && (*n->unit != '\0' || *p == '\0');
}

static const struct unit *find_unit(const struct unit *units, const char *name)
{
    while (units->name != NULL && strcmp(units->name, name) != 0)
        units++;
    return units->name == NULL ? NULL : units;
}

bool units_duration(const char *text, double unit_ms, double *ms, struct err *e)
{
    static const char what[] = "duration";
    static const double limit = 9007199254740992.0; /* exact in a double, and in PostgreSQL's microseconds */
    struct number n;
    bool overflow;

    *ms = 0;
    if (strcmp(text, "off") == 0)
        return true;
    if (!read_number(text, &n, &overflow))
        return overflow ? too_large(text, what, e) : invalid(text, what, time_hint, e);
    const struct unit *unit = find_unit(time_units, n.unit);
    if (unit == NULL && *n.unit != '\0')
        return invalid(text, what, time_hint, e);
    *ms = ((double)n.whole + n.fraction) * (unit == NULL ? unit_ms : unit->factor);
    return *ms <= limit || too_large(text, what, e);
}

bool units_size(const char *text, int64_t *bytes, struct err *e)
{
    static const char what[] = "size";
    struct number n;
    bool overflow;

    *bytes = 0;
    if (strcmp(text, "off") == 0)
        return true;
    if (!read_number(text, &n, &overflow))
        return overflow ? too_large(text, what, e) : invalid(text, what, size_hint, e);
    const struct unit *unit = find_unit(size_units, *n.unit == '\0' ? "B" : n.unit);
    if (unit == NULL)
        return invalid(text, what, size_hint, e);
    int64_t factor = (int64_t)unit->factor;
    if (__builtin_mul_overflow(n.whole, factor, bytes) ||
        __builtin_add_overflow(*bytes, (int64_t)llround(n.fraction * unit->factor), bytes))
        return too_large(text, what, e);
    if (*bytes == 0 && n.fraction > 0) /* 0 would mean off */
        return err_set(e, ERR_USAGE, "%s is below one byte: \"%s\"", what, text);
    return true;
}

bool units_count(const char *text, int64_t min, int64_t max, int64_t *count, struct err *e)
{
    static const char what[] = "whole number";
    struct number n;
    bool overflow;

    *count = 0;
    if (min == 0 && strcmp(text, "off") == 0)
        return true;
    bool read = read_number(text, &n, &overflow);
    if (text[strspn(text, "0123456789")] != '\0' || (!read && !overflow))
        return invalid(text, what, NULL, e);
    if (overflow || n.whole < min || n.whole > max)
        return err_set(e, ERR_USAGE, "%s is outside the valid range (%lld .. %lld)", text, (long long)min,
                       (long long)max);
    *count = n.whole;
    return true;
}

/* "HH:MM" up to 24:00; *end is what follows. */
static bool read_clock(const char *text, int *minutes, const char **end)
{
    for (int i = 0; i < 5; i++)
        if (i == 2 ? text[i] != ':' : !is_digit(text[i]))
            return false;
    int hours = (text[0] - '0') * 10 + text[1] - '0', rest = (text[3] - '0') * 10 + text[4] - '0';
    *minutes = hours * 60 + rest;
    *end = text + 5;
    return rest < 60 && *minutes <= 24 * 60;
}

bool units_window(const char *text, int *from, int *to, struct err *e)
{
    static const char what[] = "time window";
    static const char hint[] = "A window is HH:MM-HH:MM, for example 22:00-04:30.";
    const char *p = text;

    *from = *to = -1;
    if (strcmp(text, "off") == 0)
        return true;
    if (!read_clock(p, from, &p) || *p++ != '-' || !read_clock(p, to, &p) || *p != '\0' || *from == 24 * 60 ||
        *from == *to) {
        *from = *to = -1;
        return invalid(text, what, hint, e);
    }
    return true;
}

/* ---- as it is given ---- */

char *units_give_duration(double ms, char *buf, size_t size)
{
    int64_t us = llround(ms * 1000), factor;
    const struct unit *unit = time_units;

    while (unit[1].name != NULL)
        unit++;
    for (; unit > time_units; unit--) {
        factor = llround(unit->factor * 1000);
        if (us % factor == 0)
            break;
    }
    factor = llround(unit->factor * 1000);
    snprintf(buf, size, us == 0 ? "off" : "%" PRId64 "%s", us / factor, unit->name);
    return buf;
}

char *units_give_size(int64_t bytes, char *buf, size_t size)
{
    const struct unit *unit = size_units;

    while (unit[1].name != NULL && bytes % (int64_t)unit[1].factor == 0)
        unit++;
    snprintf(buf, size, bytes == 0 ? "off" : "%" PRId64 "%s", bytes / (int64_t)unit->factor, unit->name);
    return buf;
}

char *units_give_window(int from, int to, char *buf, size_t size)
{
    if (from < 0)
        snprintf(buf, size, "off");
    else
        snprintf(buf, size, "%02d:%02d-%02d:%02d", from / 60, from % 60, to / 60, to % 60);
    return buf;
}

char *units_print_count(int64_t n, char *buf, size_t size)
{
    char digits[32], grouped[48];
    size_t used = 0;

    snprintf(digits, sizeof(digits), "%lld", (long long)n);
    size_t left = strlen(digits);
    for (const char *p = digits; *p != '\0'; p++, left--) {
        grouped[used++] = *p;
        if (left > 1 && left % 3 == 1 && *p != '-')
            grouped[used++] = ',';
    }
    grouped[used] = '\0';
    snprintf(buf, size, "%s", grouped);
    return buf;
}

/* As pg_size_pretty: up to five digits, then half rounded in the next unit. */
char *units_print_size(int64_t bytes, char *buf, size_t size)
{
    static const char *const names[] = {"bytes", "kB", "MB", "GB", "TB", "PB"};
    int unit = 0, last = (int)(sizeof(names) / sizeof(names[0])) - 1;
    int64_t n = bytes, limit = (int64_t)10 * 1024;

    while (unit < last && (n >= limit || n <= -limit)) {
        n /= unit == 0 ? 512 : 1024; /* from here on in halves of the unit */
        limit = (int64_t)20 * 1024 - 1;
        unit++;
    }
    if (unit > 0)
        n = (n + (n < 0 ? -1 : 1)) / 2;
    snprintf(buf, size, "%lld %s", (long long)n, names[unit]);
    return buf;
}

char *units_print_duration(double seconds, char *buf, size_t size)
{
    if (isnan(seconds) || seconds < 0 || seconds > 1e15) {
        snprintf(buf, size, "--");
    } else if (seconds < 59.95) {
        snprintf(buf, size, "%.1f s", seconds);
    } else {
        long long s = llround(seconds), minutes = s / 60, hours = minutes / 60, days = hours / 24;
        if (days > 0)
            snprintf(buf, size, "%lld d %02lld:%02lld:%02lld", days, hours % 24, minutes % 60, s % 60);
        else if (hours > 0)
            snprintf(buf, size, "%lld:%02lld:%02lld", hours, minutes % 60, s % 60);
        else
            snprintf(buf, size, "%lld:%02lld", minutes, s % 60);
    }
    return buf;
}
