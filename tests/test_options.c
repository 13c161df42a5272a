/* The command line: the table of options, the environment, help. */
#include "cmd/arguments.h"
#include "cmd/command_line.h"
#include "cmd/encoding.h"
#include "cmd/help.h"
#include "cmd/nearest.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LENGTH(a) (sizeof(a) / sizeof((a)[0]))

enum { ARGS_MAX = 12 };

struct parsed {
    struct arena *a;
    struct options o;
    struct err e;
    bool ok;
};

/* argv without the program's name, and the environment, both ended by NULL */
static struct parsed parse(const char *const *args, const char *const *environment)
{
    static const char *const nothing[] = {NULL};
    char *argv[64] = {"pgwiden"};
    int argc = 1;
    struct parsed p = {.a = arena_new()};
    for (; args[argc - 1] != NULL; argc++)
        argv[argc] = (char *)args[argc - 1];
    p.ok = arguments_parse(p.a, argc, argv, (char *const *)(environment == NULL ? nothing : environment),
                           &p.o, &p.e);
    return p;
}

static struct parsed parse_line(const char *line, const char *const *environment)
{
    static char copy[512];
    const char *args[64] = {NULL};
    snprintf(copy, sizeof(copy), "%s", line);
    char *rest = copy, *word;
    for (int n = 0; (word = strsep(&rest, " ")) != NULL && n < 63;)
        if (*word != '\0')
            args[n++] = strcmp(word, "''") == 0 ? "" : word;
    return parse(args, environment);
}

/* --- what is taken --- */

/* What an option is after parsing, as it is printed. */
static const struct {
    const char *line, *variable, *option, *value;
} taken[] = {
    {"run orders.id",                                              NULL,                       "until",          "swap"      },
    {"run orders.id",                                              NULL,                       "lock-timeout",   "100ms"     },
    {"run orders.id",                                              NULL,                       "exclude",        ""          },
    {"plan a.* --exclude b --exclude c.d*,e",                      NULL,                       "exclude",        "b,c.d*,e"  },
    {"plan a.*",                                                   "PGWIDEN_EXCLUDE=b",        "exclude",        "b"         },
    {"plan a.* --exclude c",                                       "PGWIDEN_EXCLUDE=b",        "exclude",        "c"         },
    {"status a.* --if-exists",                                     NULL,                       "if-exists",      "on"        },
    {"abort a.*",                                                  "PGWIDEN_IF_EXISTS=yes",    "if-exists",      "on"        },
    {"run orders.id",                                              NULL,                       "chunk-size",     ""          },
    {"run orders.id --chunk-size 1",                               NULL,                       "chunk-size",     "1"         },
    {"--chunk-size=500 run orders.id",                             NULL,                       "chunk-size",     "500"       },
    {"run --chunk-size 500 orders.id",                             NULL,                       "chunk-size",     "500"       },
    {"run orders.id --chunk-s 7",                                  NULL,                       "chunk-size",     "7"         },
    {"run orders.id",                                              "PGWIDEN_CHUNK_SIZE=1000",  "chunk-size",     "1000"      },
    {"run orders.id --chunk-size 5",                               "PGWIDEN_CHUNK_SIZE=1000",  "chunk-size",     "5"         },
    {"run orders.id --chunk-size 5",                               "PGWIDEN_CHUNK_SIZE=bogus", "chunk-size",     "5"         },
    {"run orders.id -j3",                                          NULL,                       "jobs",           "3"         },
    {"run orders.id -yj 4",                                        NULL,                       "jobs",           "4"         },
    {"run orders.id -yj 4",                                        NULL,                       "yes",            "on"        },
    {"run orders.id --lock-timeout 50",                            NULL,                       "lock-timeout",   "50ms"      },
    {"run orders.id --lock-timeout 2s",                            NULL,                       "lock-timeout",   "2s"        },
    {"run orders.id --lock-timeout 1500us",                        NULL,                       "lock-timeout",   "1500us"    },
    {"run orders.id --stop-after 90",                              NULL,                       "stop-after",     "90s"       },
    {"run orders.id --stop-after 50min",                           NULL,                       "stop-after",     "50min"     },
    {"run orders.id --stop-after off",                             "PGWIDEN_STOP_AFTER=1h",    "stop-after",     ""          },
    {"run orders.id --progress 10",                                NULL,                       "progress",       "10s"       },
    {"run orders.id --max-table-rows 1000000",                     NULL,                       "max-table-rows", "1000000"   },
    {"run orders.id --until verify",                               NULL,                       "until",          "verify"    },
    {"run orders.id --until verify",                               "PGWIDEN_CLEANUP=on",       "cleanup",        "off"       },
    {"run orders.id --until verify",                               "PGWIDEN_UNTIL=bogus",      "until",          "verify"    },
    {"run orders.id --allow long-swap,",                           NULL,                       "allow",          "long-swap,"},
    {"run orders.id --cleanup",                                    "PGWIDEN_UNTIL=index",      "until",          "swap"      },
    {"run orders.id",                                              "PGWIDEN_YES=TRUE",         "yes",            "on"        },
    {"run orders.id",                                              "PGWIDEN_YES=0",            "yes",            "off"       },
    {"run orders.id -vv",                                          NULL,                       "verbose",        "2"         },
    {"run orders.id",                                              "PGWIDEN_VERBOSE=on",       "verbose",        "1"         },
    {"run orders.id --allow long-swap --allow user-triggers-fire", NULL,                       "allow",
     "long-swap,user-triggers-fire"                                                                                          },
    {"run orders.id --log-format json",                            NULL,                       "log-format",     "json"      },
    {"status",                                                     "PGWIDEN_CHUNK_SIZE=bogus", "json",           "off"       },
    {"status",                                                     "PGWIDEN_JSON=on",          "json",           "on"        },
    {"status",                                                     "PGWIDEN_TEST_STOP_AT=1",   "json",           "off"       },
    {"status",                                                     "PGWIDEN_HOOK_EVENT=1",     "json",           "off"       },
    {"-d shop -h db1 -p 5433 -U me status",                        NULL,                       "host",           "db1"       },
    {"status -w",                                                  NULL,                       "no-password",    "on"        },
    {"cleanup orders.id --forget",                                 NULL,                       "forget",         "on"        },
    {"swap orders.id -y",                                          NULL,                       "yes",            "on"        },
};

ParameterizedTestParameters(options, takes)
{
    static int indexes[LENGTH(taken)];
    for (size_t i = 0; i < LENGTH(taken); i++)
        indexes[i] = (int)i;
    return cr_make_param_array(int, indexes, LENGTH(taken));
}

ParameterizedTest(int *index, options, takes)
{
    const char *const environment[] = {taken[*index].variable, NULL};
    struct parsed p = parse_line(taken[*index].line, environment);
    char value[OPTION_TEXT_MAX];
    cr_assert(p.ok, "%s: %s", taken[*index].line, p.e.primary);
    option_print(option_by_name(taken[*index].option), &p.o, value, sizeof(value));
    cr_expect(eq(str, value, (char *)taken[*index].value), "%s: %s", taken[*index].line,
              taken[*index].option);
    cr_expect(eq(int, p.o.warning_count, 0), "%s", taken[*index].line);
    arena_free(p.a);
}

/* --- what is refused, with what words --- */

static const struct {
    const char *line, *variable, *primary, *hint;
} refused[] = {
    {"",                                                   NULL,                   "no command",                                      "--help"                                   },
    {"-h",                                                 NULL,                   "-h needs a value",                                "-h is --host; help is -? or --help."      },
    {"run orders.id -h",                                   NULL,                   "-h needs a value",                                "help is -?"                               },
    {"rnu orders.id",                                      NULL,                   "unknown command \"rnu\"",                         "pgwiden run"                              },
    {"postgresql://me:sesame@db1/shop status",             NULL,                   "unknown command \"postgresql://me@db1/shop\"",
     "--help"                                                                                                                                                                    },
    {"frobnicate",                                         NULL,                   "unknown command \"frobnicate\"",                  "--help"                                   },
    {"run orders.id --chunk-sise 5",                       NULL,                   "unknown option --chunk-sise",                     "--chunk-size"                             },
    {"run orders.id --xyzzy",                              NULL,                   "unknown option --xyzzy",                          "pgwiden run --help"                       },
    {"run orders.id -Z",                                   NULL,                   "unknown option -Z",                               "pgwiden run --help"                       },
    {"run orders.id --chunk 5",                            NULL,                   "--chunk is ambiguous",                            "--chunk-size, --chunk-time"               },
    {"run orders.id --yes=1",                              NULL,                   "--yes takes no value",                            "--help"                                   },
    {"run orders.id --chunk-size",                         NULL,                   "--chunk-size needs a value",                      "--help"                                   },
    {"run orders.id --chunk-size ''",                      NULL,                   "--chunk-size: value is empty",                    "from 1 to"                                },
    {"run orders.id --chunk-size 0",                       NULL,                   "--chunk-size",                                    "from 1 to"                                },
    {"run orders.id --chunk-size -1",                      NULL,                   "--chunk-size",                                    "from 1 to"                                },
    {"run orders.id --chunk-size 5x",                      NULL,                   "--chunk-size",                                    "whole numbers"                            },
    {"run orders.id --chunk-size 1e3",                     NULL,                   "--chunk-size",                                    "whole numbers"                            },
    {"run orders.id --chunk-size 99999999999999999999999", NULL,                   "--chunk-size",                                    "whole numbers"                            },
    {"run orders.id --jobs 0",                             NULL,                   "--jobs",                                          "from 1 to 256"                            },
    {"run orders.id --lock-timeout 0",                     NULL,                   "--lock-timeout",                                  "from 1ms"                                 },
    {"run orders.id --lock-timeout off",                   NULL,                   "--lock-timeout",                                  "from 1ms"                                 },
    {"run orders.id --lock-timeout 500us",                 NULL,                   "--lock-timeout",                                  "from 1ms"                                 },
    {"run orders.id --lock-timeout 10parsec",              NULL,                   "--lock-timeout",                                  "us, ms, s, min, h, d"                     },
    {"run orders.id --lock-timeout 10MS",                  NULL,                   "--lock-timeout",                                  "us, ms, s, min, h, d"                     },
    {"run orders.id --lock-retries 0",                     NULL,                   "--lock-retries",                                  "from 1"                                   },
    {"run orders.id --stop-after 1000000d",                NULL,                   "--stop-after",                                    "365d"                                     },
    {"run orders.id --max-wal-rate 0.4",                   NULL,                   "below one byte",                                  "or off"                                   },
    {"run orders.id --max-lag-bytes 0.0000000000001TB",    NULL,                   "below one byte",                                  "or off"                                   },
    {"run orders.id --max-lag 0.0001ms",                   NULL,                   "--max-lag",                                       "from 1ms"                                 },
    {"run orders.id --max-commit-latency 0.0001ms",        NULL,                   "--max-commit-latency",                            "from 1us"                                 },
    {"run orders.id --stop-after 0.0001ms",                NULL,                   "--stop-after",                                    "from 1ms"                                 },
    {"run orders.id --max-rate 0.4",                       NULL,                   "--max-rate",                                      "whole numbers"                            },
    {"run orders.id --until bogus",                        NULL,                   "\"bogus\"",                                       "prepare, backfill, index, verify and swap"},
    {"run orders.id --until cleanup",                      NULL,                   "\"cleanup\"",                                     "--cleanup"                                },
    {"run orders.id --until verify --cleanup",             NULL,                   "--until and --cleanup exclude each other",        "--help"                                   },
    {"run orders.id -q -v",                                NULL,                   "--quiet and --verbose exclude each other",        "--help"                                   },
    {"run orders.id -w -W",                                NULL,                   "--no-password and --password exclude each other", "--help"                                   },
    {"run orders.id --log-format xml",                     NULL,                   "--log-format",                                    "text and json"                            },
    {"run orders.id --allow bogus",                        NULL,                   "no check \"bogus\"",                              "RUNBOOK.md"                               },
    {"run orders.id --allow not-integer",                  NULL,                   "can't be allowed",                                "RUNBOOK.md"                               },
    {"run orders.id --allow ,",                            NULL,                   "no check \"\"",                                   "RUNBOOK.md"                               },
    {"run",                                                NULL,                   "run needs a TARGET",                              "schema.table.column"                      },
    {"run ''",                                             NULL,                   "TARGET 1 is empty",                               ""                                         },
    {"status --check",                                     NULL,                   "status --check needs a TARGET",                   ""                                         },
    {"run orders.id --check",                              NULL,                   "--check does not belong to command \"run\"",      "pgwiden run --help"                       },
    {"plan orders.id --cleanup",                           NULL,                   "--cleanup does not belong",                       "pgwiden plan --help"                      },
    {"status --yes",                                       NULL,                   "--yes does not belong",                           "pgwiden status --help"                    },
    {"swap orders.id --until swap",                        NULL,                   "--until does not belong",                         ""                                         },
    {"rollback orders.id",                                 NULL,                   "comes with a later version",                      ""                                         },
    {"audit",                                              NULL,                   "comes with a later version",                      ""                                         },
    {"run orders.id --with-references",                    NULL,                   "--with-references comes with a later version",    ""                                         },
    {"run orders.id -a",                                   NULL,                   "--all comes with a later version",                ""                                         },
    {"run orders.id",                                      "PGWIDEN_TABLE_JOBS=1", "PGWIDEN_TABLE_JOBS comes with a later version",   ""                                         },
    {"run orders.id",                                      "PGWIDEN_CHUNK_SIZE=x", "environment variable PGWIDEN_CHUNK_SIZE",         "whole numbers"                            },
    {"run orders.id",                                      "PGWIDEN_CHUNK_SIZE=",  "PGWIDEN_CHUNK_SIZE: value is empty",              "whole numbers"                            },
    {"run orders.id",                                      "PGWIDEN_YES=perhaps",  "PGWIDEN_YES",                                     "on and off"                               },
};

ParameterizedTestParameters(options, refuses)
{
    static int indexes[LENGTH(refused)];
    for (size_t i = 0; i < LENGTH(refused); i++)
        indexes[i] = (int)i;
    return cr_make_param_array(int, indexes, LENGTH(refused));
}

ParameterizedTest(int *index, options, refuses)
{
    const char *const environment[] = {refused[*index].variable, NULL};
    struct parsed p = parse_line(refused[*index].line, environment);
    cr_assert(not(p.ok), "%s", refused[*index].line);
    cr_expect(eq(int, (int)p.e.kind, ERR_USAGE), "%s", refused[*index].line);
    cr_expect(ne(ptr, strstr(p.e.primary, refused[*index].primary), NULL), "%s: %s", refused[*index].line,
              p.e.primary);
    cr_expect(ne(ptr, strstr(p.e.hint, refused[*index].hint), NULL), "%s: %s", refused[*index].line,
              p.e.hint);
    cr_expect(ne(int, p.e.hint[0], 0), "%s: no hint", refused[*index].line);
    arena_free(p.a);
}

Test(options, never_repeats_a_password)
{
    const char *const environment[] = {"PGWIDEN_PASSWORD=sesame", NULL};
    struct parsed p = parse_line("status", environment);
    cr_expect(not(p.ok));
    cr_expect(eq(ptr, strstr(p.e.primary, "sesame"), NULL), "%s", p.e.primary);
    arena_free(p.a);
    p = parse_line("plan postgresql://me:sesame@db1/shop", NULL);
    cr_expect(eq(str, p.e.primary, "TARGET 1 is not the name of a column or table"), "%s", p.e.primary);
    arena_free(p.a);
    p = parse_line("-d postgresql://me:sesame@db1/shop?sslmode=require -W run orders.id --role x", NULL);
    cr_expect(eq(str, (char *)p.o.command_line,
                 "pgwiden -d 'postgresql://me@db1/shop?sslmode=require' -W --role x"));
    arena_free(p.a);
}

Test(options, redacts_connection_strings)
{
    static const char *const cases[][2] = {
        {"shop",                                                "shop"                      },
        {"host=db1 password=sesame dbname=shop",                "host=db1 dbname=shop"      },
        {"host=db1  password = 'a \\' sesame'  dbname='my db'", "host=db1 dbname='my db'"   },
        {"PASSWORD=sesame",                                     ""                          },
        {"password=sesame\\ open host=x",                       "host=x"                    },
        {"host=x password='sesame",                             "host=x"                    },
        {"=sesame",                                             "=sesame"                   },
        {"postgresql://db1/shop",                               "postgresql://db1/shop"     },
        {"postgres://me:se@same@db1/shop",                      "postgres://me@db1/shop"    },
        {"postgres://me:se?same@db1/shop",                      "postgres://me@db1/shop"    },
        {"postgresql:///shop?password=sesame&host=x",           "postgresql:///shop?host=x" },
        {"postgresql:///shop?host=x&sslpassword=sesame",        "postgresql:///shop?host=x" },
        {"postgresql:///shop?password=sesame",                  "postgresql:///shop"        },
        {"postgresql:///shop?host=x&pass%77ord=sesame",         "postgresql:///shop?host=x" },
        {"postgresql:///shop?%50%61ssword=sesame&a%zz=b",       "postgresql:///shop?a%zz=b" },
        {"postgresql:///shop?sslpasswor%64=sesame&x%",          "postgresql:///shop?x%"     },
        {"postgresql:///shop?scram_client_key=sesame",          "postgresql:///shop"        },
        {"scram_server_key=sesame host=x",                      "host=x"                    },
        {"postgresql://db1?password=se@same/shop",              "postgresql://db1@same/shop"},
        {"postgresql://",                                       "postgresql://"             },
    };
    struct arena *a = arena_new();
    for (size_t i = 0; i < LENGTH(cases); i++)
        cr_expect(eq(str, (char *)command_line_redact(a, cases[i][0]), (char *)cases[i][1]), "%s",
                  cases[i][0]);
    arena_free(a);
}

Test(options, finds_targets_anywhere)
{
    struct parsed p = parse_line("-d shop a.b --chunk-size 5 run c.d -- --e -f", NULL);
    cr_expect(not(p.ok)); /* a.b is the command */
    arena_free(p.a);
    p = parse_line("-d shop run a.b --chunk-size 5 c.d -- --e -f", NULL);
    cr_assert(p.ok, "%s", p.e.primary);
    cr_assert(eq(int, p.o.target_count, 4));
    cr_expect(eq(str, (char *)p.o.targets[0], "a.b"));
    cr_expect(eq(str, (char *)p.o.targets[1], "c.d"));
    cr_expect(eq(str, (char *)p.o.targets[2], "--e"));
    cr_expect(eq(str, (char *)p.o.targets[3], "-f"));
    cr_expect(eq(str, (char *)p.o.command_line, "pgwiden -d shop"));
    arena_free(p.a);
}

Test(options, finds_targets_anywhere_for_posix_as_well)
{
    setenv("POSIXLY_CORRECT", "1", 1);
    struct parsed p = parse_line("run a.b --chunk-size 5 c.d", NULL);
    cr_assert(p.ok, "%s", p.e.primary);
    cr_expect(eq(int, p.o.target_count, 2));
    arena_free(p.a);
}

Test(options, help_and_version_come_first)
{
    static const char *const lines[] = {"-?",
                                        "--help",
                                        "run --help",
                                        "run -?",
                                        "--help run",
                                        "run -y? orders.id",
                                        "run --lock-timeout 0 --help"};
    for (size_t i = 0; i < LENGTH(lines); i++) {
        struct parsed p = parse_line(lines[i], NULL);
        cr_expect(p.ok, "%s: %s", lines[i], p.e.primary);
        cr_expect(p.o.help, "%s", lines[i]);
        cr_expect(eq(int, p.o.command != NULL, strstr(lines[i], "run") != NULL), "%s", lines[i]);
        arena_free(p.a);
    }
    struct parsed p = parse_line("-V", NULL);
    cr_expect(p.ok && p.o.version);
    arena_free(p.a);
}

Test(options, warns_of_unknown_variables)
{
    const char *const environment[] = {"PGWIDEN_CHUNKSIZE=5", "PGWIDEN_XYZZY=1",   "PGWIDENER=1",
                                       "PGWIDEN_TEST_A=1",    "PGWIDEN_VERSION=9", NULL};
    struct parsed p = parse_line("run orders.id", environment);
    cr_assert(p.ok, "%s", p.e.primary);
    cr_assert(eq(int, p.o.warning_count, 2));
    cr_expect(ne(ptr, strstr(p.o.warnings[0], "PGWIDEN_CHUNK_SIZE"), NULL), "%s", p.o.warnings[0]);
    cr_expect(ne(ptr, strstr(p.o.warnings[1], "PGWIDEN_XYZZY"), NULL), "%s", p.o.warnings[1]);
    arena_free(p.a);
}

Test(options, json_counts_even_when_the_rest_is_wrong)
{
    struct parsed p = parse_line("plan --bogus orders.id --json", NULL);
    cr_expect(not(p.ok));
    cr_expect(p.o.json);
    arena_free(p.a);
    p = parse_line("bogus", (const char *const[]){"PGWIDEN_JSON=on", NULL});
    cr_expect(p.o.json);
    arena_free(p.a);
}

Test(options, checks_the_encoding)
{
    static const struct {
        const char *text, *encoding;
        bool valid;
    } cases[] = {
        {"orders.id",        "UTF8",    true },
        {"\xc3\xa4",         "utf-8",   true },
        {"\xf0\x9f\x90\x98", "UTF8",    true },
        {"\xff",             "UTF8",    false},
        {"a\xc3",            "UTF8",    false},
        {"\xc0\xaf",         "UTF8",    false},
        {"\xed\xa0\x80",     "UTF8",    false},
        {"\xe0\x80\xaf",     "unicode", false},
        {"\xf4\x90\x80\x80", "UTF8",    false},
        {"\xff",             "LATIN1",  true },
        {"\xc3\xa4",         NULL,      true },
        {"\xc3",             NULL,      false},
        {"\xc3",             "auto",    false},
    };
    cr_assert(ne(ptr, setlocale(LC_CTYPE, "C.UTF-8"), NULL));
    for (size_t i = 0; i < LENGTH(cases); i++)
        cr_expect(eq(int, encoding_is_valid(cases[i].text, cases[i].encoding), cases[i].valid), "case %zu",
                  i);
    setenv("PGCLIENTENCODING", "UTF8", 1);
    struct parsed p = parse_line("plan \xff", NULL);
    cr_expect(not(p.ok));
    cr_expect(eq(int, (int)p.e.kind, ERR_USAGE));
    arena_free(p.a);
}

Test(options, have_unique_names_and_letters)
{
    for (int i = 0; i < option_count; i++)
        for (int k = 0; k < i; k++) {
            cr_expect(ne(str, (char *)option_rows[i].name, (char *)option_rows[k].name));
            cr_expect(option_rows[i].letter == 0 || option_rows[i].letter != option_rows[k].letter, "--%s",
                      option_rows[i].name);
        }
}

static char *help_of(const struct command_row *command)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    help_print(out, command);
    fclose(out);
    return text;
}

/* "--name" as a word of its own */
static bool mentions(const char *text, const char *name)
{
    char word[64];
    snprintf(word, sizeof(word), " --%s", name);
    for (const char *p = text; (p = strstr(p, word)) != NULL; p++)
        if (strchr(" \n", p[strlen(word)]) != NULL)
            return true;
    return false;
}

Test(options, help_lists_what_is_taken_and_no_more)
{
    char *overall = help_of(NULL);
    for (int i = 0; i < option_count; i++)
        cr_expect(eq(int, mentions(overall, option_rows[i].name), !option_rows[i].later), "--%s",
                  option_rows[i].name);
    for (int c = 0; c < command_count; c++) {
        char *text = command_rows[c].later ? NULL : help_of(&command_rows[c]);
        for (int i = 0; i < option_count && text != NULL; i++) {
            const struct option_row *row = &option_rows[i];
            bool takes = !row->later && (row->commands & COMMAND_BIT(command_rows[c].command)) != 0;
            cr_expect(eq(int, mentions(text, row->name), takes), "%s --%s", command_rows[c].name, row->name);
        }
        free(text);
    }
    for (const char *line = overall; *line != '\0';) {
        size_t length = strcspn(line, "\n");
        cr_expect(le(sz, length, 110), "%.*s", (int)length, line);
        line += length + (line[length] == '\n');
    }
    free(overall);
}

Test(nearest, finds_what_was_meant_or_nothing)
{
    static const char *const cases[][2] = {
        {"stauts",                                                                             "status"  },
        {"rnu",                                                                                "run"     },
        {"prepair",                                                                            "prepare" },
        {"back",                                                                               "backfill"},
        {"x",                                                                                  NULL      },
        {"",                                                                                   NULL      },
        {"elephant",                                                                           NULL      },
        {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", NULL      },
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        const char *near = command_nearest(cases[i][0]);
        cr_expect(
            eq(str, (char *)(near == NULL ? "" : near), (char *)(cases[i][1] == NULL ? "" : cases[i][1])),
            "%s", cases[i][0]);
    }
}

static const char *const words[] = {
    "run",
    "plan",
    "status",
    "a.b",
    "--",
    "-",
    "",
    "=",
    "--=",
    "--=x",
    "-?",
    "-h",
    "-vvvvvvvv",
    "--json",
    "--json=",
    "--chunk-size",
    "--chunk-size=",
    "--lock-timeout",
    "1e999",
    "nan",
    "-0",
    "0x10",
    "9999999999999999999999",
    "\xff\xfe",
    "\xc3",
    "--allow",
    ",,,",
    "long-swap",
    "--until",
    "-d",
    "postgresql://@:?&=",
    "'",
    "x='\\",
    "--role",
    "-Wq",
    "-ja",
    "--h",
    "--p",
    "--no",
    "--log-format",
    "%s%n",
    "\033[31m",
};

/* Odd words in odd places: no crash, and what is refused is refused with words. */
Test(options, survives_noise)
{
    unsigned long state = 42;
    for (int round = 0; round < 20000; round++) {
        const char *args[ARGS_MAX + 1] = {NULL};
        for (int i = 0; i < ARGS_MAX && (state >> 33) % 8 != 0; i++) {
            state = state * 6364136223846793005UL + 1442695040888963407UL;
            args[i] = words[(state >> 33) % LENGTH(words)];
        }
        state = state * 6364136223846793005UL + 1442695040888963407UL;
        struct parsed p = parse(args, NULL);
        if (!p.ok) {
            cr_assert(eq(int, (int)p.e.kind, ERR_USAGE));
            cr_assert(p.e.primary[0] != '\0' && p.e.hint[0] != '\0');
        }
        arena_free(p.a);
    }
}
