/* TARGET patterns, --exclude, --if-exists: what matches, what is left out, and that one stops no other. */
#include "facts/pattern.h"
#include "support.h"

#include <criterion/criterion.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

TestSuite(patterns, .timeout = 300);

/* --- what matches --- */

static const char names[] =
    "CREATE SCHEMA one; CREATE SCHEMA two; CREATE SCHEMA \"Two\"; CREATE SCHEMA a_c; CREATE SCHEMA abc; "
    "CREATE SCHEMA pgwiden; "
    "CREATE TABLE one.users (id int PRIMARY KEY, org smallint); "
    "CREATE TABLE two.users (id smallint PRIMARY KEY, org int); "
    "CREATE TABLE \"Two\".users (id bigint PRIMARY KEY, org uuid); "
    "CREATE TABLE two.\"User*\" (id int PRIMARY KEY); CREATE TABLE two.\"Userx\" (id int PRIMARY KEY); "
    "CREATE TABLE two.us$r (\"Id\" int PRIMARY KEY); "
    "CREATE TABLE two.küche (schlüssel int PRIMARY KEY); CREATE TABLE two.\"a%%\\b\" (id int PRIMARY KEY); "
    "CREATE TABLE a_c.t_1 (id int PRIMARY KEY); CREATE TABLE abc.tx1 (id int PRIMARY KEY); "
    "CREATE TABLE pgwiden.conversion (id int PRIMARY KEY); "
    "CREATE TABLE one.none (n int); CREATE TABLE one.pair (a int, b int, PRIMARY KEY (a, b)); "
    "CREATE TABLE one.words (id text PRIMARY KEY); CREATE DOMAIN one.d AS int; CREATE DOMAIN one.dd AS "
    "one.d; "
    "CREATE TABLE one.domained (id one.dd PRIMARY KEY); "
    "CREATE TABLE one.mine (pgwiden_old_1 int, id bigint); "
    "CREATE VIEW one.v AS SELECT 1 AS id; CREATE MATERIALIZED VIEW one.m AS SELECT 1 AS id; "
    "CREATE TABLE one.root (id int PRIMARY KEY, k int) PARTITION BY RANGE (id); "
    "CREATE TABLE one.root_1 PARTITION OF one.root FOR VALUES FROM (0) TO (9) PARTITION BY RANGE (id); "
    "CREATE TABLE one.root_2 PARTITION OF one.root_1 FOR VALUES FROM (0) TO (9); "
    "CREATE TABLE two.root (org int PRIMARY KEY); "
    "CREATE TEMPORARY TABLE users_temporary (id int PRIMARY KEY); "
    /* hidden for those who don't write the schema */
    "CREATE VIEW one.us$r AS SELECT 1 AS id; "
    "ALTER DATABASE %s SET search_path = 'one', 'two'";

struct world {
    struct db *db;
    struct loop *loop;
    struct arena *arena;
    struct session *session;
};

static struct world world_open(void)
{
    struct world w = {.db = db_create(), .arena = arena_new()};
    struct settings settings;
    struct err e = {0};

    db_exec(w.db, names, db_name(w.db));
    settings_init(&settings);
    settings.dbname = db_name(w.db);
    cr_assert(loop_open(&w.loop, &e), "%s", e.primary);
    cr_assert(session_open(w.loop, &settings, "pgwiden: test", NULL, &w.session, &e), "%s", e.primary);
    return w;
}

static void world_close(struct world *w)
{
    session_close(w->session);
    loop_close(w->loop);
    arena_free(w->arena);
    db_drop(w->db);
}

static struct target_name parse(struct world *w, const char *text)
{
    struct target_name name;
    struct err e = {0};

    cr_assert(target_parse(w->arena, text, &name, &e), "%s: %s", text, e.primary);
    return name;
}

/* "one.users.id two.users.id"; what is left out in brackets. */
static const char *matched(struct world *w, const char *text)
{
    const struct target_name name = parse(w, text);
    const char *out = "";
    struct matches m;
    struct err e = {0};

    if (!pattern_match(w->session, w->arena, &name, NULL, &m, &e))
        return arena_printf(w->arena, "%d: %s", (int)e.kind, e.primary);
    for (int i = 0; i < m.count; i++)
        out = arena_printf(w->arena, m.list[i].left_out ? "%s%s[%s]" : "%s%s%s%s", out, i ? " " : "",
                           m.list[i].target.name, m.list[i].refused ? "!" : "");
    return out;
}

static void expect_matches(struct world *w, const char *text, const char *expected)
{
    const char *found = matched(w, text);

    cr_expect(strcmp(found, expected) == 0, "%s matches\n%s\nnot\n%s", text, found, expected);
}

Test(patterns, match_as_in_psql)
{
    struct world w = world_open();

    expect_matches(&w, "*.users.id", "\"Two\".users.id one.users.id two.users.id");
    expect_matches(&w, "TWO.*ers", "two.users.id");
    expect_matches(&w, "\"Two\".*", "\"Two\".users.id");
    expect_matches(&w, "tw?.users.org", "two.users.org");
    expect_matches(&w, "???.users.org", "[\"Two\".users.org] one.users.org two.users.org");
    expect_matches(&w, "two.us*", "two.\"us$r\".\"Id\" two.users.id");
    expect_matches(&w, "two.us$*", "two.\"us$r\".\"Id\"");
    expect_matches(&w, "t*.\"User*\"", "two.\"User*\".id");
    expect_matches(&w, "t*.\"User*\".id", "two.\"User*\".id");
    expect_matches(&w, "two.k?che", "two.\"küche\".\"schlüssel\"");
    expect_matches(&w, "two.kü*", "two.\"küche\".\"schlüssel\"");
    expect_matches(&w, "t*.\"a%\\b\"", "two.\"a%\\b\".id");
    expect_matches(&w, "a_c.*", "a_c.t_1.id");
    expect_matches(&w, "a?c.t_*", "a_c.t_1.id");
    expect_matches(&w, "a?c.t??", "a_c.t_1.id abc.tx1.id");
    expect_matches(&w, "a*.\"t?1\"", "");
    expect_matches(&w, "nowhere.*", "");
    world_close(&w);
}

Test(patterns, never_mean_catalogs_temporary_tables_partitions_or_our_own)
{
    struct world w = world_open();

    expect_matches(&w, "pg_*.*", "");
    expect_matches(&w, "information_schem?.*", "");
    expect_matches(&w, "pgwide?.*", "");
    expect_matches(&w, "*.users_temp*", "");
    expect_matches(&w, "one.root*", "one.root.id");
    expect_matches(&w, "*.mine.pgwiden_old_1", "");
    expect_matches(&w, "one.v*", "");
    world_close(&w);
}

Test(patterns, tables_without_such_a_column_are_left_out)
{
    struct world w = world_open();

    expect_matches(&w, "one.*",
                   "one.domained.id! [one.mine] [one.\"none\"] [one.pair] one.root.id one.users.id "
                   "[one.words.id]");
    expect_matches(&w, "one.*.id", "one.domained.id! one.mine.id one.root.id one.users.id [one.words.id]");
    world_close(&w);
}

Test(patterns, without_a_schema_mean_visible_tables)
{
    struct world w = world_open();

    expect_matches(&w, "u*", "one.users.id");
    expect_matches(&w, "k*", "two.\"küche\".\"schlüssel\"");
    expect_matches(&w, "us$*", "");
    expect_matches(&w, "t*", "");
    expect_matches(&w, "u*.org", "one.users.org");
    /* as with names: a table org in schema u*, or a column of a table u* */
    expect_matches(&w, "*.root", "one.root.id two.root.org");
    expect_matches(&w, "r*.k", "one.root.k");
    db_exec(w.db, "CREATE TABLE one.org (root int PRIMARY KEY)");
    expect_matches(&w, "o*.root", "3: pattern o*.root is ambiguous");
    expect_matches(&w, "*.o*.root", "one.org.root");
    world_close(&w);
}

/* Of these targets, those that the pattern leaves out. */
static void expect_excluded(struct world *w, const char *text, const char *expected)
{
    static const char *const targets[] = {"one.users.id", "one.users.org", "two.users.id",   "a_c.t_1.id",
                                          "abc.tx1.id",   "one.root.k",    "two.us$r.\"Id\""};
    enum { COUNT = sizeof targets / sizeof *targets };
    const struct target_name name = parse(w, text);
    struct target list[COUNT];
    bool out[COUNT] = {false};
    const char *found = "";
    struct err e = {0};

    for (int i = 0; i < COUNT; i++)
        cr_assert(target_resolve(w->session, w->arena, targets[i], &list[i], &e), "%s", e.primary);
    cr_assert(pattern_exclude(w->session, w->arena, &name, &(struct target_list){COUNT, list}, out, &e), "%s",
              e.primary);
    for (int i = 0; i < COUNT; i++)
        if (out[i])
            found = arena_printf(w->arena, "%s%s%s", found, *found ? " " : "", targets[i]);
    cr_expect(strcmp(found, expected) == 0, "--exclude %s leaves out\n%s\nnot\n%s", text, found, expected);
}

Test(patterns, exclude_rather_more_than_less)
{
    struct world w = world_open();

    expect_excluded(&w, "users", "one.users.id one.users.org two.users.id");
    expect_excluded(&w, "u*", "one.users.id one.users.org two.users.id two.us$r.\"Id\"");
    expect_excluded(&w, "us$*", "two.us$r.\"Id\"");
    expect_excluded(&w, "t_1", "a_c.t_1.id");
    expect_excluded(&w, "t?1", "a_c.t_1.id abc.tx1.id");
    expect_excluded(&w, "users.id", "one.users.id two.users.id");
    expect_excluded(&w, "one.*", "one.users.id one.users.org one.root.k");
    expect_excluded(&w, "*.us*.\"Id\"", "two.us$r.\"Id\"");
    expect_excluded(&w, "*.org", "one.users.org");
    expect_excluded(&w, "\"t?1\"", "");
    world_close(&w);
}

/* --- the program --- */

static const char setup[] =
    "CREATE TABLE a (id serial PRIMARY KEY, t text); CREATE TABLE b (id serial PRIMARY KEY, t text); "
    "CREATE TABLE c (id serial PRIMARY KEY, t text); "
    "INSERT INTO a (t) SELECT 'x' FROM generate_series(1, 50); INSERT INTO b (t) VALUES ('x'); "
    "CREATE TABLE refused (id int PRIMARY KEY, EXCLUDE USING btree (id WITH =)); "
    "CREATE TABLE domained (id d PRIMARY KEY); CREATE TABLE wide (id bigint PRIMARY KEY); "
    "CREATE TABLE words (id text PRIMARY KEY); CREATE TABLE none (n int)";

static struct db *make(void)
{
    struct db *db = db_create();

    db_exec(db, "CREATE DOMAIN d AS int");
    db_exec(db, "%s", setup);
    return db;
}

/* Tables of schema public whose column id is bigint, and that have nothing of ours. */
static void expect_bigint(struct db *db, const char *expected)
{
    char *found = db_text(db, "SELECT string_agg(attrelid::regclass::text, ' ' ORDER BY relname) "
                              "FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid "
                              "WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace "
                              "AND attname = 'id' AND atttypid = 'int8'::regtype AND NOT EXISTS (SELECT FROM "
                              "pg_attribute o WHERE o.attrelid = c.oid AND o.attname ~ '^pgwiden_')");

    cr_expect(strcmp(found, expected) == 0, "bigint are %s, not %s", found, expected);
    free(found);
}

struct expected {
    const char *command;
    int status;
    const char *says; /* in stdout or stderr; NULL: anything */
};

static void expect(struct db *db, const struct expected *x)
{
    struct outcome o = program_run(db, "%s", x->command);

    cr_expect(o.status == x->status, "%s: exit status %d, not %d\n%s\n%s", x->command, o.status, x->status,
              o.out, o.err);
    cr_expect(!x->says || strstr(o.err, x->says) || strstr(o.out, x->says), "%s: does not say \"%s\"\n%s\n%s",
              x->command, x->says, o.out, o.err);
    outcome_free(&o);
}

/* None of these changes anything. */
Test(patterns, nothing_is_changed)
{
    static const struct expected cases[] = {
        {"pgwiden run 'nowhere.*' --yes",                       3, "no table matches nowhere.*"                   },
        {"pgwiden run 'nowhere.*' --yes --if-exists",           0, "--if-exists"                                  },
        {"pgwiden run nowhere.t.id nix t.id --yes --if-exists", 0, "table \"nix\" does not exist"                 },
        {"PGWIDEN_IF_EXISTS=on pgwiden run nowhere.id --yes",   0, "--if-exists"                                  },
        {"pgwiden run a.nix --yes --if-exists",                 0, "column \"nix\""                               },
        {"pgwiden run words.id --yes --if-exists",              3, "not-integer"                                  },
        {"pgwiden run 'w?rds' --yes",                           3, "public.words has"                             },
        {"pgwiden run 'public.*' refused --yes",                3, "exclusion-constraint"                         },
        {"pgwiden run 'public.*' nowhere.id --yes",             3, "nowhere"                                      },
        {"pgwiden run 'public.*' --exclude 'public.*' --yes",   0, "left out, --exclude public.*"                 },
        {"PGWIDEN_EXCLUDE='*' pgwiden run a.id b --yes",        0, "public.a.id, public.b.id"                     },
        {"pgwiden run wide 'w*' --yes",                         0, "is bigint already"                            },
        {"pgwiden run 'public.w*' --yes",                       0, "bigint already, nothing to do: public.wide.id"},
        {"pgwiden run 'public.i*.*d' --yes",                    2, "a column can't be a pattern"                  },
        {"pgwiden plan 'public.?' --exclude a,b",               0, "public.c.id"                                  },
        {"pgwiden plan 'public.*'",                             1, "domain"                                       },
        {"pgwiden plan 'public.*' refused",                     3, "exclusion-constraint"                         },
        {"pgwiden run 'public.?' --yes --dry-run",              0, "-- public.b.id"                               },
        {"pgwiden status --check 'public.?'",                   1, "not yet"                                      },
        {"pgwiden status --check 'public.w*'",                  0, "public.wide.id"                               },
        {"pgwiden status --check 'nix*'",                       3, NULL                                           },
        {"pgwiden status --check nix --if-exists",              0, NULL                                           },
        {"pgwiden status 'public.*'",                           0, NULL                                           },
        {"pgwiden abort 'public.*'",                            0, "nothing to undo"                              },
        {"pgwiden cleanup 'public.*'",                          0, "nothing to clean up"                          },
        {"pgwiden cleanup 'nix.*'",                             3, NULL                                           },
        {"pgwiden swap 'public.?' --yes",                       1, "phase-missing"                                },
        {"pgwiden run 'public.?' --yes --stop-after 1ms",       5, NULL                                           },
    };
    struct db *db = make();
    char *before = catalog_snapshot(db);

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        expect(db, &cases[i]);
        cr_expect(!state_exists(db), "%s: schema pgwiden appeared", cases[i].command);
    }
    char *after = catalog_snapshot(db), *diff = text_diff(before, after);
    cr_expect(*diff == '\0', "%s", diff);
    free(before);
    free(after);
    free(diff);
    db_drop(db);
}

Test(patterns, a_refused_member_is_left_out_and_the_rest_goes_on)
{
    struct db *db = make();
    struct outcome o = program_run(db, "pgwiden run 'public.*' --exclude 'c' --yes --cleanup");

    cr_expect(o.status == 1, "%d\n%s\n%s", o.status, o.out, o.err);
    cr_expect(strstr(o.err, "left out, --exclude c: public.c.id\n") != NULL, "%s", o.err);
    cr_expect(strstr(o.err, "left out, no primary key: public.\"none\"\n") != NULL, "%s", o.err);
    cr_expect(strstr(o.err, "left out, a primary key that is not integer: public.words.id\n") != NULL, "%s",
              o.err);
    cr_expect(strstr(o.err, "2 of 4 tables not done: public.domained.id, public.refused.id\n") != NULL, "%s",
              o.err);
    outcome_free(&o);
    expect_bigint(db, "a b wide");
    /* once more: nothing but what is refused */
    expect(db,
           &(struct expected){"pgwiden run 'public.*' --exclude c --yes --cleanup", 1,
                              "3 bigint already, nothing to do: public.a.id, public.b.id, public.wide.id"});
    expect(db, &(struct expected){"pgwiden run 'public.*' --exclude c,domained --exclude refused --yes", 0,
                                  "3 bigint already"});
    db_drop(db);
}

/* A row that breaks a NOT VALID constraint ends the backfill of its table. */
Test(patterns, a_member_that_fails_stops_no_other)
{
    struct db *db = make();

    db_exec(db, "ALTER TABLE a ADD CONSTRAINT broken CHECK (id <> 7) NOT VALID");
    expect(db, &(struct expected){"pgwiden run 'public.?' --yes --cleanup", 1,
                                  "next:      pgwiden run 'public.?' --cleanup --yes"});
    expect_bigint(db, "b c wide");
    db_exec(db, "DELETE FROM a WHERE id = 7");
    program_expect(db, 0, "pgwiden run 'public.?' --yes --cleanup");
    expect_bigint(db, "a b c wide");
    db_drop(db);
}

Test(patterns, phase_by_phase_and_back)
{
    struct db *db = make();
    char *before = catalog_snapshot(db);

    expect(db, &(struct expected){"pgwiden run '?' --until verify", 0, "next:      pgwiden run '?'"});
    expect(db, &(struct expected){"pgwiden run 'public.?'", 6, "next:      pgwiden swap 'public.?' --yes"});
    expect(db, &(struct expected){"pgwiden abort 'public.*'", 0, "public.* matches 3 tables"});
    program_expect(db, 0, "pgwiden cleanup 'public.*' --forget");

    char *after = catalog_snapshot(db), *diff = text_diff(before, after);
    cr_expect(*diff == '\0', "%s", diff);
    cr_expect(!state_exists(db));
    program_expect(db, 0, "pgwiden prepare 'public.?'");
    program_expect(db, 0, "pgwiden backfill '?.id'");
    program_expect(db, 1, "pgwiden verify 'public.?' 'public.w*'");
    program_expect(db, 0, "pgwiden index 'public.*.id' --exclude wide,domained,refused,words");
    program_expect(db, 0, "pgwiden verify '*.?.id'");
    expect(db, &(struct expected){"pgwiden swap 'public.?' --exclude b --yes", 0,
                                  "next:      pgwiden cleanup 'public.?' --exclude b"});
    program_expect(db, 1, "pgwiden cleanup 'public.*'"); /* b is not swapped */
    expect_bigint(db, "a c wide");
    expect(db, &(struct expected){"pgwiden status --check 'public.?'", 1, "public.b.id"});
    program_expect(db, 0, "pgwiden run 'public.?' --yes --cleanup");
    program_expect(db, 0, "pgwiden status --check 'public.?' wide");
    free(before);
    free(after);
    free(diff);
    db_drop(db);
}

Test(patterns, large_tables_are_only_prepared_each_by_itself)
{
    struct db *db = make();

    db_exec(db, "ANALYZE");
    expect(db, &(struct expected){"pgwiden run 'public.?' --yes --cleanup --max-table-rows 20", 0,
                                  "public.a has about 50 rows, more than --max-table-rows 20"});
    expect_bigint(db, "b c wide");
    expect(db, &(struct expected){"pgwiden abort 'public.*'", 0, "public.* matches 1 table\n"});
    db_drop(db);
}

/* Every line is an object; the names of the events with their targets, the last one returned. */
static json_t *read_events(const char *text, char *events, size_t size)
{
    json_t *last = NULL;

    events[0] = '\0';
    while (*text) {
        size_t length = strcspn(text, "\n");
        json_t *object = json_loadb(text, length, JSON_REJECT_DUPLICATES, NULL);
        const char *target = json_string_value(json_object_get(object, "target"));
        size_t used = strlen(events);

        cr_assert(json_is_object(object), "no JSON: %.*s", (int)length, text);
        snprintf(events + used, size - used, "%s %s\n", json_string_value(json_object_get(object, "event")),
                 target ? target : "-");
        json_decref(last);
        last = object;
        text += length + (text[length] == '\n');
    }
    return last;
}

Test(patterns, json)
{
    struct db *db = make();
    struct outcome o = program_run(db, "pgwiden run 'public.*' --yes --cleanup --json");
    static char events[65536];
    json_t *last = read_events(o.out, events, sizeof events);

    cr_expect(o.status == 1, "%s", o.err);
    cr_expect(strstr(events, "start public.a.id\n") && strstr(events, "done public.c.id\n"), "%s", events);
    cr_expect(strstr(events, "error public.domained.id\n") && strstr(events, "error public.refused.id\n"),
              "%s", events);
    cr_expect(strstr(events, "start public.wide.id\n") == NULL, "%s", events);
    cr_expect(json_integer_value(json_object_get(last, "status")) == 1, "%s", o.out);
    cr_expect(strcmp(json_string_value(json_object_get(last, "event")), "exit") == 0, "%s", o.out);
    cr_expect(strcmp(json_string_value(json_object_get(last, "state")), "failed") == 0, "%s", o.out);
    cr_expect(json_is_null(json_object_get(last, "next_command")), "%s", o.out);
    json_decref(last);
    outcome_free(&o);
    expect_bigint(db, "a b c wide");

    o = program_run(db, "pgwiden status --check 'public.?' 'w*.id' --json");
    last = json_loads(o.out, JSON_REJECT_DUPLICATES, NULL);
    cr_expect(json_array_size(json_object_get(last, "targets")) == 4, "%s", o.out);
    json_decref(last);
    outcome_free(&o);
    db_drop(db);
}

static int times(const char *text, const char *what)
{
    int count = 0;

    for (const char *at = strstr(text, what); at; at = strstr(at + 1, what))
        count++;
    return count;
}

/* What preflight finds of every table is one line; of named tables, and in JSON, one each. */
Test(patterns, warnings_in_common)
{
    struct db *db = make();
    struct outcome o = program_run(db, "pgwiden prepare 'public.?'");

    cr_expect(times(o.err, "[column-position]") == 1, "%s", o.err);
    cr_expect(
        strstr(o.err,
               "warning: 3 tables (public.a.id, public.b.id, public.c.id), the first: table public.a: the"),
        "%s", o.err);
    outcome_free(&o);
    program_expect(db, 0, "pgwiden abort 'public.?'");
    o = program_run(db, "pgwiden prepare 'public.?' --json");
    cr_expect(times(o.out, "\"code\":\"column-position\"") == 3, "%s", o.out);
    cr_expect(times(o.err, "[column-position]") == 1, "%s", o.err);
    outcome_free(&o);
    program_expect(db, 0, "pgwiden abort 'public.?'");
    o = program_run(db, "pgwiden prepare a.id b.id");
    cr_expect(times(o.err, "[column-position]") == 2, "%s", o.err);
    outcome_free(&o);
    db_drop(db);
}

/* Made anew for each table they would leave what they were compiled to in the server's memory: 9 MB a table.
 */
Test(patterns, functions_are_made_once_a_session)
{
    static const char *const commands[] = {"plan", "run --dry-run --sample off", "prepare", "plan",
                                           "run --yes --cleanup"};
    struct db *db = make();

    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        struct outcome o = program_run(db, "pgwiden %s -e 'public.?'", commands[i]);

        cr_expect(o.status == 0, "%s: exit status %d\n%s", commands[i], o.status, o.err);
        cr_expect(times(o.err, "FUNCTION pg_temp.capture(rel oid)") == 1, "%s: made %d times", commands[i],
                  times(o.err, "FUNCTION pg_temp.capture(rel oid)"));
        outcome_free(&o);
    }
    db_drop(db);
}
