/* Bad input: each with its exit status; nothing is changed and no schema pgwiden appears. */
#include "support.h"

#include <criterion/criterion.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

TestSuite(usage, .timeout = 300);

static const char setup[] =
    "CREATE TABLE t (id serial PRIMARY KEY, a text, n numeric, b bigint, g int GENERATED ALWAYS AS (1) "
    "STORED); "
    "CREATE TABLE nokey (id int); CREATE TABLE textkey (id text PRIMARY KEY); "
    "CREATE TABLE twokeys (a int, b int, PRIMARY KEY (a, b)); "
    "CREATE TABLE wide (id bigint PRIMARY KEY); "
    "CREATE TABLE viewed (id int PRIMARY KEY); CREATE VIEW v AS SELECT a AS id FROM viewed AS x(a); "
    "CREATE MATERIALIZED VIEW m AS SELECT 1 AS id; "
    "CREATE TABLE parted (id int, k int) PARTITION BY RANGE (k); CREATE TABLE leaf PARTITION OF parted "
    "DEFAULT; "
    "CREATE TABLE keyed (id int) PARTITION BY RANGE (id); "
    "CREATE TABLE stored (id int, twice int GENERATED ALWAYS AS (id * 2) STORED); "
    "CREATE DOMAIN d AS int; CREATE TABLE domained (id d); "
    "CREATE TABLE mother (id int); CREATE TABLE daughter () INHERITS (mother); "
    "CREATE TYPE composite AS (id int); CREATE TABLE typed OF composite; "
    "CREATE TABLE rowtype (id int); CREATE TABLE holder (r rowtype); "
    "CREATE TABLE excluded (id int, EXCLUDE USING btree (id WITH =)); "
    "CREATE TABLE ruled (id int, a int); CREATE RULE r AS ON UPDATE TO ruled WHERE old.id = 1 DO INSTEAD "
    "NOTHING; "
    "CREATE TABLE cycled (id int); CREATE SEQUENCE cycling AS int CYCLE OWNED BY cycled.id; "
    "ALTER TABLE cycled ALTER id SET DEFAULT nextval('cycling'); "
    "CREATE TABLE wholerow (id int); CREATE FUNCTION whole(wholerow) RETURNS int IMMUTABLE LANGUAGE sql AS "
    "'SELECT 1'; "
    "CREATE INDEX ON wholerow (whole(wholerow)); "
    "CREATE TABLE published (id int PRIMARY KEY); CREATE PUBLICATION p FOR TABLE published; "
    "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w; CREATE FOREIGN TABLE far (id "
    "int) SERVER s; "
    "CREATE SCHEMA one; CREATE SCHEMA two; CREATE TABLE one.same (id int PRIMARY KEY); "
    "CREATE TABLE two.same (id int PRIMARY KEY); INSERT INTO t (a) SELECT 'x' FROM generate_series(1, 10)";

struct bad {
    const char *command;
    int status;
    const char *says; /* in what it prints; NULL: anything */
};

/* Runs each; fails for every one that ends otherwise, says otherwise or leaves a trace. */
static void check_all(struct db *db, const struct bad *cases, size_t count)
{
    char *before = catalog_snapshot(db);

    for (size_t i = 0; i < count; i++) {
        struct outcome o = program_run(db, "%s", cases[i].command);
        char *after = catalog_snapshot(db), *diff = text_diff(before, after);

        cr_expect(o.status == cases[i].status, "%s: exit status %d, not %d\n%s\n%s", cases[i].command,
                  o.status, cases[i].status, o.out, o.err);
        cr_expect(cases[i].says == NULL || strstr(o.err, cases[i].says) != NULL ||
                      strstr(o.out, cases[i].says) != NULL,
                  "%s: does not say \"%s\"\n%s\n%s", cases[i].command, cases[i].says, o.out, o.err);
        cr_expect(*diff == '\0', "%s: changed\n%s", cases[i].command, diff);
        cr_expect(!state_exists(db), "%s: schema pgwiden appeared", cases[i].command);
        db_exec(db, "DROP SCHEMA IF EXISTS pgwiden CASCADE");
        outcome_free(&o);
        free(after);
        free(diff);
    }
    free(before);
}

#define CHECK_ALL(db, cases) check_all(db, cases, sizeof(cases) / sizeof(cases)[0])

static struct db *make(void)
{
    struct db *db = db_create();

    db_file(db, "fixtures/roles.sql");
    db_exec(db, "%s", setup);
    return db;
}

Test(usage, command_line)
{
    static const struct bad cases[] = {
        {"pgwiden",                                                                        2, NULL                              },
        {"pgwiden nonsense t.id",                                                          2, "nonsense"                        },
        {"pgwiden run",                                                                    2, NULL                              },
        {"pgwiden plan",                                                                   2, NULL                              },
        {"pgwiden run t.id --nonsense",                                                    2, "nonsense"                        },
        {"pgwiden run t.id --chunk-size",                                                  2, "chunk-size"                      },
        {"pgwiden run t.id --chunk-size 0",                                                2, "chunk-size"                      },
        {"pgwiden run t.id --chunk-size -5",                                               2, "chunk-size"                      },
        {"pgwiden run t.id --chunk-size many",                                             2, "chunk-size"                      },
        {"pgwiden run t.id --chunk-size 10x",                                              2, "chunk-size"                      },
        {"pgwiden run t.id --chunk-size ''",                                               2, "chunk-size"                      },
        {"pgwiden run t.id --chunk-size 99999999999999999999",                             2, "chunk-size"                      },
        {"pgwiden run t.id --jobs 0",                                                      2, "jobs"                            },
        {"pgwiden run t.id --jobs 1.5",                                                    2, "jobs"                            },
        {"pgwiden run t.id --lock-timeout 0",                                              2, "lock-timeout"                    },
        {"pgwiden run t.id --lock-timeout 5parsecs",                                       2, "lock-timeout"                    },
        {"pgwiden run t.id --lock-retries x",                                              2, "lock-retries"                    },
        {"pgwiden run t.id --stop-after soon",                                             2, "stop-after"                      },
        {"pgwiden run t.id --until nowhere",                                               2, "until"                           },
        {"pgwiden run t.id --max-table-rows -1",                                           2, "max-table-rows"                  },
        {"pgwiden run t.id --allow nothing-of-the-kind",                                   2, "nothing-of-the-kind"             },
        {"pgwiden run t.id --allow stored-generated-column",                               2, "stored-generated-column"         },
        {"pgwiden run t.id --cleanup --until verify",                                      2, NULL                              },
        {"pgwiden run t..id",                                                              2, NULL                              },
        {"pgwiden run a.b.c.d",                                                            2, NULL                              },
        {"pgwiden run '\"t.id'",                                                           2, NULL                              },
        {"pgwiden run ''",                                                                 2, NULL                              },
        {"pgwiden run t.id t.",                                                            2, NULL                              },
        {"pgwiden run t.aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffgggg", 2, NULL                              },
        {"PGWIDEN_CHUNK_SIZE=x pgwiden run t.id",                                          2, "CHUNK_SIZE"                      },
        {"pgwiden rollback t.id",                                                          2, NULL                              },
        {"pgwiden run 'public.t.i*'",                                                      2, NULL                              },
        {"pgwiden run t.id --exclude 'a.b.c*'",                                            2, "a column can't be a pattern"     },
        {"pgwiden run t.id --exclude ''",                                                  2, "exclude"                         },
        {"pgwiden run t.id --exclude 't-1'",                                               2, "option --exclude: invalid target"},
        {"PGWIDEN_IF_EXISTS=maybe pgwiden run t.id",                                       2, "IF_EXISTS"                       },
        {"pgwiden run t.id --with-references",                                             2, NULL                              },
    };
    struct db *db = make();

    CHECK_ALL(db, cases);
    db_drop(db);
}

Test(usage, targets)
{
    static const struct bad cases[] = {
        {"pgwiden run nowhere.id --yes",                                   3, "nowhere"                  },
        {"pgwiden run nowhere.t.id --yes",                                 3, "nowhere"                  },
        {"pgwiden run t.nothing --yes",                                    3, "nothing"                  },
        {"pgwiden run T.ID --yes --until verify --chunk-size 5 --dry-run", 0, NULL                       },
        {"pgwiden run '\"T\".id' --yes",                                   3, NULL                       },
        {"pgwiden run t.a --yes",                                          3, "not-integer"              },
        {"pgwiden run t.n --yes",                                          3, "not-integer"              },
        {"pgwiden run t.ctid --yes",                                       3, NULL                       },
        {"pgwiden run t.xmin --yes",                                       3, NULL                       },
        {"pgwiden run t.g --yes",                                          3, "stored-generated-column"  },
        {"pgwiden run nokey --yes",                                        3, "nokey"                    },
        {"pgwiden run textkey --yes",                                      3, "textkey"                  },
        {"pgwiden run twokeys --yes",                                      3, "twokeys"                  },
        {"pgwiden run v.id --yes",                                         3, "not-a-table"              },
        {"pgwiden run m.id --yes",                                         3, "not-a-table"              },
        {"pgwiden run far.id --yes",                                       3, "not-a-table"              },
        {"pgwiden run t_pkey.id --yes",                                    3, NULL                       },
        {"pgwiden run t_id_seq.last_value --yes",                          3, NULL                       },
        {"pgwiden run pg_catalog.pg_class.relnatts --yes",                 3, NULL                       },
        {"pgwiden run t.id nowhere.id --yes",                              3, "nowhere"                  },
        {"pgwiden run t.id t.a --yes",                                     3, "not-integer"              },
        {"pgwiden run viewed.id --yes",                                    3, "[view]"                   },
        {"pgwiden run leaf.id --yes",                                      3, "[partitioned-table]"      },
        {"pgwiden run keyed.id --yes",                                     3, "[partition-key]"          },
        {"pgwiden run stored.id --yes",                                    3, "[stored-generated-column]"},
        {"pgwiden run domained.id --yes",                                  3, "[domain]"                 },
        {"pgwiden run mother.id --yes",                                    3, "[inheritance]"            },
        {"pgwiden run daughter.id --yes",                                  3, "[inheritance]"            },
        {"pgwiden run typed.id --yes",                                     3, "[typed-table]"            },
        {"pgwiden run rowtype.id --yes",                                   3, "[row-type-in-use]"        },
        {"pgwiden run excluded.id --yes",                                  3, "[exclusion-constraint]"   },
        {"pgwiden run ruled.id --yes",                                     3, "[instead-rule]"           },
        {"pgwiden run cycled.id --yes",                                    3, "[cycle-sequence]"         },
        {"pgwiden run wholerow.id --yes",                                  3, "[whole-row-index]"        },
        {"pgwiden run published.id --yes",                                 3, "[publication"             },
        {"pgwiden backfill t.id",                                          3, "prepare"                  },
        {"pgwiden index t.id",                                             3, NULL                       },
        {"pgwiden verify t.id",                                            3, NULL                       },
        {"pgwiden swap t.id --yes",                                        3, NULL                       },
        {"pgwiden status --check nowhere.id",                              3, NULL                       },
    };
    struct db *db = make();

    CHECK_ALL(db, cases);
    db_drop(db);
}

Test(usage, nothing_to_do)
{
    static const struct bad cases[] = {
        {"pgwiden run wide.id --yes --cleanup", 0, "bigint"      },
        {"pgwiden run t.b --yes",               0, "bigint"      },
        {"pgwiden plan wide.id",                0, "bigint"      },
        {"pgwiden abort t.id",                  0, NULL          },
        {"pgwiden cleanup t.id",                0, NULL          },
        {"pgwiden status",                      0, NULL          },
        {"pgwiden status --check wide.id",      0, NULL          },
        {"pgwiden status --check t.id",         1, NULL          },
        {"pgwiden status --check t.id wide.id", 1, NULL          },
        {"pgwiden --version",                   0, "pgwiden"     },
        {"pgwiden -V",                          0, "pgwiden"     },
        {"pgwiden --help",                      0, "run"         },
        {"pgwiden '-?'",                        0, "run"         },
        {"pgwiden run --help",                  0, "--chunk-size"},
        {"pgwiden plan t.id",                   0, "swap"        },
        {"pgwiden plan t",                      0, "id"          },
        {"pgwiden plan one.same two.same",      0, NULL          },
        {"pgwiden plan viewed.id",              3, "[view]"      },
        {"pgwiden run t.id --dry-run",          0, "ALTER TABLE" },
        {"pgwiden run t.id --dry-run --yes",    0, "ALTER TABLE" },
    };
    struct db *db = make();

    CHECK_ALL(db, cases);
    db_drop(db);
}

Test(usage, servers_and_sessions)
{
    static const struct bad cases[] = {
        {"PGHOST=/nowhere pgwiden run t.id --yes",                                 1, NULL               },
        {"PGPORT=1 pgwiden run t.id --yes",                                        1, NULL               },
        {"pgwiden -d no_such_database run t.id --yes",                             1, "no_such_database" },
        {"pgwiden -U no_such_role run t.id --yes",                                 1, "no_such_role"     },
        {"pgwiden run t.id --yes --role no_such_role",                             3, "no_such_role"     },
        {"PGOPTIONS='-c default_transaction_read_only=on' pgwiden run t.id --yes", 3, "read-only"        },
        {"pgwiden run t.id --yes --role kitchen_reader",                           3, "privilege-missing"},
        {"pgwiden run one.same.id --yes --role kitchen_reader",                    3, "privilege-missing"},
        {"pgwiden plan t.id >/dev/full",                                           1, NULL               },
        {"pgwiden status >/dev/full",                                              1, NULL               },
        {"pgwiden --help >/dev/full",                                              1, NULL               },
        {"pgwiden --version >/dev/full",                                           1, NULL               },
        {"PGCLIENTENCODING=NONSENSE pgwiden run t.id --yes",                       1, NULL               },
    };
    struct db *db = make();

    CHECK_ALL(db, cases);
    db_drop(db);
}

/* A name without a schema that search_path does not settle, or settles in favor of one. */
Test(usage, search_path_decides)
{
    static const struct bad cases[] = {
        {"pgwiden plan same.id",                                    3, "same"       },
        {"PGOPTIONS='-c search_path=two,one' pgwiden plan same.id", 0, "two.same.id"},
    };
    struct db *db = make();

    CHECK_ALL(db, cases);
    db_drop(db);
}

/* --- JSON --- */

static void check_keys(const json_t *object, const char *line, const char *const *keys)
{
    for (; *keys != NULL; keys++)
        cr_expect(json_object_get(object, *keys) != NULL, "no \"%s\" in %s", *keys, line);
}

static const struct {
    const char *event;
    const char *keys[12];
} events[] = {
    {"start",    {"format", "version", "server_version", "resumed", "settings", NULL}                      },
    {"phase",    {"phase", "state", NULL}                                                                  },
    {"progress",
     {"phase", "rows_done", "rows_total", "blocks_done", "blocks_total", "rows_per_second", "eta_seconds",
      "chunk_rows", "throttled_by", NULL}                                                                  },
    {"swap",     {"lock_held_ms", "lock_wait_ms", "attempts", NULL}                                        },
    {"warning",  {"code", "message", NULL}                                                                 },
    {"error",    {"code", "sqlstate", "message", "detail", "hint", NULL}                                   },
    {"done",
     {"rows", "seconds", "rows_per_second", "wal_bytes", "size_before", "size_after", "lock_held_ms", NULL}},
    {"exit",     {"status", "state", "next_command", NULL}                                                 },
};

/* They are in the order of their times. */
static void check_time(const json_t *object, const char *line, char last[32])
{
    const char *now = json_string_value(json_object_get(object, "time"));

    cr_expect(strcmp(now, last) >= 0, "the event before was at %s: %s", last, line);
    snprintf(last, 32, "%s", now);
}

/* Every line of stdout is an object with the documented keys; returns which events there were, the last one
 * last. */
static char *check_events(const struct outcome *o)
{
    char last[32] = "", *copy = strdup(o->out), *rest = copy, *names = calloc(1, strlen(o->out) + 1);

    for (char *line = strsep(&rest, "\n"); line != NULL && *line != '\0'; line = strsep(&rest, "\n")) {
        json_error_t error;
        json_t *object = json_loads(line, JSON_REJECT_DUPLICATES, &error);
        const char *event = json_string_value(json_object_get(object, "event"));

        cr_assert(object != NULL, "%s: %s\n%s", line, error.text, o->err);
        check_keys(object, line, (const char *const[]){"event", "target", "time", NULL});
        check_time(object, line, last);
        for (size_t i = 0; event != NULL && i < sizeof events / sizeof events[0]; i++)
            if (strcmp(event, events[i].event) == 0)
                check_keys(object, line, events[i].keys);
        strcat(strcat(names, event == NULL ? "?" : event), " ");
        json_decref(object);
    }
    free(copy);
    return names;
}

static void check_last(const char *names, const struct outcome *o)
{
    size_t length = strlen(names);

    cr_expect(length >= 5 && strcmp(names + length - 5, "exit ") == 0, "the last event is not exit: %s\n%s",
              names, o->err);
}

Test(usage, settings_of_the_last_start_stand_in_the_database)
{
    struct db *db = make();
    char *text;

    program_expect(db, 0, "pgwiden prepare t.id --lock-timeout 70ms");
    program_expect(db, 0, "pgwiden backfill t.id --chunk-size 9 --jobs 2 --lock-timeout 50ms");
    text = db_text(db,
                   "SELECT name || '=' || value FROM pgwiden.setting WHERE name ~ '^(chunk|jobs|lock|swap$)' "
                   "ORDER BY name");
    cr_expect(strcmp(text, "chunk-size=9\nchunk-time=10ms\njobs=2\nlock-retries=30\nlock-timeout=50ms\n"
                           "swap=ask") == 0,
              "%s", text);
    free(text);
    db_drop(db);
}

Test(usage, json_of_run)
{
    struct db *db = make();
    struct outcome o = program_run(db, "pgwiden run t.id --yes --cleanup --json");
    char *names = check_events(&o);

    cr_assert(o.status == 0, "%s\n%s", o.out, o.err);
    check_last(names, &o);
    for (const char *const *name = (const char *const[]){"start ", "phase ", "swap ", "done ", NULL};
         *name != NULL; name++)
        cr_expect(strstr(names, *name) != NULL, "no event %sin %s", *name, names);
    outcome_free(&o);
    free(names);
    db_drop(db);
}

Test(usage, json_of_failures)
{
    static const struct bad cases[] = {
        {"pgwiden run viewed.id --yes --json",           3, "view"       },
        {"pgwiden run t.a --yes --json",                 3, "not-integer"},
        {"pgwiden -d no_such_database run t.id --json",  1, NULL         },
        {"PGWIDEN_JSON=on pgwiden run nowhere.id --yes", 3, NULL         },
    };
    struct db *db = make();

    CHECK_ALL(db, cases);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct outcome o = program_run(db, "%s", cases[i].command);
        char *names = check_events(&o);

        check_last(names, &o);
        cr_expect(strstr(names, "error ") != NULL, "%s: no event error in %s", cases[i].command, names);
        outcome_free(&o);
        free(names);
    }
    db_drop(db);
}

Test(usage, json_of_other_commands)
{
    static const char *const commands[] = {"pgwiden plan t.id --json", "pgwiden status --json",
                                           "pgwiden plan viewed.id --json",
                                           "pgwiden status --check t.id --json"};
    struct db *db = make();

    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        struct outcome o = program_run(db, "%s", commands[i]);
        json_error_t error;
        json_t *object = json_loads(o.out, JSON_REJECT_DUPLICATES, &error);

        cr_assert(object != NULL, "%s: %s\n%s\n%s", commands[i], error.text, o.out, o.err);
        check_keys(object, o.out,
                   (const char *const[]){"pgwiden", "format", "command", "database", "targets", NULL});
        cr_expect(json_is_array(json_object_get(object, "targets")), "%s: targets is no array", commands[i]);
        cr_expect(json_integer_value(json_object_get(object, "format")) == 1, "%s: format is not 1",
                  commands[i]);
        json_decref(object);
        outcome_free(&o);
    }
    db_drop(db);
}
