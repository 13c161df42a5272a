/* Durations, sizes and counts, in and out. */
#include "base/units.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <limits.h>
#include <locale.h>
#include <math.h>
#include <string.h>

static const struct {
    const char *text;
    double unit_ms, ms;
} durations[] = {
    {"100ms", 1,    100      },
    {"10s",   1,    10000    },
    {"10 s",  1,    10000    },
    {"5min",  1,    300000   },
    {"1h",    1,    3600000  },
    {"2d",    1,    172800000},
    {"250us", 1,    0.25     },
    {"1.5s",  1,    1500     },
    {"0.5",   1000, 500      },
    {"7",     1,    7        },
    {"7",     1000, 7000     },
    {"0",     1000, 0        },
    {"0ms",   1,    0        },
    {"off",   1,    0        },
    {"007",   1,    7        },
};

Test(units, reads_durations)
{
    for (size_t i = 0; i < sizeof(durations) / sizeof(durations[0]); i++) {
        struct err e;
        double ms = -1;
        cr_expect(units_duration(durations[i].text, durations[i].unit_ms, &ms, &e), "\"%s\"",
                  durations[i].text);
        cr_expect(epsilon_eq(dbl, ms, durations[i].ms, 1e-9), "\"%s\"", durations[i].text);
    }
}

static const char *const no_durations[] = {
    "",
    " ",
    "-1",
    "+1",
    "1x",
    "10S",
    "10MS",
    "1 min x",
    "ms",
    "1e3",
    "0x10",
    "inf",
    "nan",
    " 10",
    "1,",
    "1.5.",
    ".5",
    "1.",
    "1 ",
    "Off",
    "10ms ",
    "99999999999999999999",
    "9007199254740993d",
};

Test(units, refuses_what_is_no_duration)
{
    for (size_t i = 0; i < sizeof(no_durations) / sizeof(no_durations[0]); i++) {
        struct err e = {.kind = ERR_NONE};
        double ms;
        cr_expect(not(units_duration(no_durations[i], 1, &ms, &e)), "\"%s\"", no_durations[i]);
        cr_expect(eq(int, (int)e.kind, ERR_USAGE), "\"%s\"", no_durations[i]);
        cr_expect(gt(sz, strlen(e.primary), 0), "\"%s\"", no_durations[i]);
    }
}

/* As many zeros as no double can tell from nothing. */
Test(units, only_nothing_is_nothing)
{
    char text[1024] = "0.";
    struct err e;
    int64_t bytes;
    double ms;

    memset(text + 2, '0', 400);
    cr_expect(units_duration(text, 1, &ms, &e) && units_size(text, &bytes, &e));
    cr_expect(eq(dbl, ms, 0));
    cr_expect(eq(i64, bytes, 0));
    memcpy(text + 402, "1", 2);
    cr_expect(units_duration(text, 1, &ms, &e));
    cr_expect(gt(dbl, ms, 0));
    cr_expect(not(units_size(text, &bytes, &e)));
    cr_expect(eq(int, (int)e.kind, ERR_USAGE));
}

/* A decimal comma of the locale changes nothing. */
Test(units, does_not_depend_on_the_locale)
{
    struct err e;
    double ms;

    setlocale(LC_ALL, "de_DE.UTF-8");
    cr_expect(units_duration("1.5s", 1, &ms, &e));
    cr_expect(epsilon_eq(dbl, ms, 1500, 1e-9));
    cr_expect(not(units_duration("1,5s", 1, &ms, &e)));
}

static const struct {
    const char *text;
    int64_t bytes;
} sizes[] = {
    {"64MB",                67108864     },
    {"1GB",                 1073741824   },
    {"512kB",               524288       },
    {"100B",                100          },
    {"100",                 100          },
    {"1.5GB",               1610612736   },
    {"2TB",                 2199023255552},
    {"0",                   0            },
    {"0.0MB",               0            },
    {"0.6",                 1            },
    {"off",                 0            },
    {"9223372036854775807", INT64_MAX    },
};

Test(units, reads_sizes)
{
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        struct err e;
        int64_t bytes = -1;
        cr_expect(units_size(sizes[i].text, &bytes, &e), "\"%s\"", sizes[i].text);
        cr_expect(eq(i64, bytes, sizes[i].bytes), "\"%s\"", sizes[i].text);
    }
}

static const char *const no_sizes[] = {
    "",
    "-1",
    "1KB",
    "1kb",
    "1mb",
    "MB",
    "1MBx",
    "1 M",
    "9223372036854775808",
    "8388608TB",
    "1e6",
    "0.4",
    "0.0000000000001TB",
};

Test(units, refuses_what_is_no_size)
{
    for (size_t i = 0; i < sizeof(no_sizes) / sizeof(no_sizes[0]); i++) {
        struct err e = {.kind = ERR_NONE};
        int64_t bytes;
        cr_expect(not(units_size(no_sizes[i], &bytes, &e)), "\"%s\"", no_sizes[i]);
        cr_expect(eq(int, (int)e.kind, ERR_USAGE), "\"%s\"", no_sizes[i]);
    }
}

static const struct {
    const char *text;
    int64_t min, max, count; /* count -1: an error */
} counts[] = {
    {"1",                   1, 10,        1        },
    {"10",                  1, 10,        10       },
    {"11",                  1, 10,        -1       },
    {"0",                   1, 10,        -1       },
    {"0",                   0, 10,        0        },
    {"off",                 0, 10,        0        },
    {"off",                 1, 10,        -1       },
    {"",                    0, 10,        -1       },
    {"-1",                  0, 10,        -1       },
    {"+1",                  0, 10,        -1       },
    {"1k",                  0, 10,        -1       },
    {"1.0",                 0, 10,        -1       },
    {"1 ",                  0, 10,        -1       },
    {" 1",                  0, 10,        -1       },
    {"0x1",                 0, 10,        -1       },
    {"9223372036854775807", 0, INT64_MAX, INT64_MAX},
    {"9223372036854775808", 0, INT64_MAX, -1       },
};

Test(units, reads_counts)
{
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        struct err e = {.kind = ERR_NONE};
        int64_t count = -1;
        bool ok = units_count(counts[i].text, counts[i].min, counts[i].max, &count, &e);
        cr_expect(eq(int, ok, counts[i].count >= 0), "\"%s\"", counts[i].text);
        if (ok)
            cr_expect(eq(i64, count, counts[i].count), "\"%s\"", counts[i].text);
        else
            cr_expect(eq(int, (int)e.kind, ERR_USAGE), "\"%s\"", counts[i].text);
    }
}

Test(units, tells_what_is_no_number_from_what_is_too_large)
{
    struct err e;
    int64_t count;

    cr_expect(not(units_count("0x10", 1, 10, &count, &e)));
    cr_expect(eq(str, e.primary, "invalid whole number: \"0x10\""));
    cr_expect(not(units_count("11", 1, 10, &count, &e)));
    cr_expect(eq(str, e.primary, "11 is outside the valid range (1 .. 10)"));
}

static const struct {
    int64_t n;
    const char *text;
} printed_counts[] = {
    {0,         "0"                         },
    {999,       "999"                       },
    {1000,      "1,000"                     },
    {412118204, "412,118,204"               },
    {-1,        "-1"                        },
    {-999,      "-999"                      },
    {-123456,   "-123,456"                  },
    {INT64_MAX, "9,223,372,036,854,775,807" },
    {INT64_MIN, "-9,223,372,036,854,775,808"},
};

Test(units, prints_counts)
{
    for (size_t i = 0; i < sizeof(printed_counts) / sizeof(printed_counts[0]); i++) {
        char buf[48];
        cr_expect(eq(str, units_print_count(printed_counts[i].n, buf, sizeof(buf)), printed_counts[i].text));
    }
}

/* What pg_size_pretty of PostgreSQL 15 says. */
static const struct {
    int64_t bytes;
    const char *text;
} printed_sizes[] = {
    {0,                 "0 bytes"    },
    {1,                 "1 bytes"    },
    {10239,             "10239 bytes"},
    {10240,             "10 kB"      },
    {10241,             "10 kB"      },
    {-10240,            "-10 kB"     },
    {1048575,           "1024 kB"    },
    {10485247,          "10239 kB"   },
    {10485248,          "10 MB"      },
    {10485760,          "10 MB"      },
    {20971000,          "20 MB"      },
    {10736893951,       "10239 MB"   },
    {10736893952,       "10 GB"      },
    {40802189312,       "38 GB"      },
    {10994579406847,    "10239 GB"   },
    {10994579406848,    "10 TB"      },
    {11258449312612351, "10239 TB"   },
    {11258449312612352, "10 PB"      },
    {INT64_MAX,         "8192 PB"    },
    {-INT64_MAX,        "-8192 PB"   },
};

Test(units, prints_sizes_as_postgresql)
{
    for (size_t i = 0; i < sizeof(printed_sizes) / sizeof(printed_sizes[0]); i++) {
        char buf[48];
        cr_expect(eq(str, units_print_size(printed_sizes[i].bytes, buf, sizeof(buf)), printed_sizes[i].text));
    }
}

static const struct {
    double seconds;
    const char *text;
} printed_durations[] = {
    {0,      "0.0 s"       },
    {0.4,    "0.4 s"       },
    {59.94,  "59.9 s"      },
    {59.96,  "1:00"        },
    {60,     "1:00"        },
    {2890,   "48:10"       },
    {3599.4, "59:59"       },
    {3599.6, "1:00:00"     },
    {4100,   "1:08:20"     },
    {86399,  "23:59:59"    },
    {86400,  "1 d 00:00:00"},
    {267060, "3 d 02:11:00"},
    {-1,     "--"          },
};

Test(units, prints_durations)
{
    char buf[48];

    for (size_t i = 0; i < sizeof(printed_durations) / sizeof(printed_durations[0]); i++)
        cr_expect(eq(str, units_print_duration(printed_durations[i].seconds, buf, sizeof(buf)),
                     printed_durations[i].text));
    cr_expect(eq(str, units_print_duration((double)NAN, buf, sizeof(buf)), "--"));
    cr_expect(eq(str, units_print_duration((double)INFINITY, buf, sizeof(buf)), "--"));
}

Test(units, always_end_the_text)
{
    char buf[4];

    cr_expect(eq(str, units_print_count(1234567, buf, sizeof(buf)), "1,2"));
    cr_expect(eq(str, units_print_size(1234567, buf, sizeof(buf)), "120"));
    cr_expect(eq(str, units_print_duration(1234567, buf, sizeof(buf)), "14 "));
}
