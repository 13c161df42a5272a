/* The throttles as they are given and printed. */
#include "base/throttle.h"
#include "base/units.h"
#include "cmd/arguments.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <string.h>

#define LENGTH(a) (sizeof(a) / sizeof((a)[0]))

/* "NAME=VALUE NAME=VALUE .." of one command; the last word counts. */
static bool parse(struct arena *a, const char *command, const char *const *words, struct options *o,
                  struct err *e)
{
    char *argv[16] = {"pgwiden", arena_strdup(a, command), "orders.id"};
    char *const nothing[] = {NULL};
    int argc = 3;

    for (; *words != NULL; words++)
        argv[argc++] = arena_printf(a, "--%s", *words);
    return arguments_parse(a, argc, argv, nothing, o, e);
}

static const struct {
    const char *words[3], *option, *value;
} taken[] = {
    {{NULL},                                          "max-lag",            "10s"        },
    {{"max-lag=5"},                                   "max-lag",            "5s"         },
    {{"max-lag=0"},                                   "max-lag",            ""           },
    {{"max-lag=off"},                                 "max-lag",            ""           },
    {{"max-lag-bytes=65536"},                         "max-lag-bytes",      "64kB"       },
    {{"max-wal-rate=16MB"},                           "max-wal-rate",       "16MB"       },
    {{"max-wal-rate=16MB", "max-wal-rate=0"},         "max-wal-rate",       ""           },
    {{"max-rate=500"},                                "max-rate",           "500"        },
    {{"max-rate=500", "max-rate=0"},                  "max-rate",           ""           },
    {{"max-commit-latency=5"},                        "max-commit-latency", "5ms"        },
    {{"throttle-query=SELECT true"},                  "throttle-query",     "SELECT true"},
    {{"throttle-query=SELECT 1", "throttle-query=0"}, "throttle-query",     ""           },
    {{"throttle-file=/x/y"},                          "throttle-file",      "/x/y"       },
    {{"ignore-standby=a*", "ignore-standby=b"},       "ignore-standby",     "a*,b"       },
    {{"ignore-standby=a*", "ignore-standby=off"},     "ignore-standby",     ""           },
    {{"swap-window=22:00-04:30"},                     "swap-window",        "22:00-04:30"},
    {{"swap-window=20:00-24:00"},                     "swap-window",        "20:00-24:00"},
    {{"swap-window=off"},                             "swap-window",        ""           },
    {{"hold-swap"},                                   "hold-swap",          "on"         },
    {{NULL},                                          "sample",             "100000"     },
};

Test(throttle_options, are_taken)
{
    for (size_t i = 0; i < LENGTH(taken); i++) {
        char value[OPTION_TEXT_MAX];
        struct arena *a = arena_new();
        struct options o;
        struct err e;
        cr_assert(parse(a, "run", taken[i].words, &o, &e), "%s", e.primary);
        option_print(option_by_name(taken[i].option), &o, value, sizeof(value));
        cr_expect(eq(str, value, (char *)taken[i].value), "%s", taken[i].option);
        arena_free(a);
    }
}

Test(throttle_options, know_what_was_asked_for)
{
    static const char *const nothing[] = {NULL}, *const same[] = {"max-lag=10s", NULL};
    struct arena *a = arena_new();
    struct options o;
    struct err e;

    cr_assert(parse(a, "run", nothing, &o, &e));
    cr_expect(lt(dbl, o.settings.max_lag, 0));
    cr_expect(eq(dbl, settings_max_lag(&o.settings), SETTINGS_MAX_LAG));
    cr_assert(parse(a, "run", same, &o, &e));
    cr_expect(eq(dbl, o.settings.max_lag, SETTINGS_MAX_LAG));
    arena_free(a);
}

static const struct {
    const char *command, *words[2], *primary, *hint;
} refused[] = {
    {"run",    {"chunk-time=0"},               "--chunk-time",                     "1ms to 1s"     },
    {"run",    {"chunk-time=1001"},            "--chunk-time",                     "1ms to 1s"     },
    {"run",    {"max-lag="},                   "--max-lag: value is empty",        "in seconds"    },
    {"run",    {"max-lag=-1"},                 "--max-lag",                        "or off"        },
    {"run",    {"max-lag=1y"},                 "--max-lag",                        "or off"        },
    {"run",    {"max-rate=-1"},                "--max-rate",                       "or off"        },
    {"run",    {"max-rate=1.5"},               "--max-rate",                       "whole numbers" },
    {"run",    {"max-wal-rate=5KB"},           "--max-wal-rate",                   "B, kB, MB, GB" },
    {"run",    {"max-wal-rate=99999999999TB"}, "--max-wal-rate",                   "B, kB, MB, GB" },
    {"run",    {"throttle-query="},            "--throttle-query: value is empty", "--help"        },
    {"run",    {"ignore-standby="},            "--ignore-standby: value is empty", "--help"        },
    {"run",    {"swap-window=22:00"},          "--swap-window",                    "22:00-04:30"   },
    {"run",    {"swap-window=22:00-22:00"},    "--swap-window",                    "22:00-04:30"   },
    {"run",    {"swap-window=24:00-04:00"},    "--swap-window",                    "22:00-04:30"   },
    {"run",    {"swap-window=22:00-04:60"},    "--swap-window",                    "22:00-04:30"   },
    {"run",    {"swap-window=22:00-04:30 "},   "--swap-window",                    "22:00-04:30"   },
    {"status", {"max-lag=10s"},                "--max-lag does not belong",        "pgwiden status"},
    {"abort",  {"hold-swap"},                  "--hold-swap does not belong",      "pgwiden abort" },
};

Test(throttle_options, are_refused_with_what_is_allowed)
{
    for (size_t i = 0; i < LENGTH(refused); i++) {
        struct arena *a = arena_new();
        struct options o;
        struct err e;
        cr_expect(not(parse(a, refused[i].command, refused[i].words, &o, &e)), "%s", refused[i].words[0]);
        cr_expect(eq(int, (int)e.kind, ERR_USAGE));
        cr_expect(strstr(e.primary, refused[i].primary) != NULL, "%s", e.primary);
        cr_expect(strstr(e.hint, refused[i].hint) != NULL, "%s: %s", refused[i].words[0], e.hint);
        arena_free(a);
    }
}

static const struct {
    struct throttle throttle;
    const char *text;
} printed[] = {
    {{"max-lag", 12.4, 10, "s", 0, "standby2"},           "max-lag 12.4s >= 10s (standby2)"     },
    {{"max-lag-bytes", 67108864, 65536, "B", 0, "slot1"}, "max-lag-bytes 64 MB >= 64 kB (slot1)"},
    {{"max-wal-rate", 33554432, 16777216, "B/s", 0, ""},  "max-wal-rate 32 MB/s of 16 MB/s"     },
    {{"max-active", 12, 8, "sessions", 0, ""},            "max-active 12 sessions >= 8 sessions"},
    {{"max-commit-latency", 12.25, 5, "ms", 0, ""},       "max-commit-latency 12.2ms >= 5ms"    },
    {{"throttle-file", NAN, NAN, "", 0, "/tmp/slow"},     "throttle-file (/tmp/slow)"           },
    {{"pause", NAN, NAN, "", 0, ""},                      "pause"                               },
};

Test(throttle_options, print_what_holds)
{
    for (size_t i = 0; i < LENGTH(printed); i++) {
        char text[THROTTLE_TEXT_MAX];
        cr_expect(eq(str, throttle_print(&printed[i].throttle, text, sizeof(text)), (char *)printed[i].text));
    }
}

/* Rows are locked one after the other: in any other order two processes could wait for each other. */
Test(throttle_options, of_set_come_in_one_order)
{
    char *argv[] = {"pgwiden",          "set",   "t.id", "swap=go", "max-rate=7", "jobs=2",
                    "throttle-file=/x", "jobs=3"};
    static const char *const names[] = {"jobs", "jobs", "max-rate", "throttle-file", "swap"};
    char *const nothing[] = {NULL};
    struct arena *a = arena_new();
    struct options o;
    struct err e;

    cr_assert(arguments_parse(a, LENGTH(argv), argv, nothing, &o, &e), "%s", e.primary);
    cr_assert(eq(int, o.assignment_count, LENGTH(names)));
    for (size_t i = 0; i < LENGTH(names); i++)
        cr_expect(eq(str, (char *)o.assignments[i].name, (char *)names[i]));
    cr_expect(eq(str, (char *)o.assignments[1].value, "3"), "the last one counts");
    arena_free(a);
}
