#include "base/throttle.h"

#include "base/units.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { NUMBER_MAX = 40 };

static char *print_value(double value, const char *unit, char *buf, size_t size)
{
    if (*unit == 'B') {
        units_print_size(llround(value), buf, size);
        snprintf(buf + strlen(buf), size - strlen(buf), "%s", unit + 1); /* B/s */
    } else if (strcmp(unit, "s") == 0 || strcmp(unit, "ms") == 0) {
        snprintf(buf, size, "%.*f%s", value == round(value) || value >= 100 ? 0 : 1, value, unit);
    } else {
        units_print_count(llround(value), buf, size);
        snprintf(buf + strlen(buf), size - strlen(buf), "%s%s", *unit == '\0' ? "" : " ", unit);
    }
    return buf;
}

bool throttle_paces(const struct throttle *t)
{
    static const char *const signals[] = {"max-rate", "max-wal-rate", "wraparound"};

    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
        if (strcmp(t->signal, signals[i]) == 0)
            return true;
    return false;
}

/* "12.4s >= 10s" */
static char *print_values(const struct throttle *t, char *buf, size_t size)
{
    char value[NUMBER_MAX], limit[NUMBER_MAX];

    snprintf(buf, size, throttle_paces(t) ? " %s of %s" : " %s >= %s",
             print_value(t->value, t->unit, value, sizeof(value)),
             print_value(t->limit, t->unit, limit, sizeof(limit)));
    return buf;
}

char *throttle_print(const struct throttle *t, char *buf, size_t size)
{
    char values[2 * NUMBER_MAX + 8] = "";

    if (!isnan(t->value) && !isnan(t->limit))
        print_values(t, values, sizeof(values));
    snprintf(buf, size, "%s%s%s%s%s", t->signal, values, *t->detail != '\0' ? " (" : "", t->detail,
             *t->detail != '\0' ? ")" : "");
    return buf;
}
