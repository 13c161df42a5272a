/* TARGET arguments: the parser without a server, names against a real one. */
#include "facts/target.h"
#include "support.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>
#include <stdlib.h>
#include <string.h>

#define LETTERS_63 "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijk"

static const struct good {
    const char *text;
    const char *parts; /* joined by |, patterns behind a ~ */
} good[] = {
    {"orders",                                "orders"                 },
    {"orders.id",                             "orders|id"              },
    {"public.orders.id",                      "public|orders|id"       },
    {"Public.ORDERS.Id",                      "public|orders|id"       },
    {"public.\"Order\".\"userId\"",           "public|Order|userId"    },
    {"\"a.b\".\"c\"\"d\"",                    "a.b|c\"d"               },
    {"\"\"\"\".x",                            "\"|x"                   },
    {"\" \".\"*\".\"?\"",                     " |*|?"                  },
    {"*",                                     "~*"                     },
    {"?",                                     "~?"                     },
    {"Public.*",                              "public|~*"              },
    {"Tenant_*.\"Users*\".Id",                "~tenant_*|Users*|id"    },
    {"2024_*.t?b$",                           "~2024_*|~t?b$"          },
    {"\"*\".TÜ*R.id",                        "*|~tÜ*r|id"            },
    {"_a$1.b2",                               "_a$1|b2"                },
    {"tür.SCHLÜSSEL",                       "tür|schlÜssel"        }, /* only ASCII folds */
    {LETTERS_63,                              LETTERS_63               },
    {"\"" LETTERS_63 "\".\"" LETTERS_63 "\"", LETTERS_63 "|" LETTERS_63},
};

ParameterizedTestParameters(target, is_parsed)
{
    static int index[sizeof good / sizeof good[0]];

    for (size_t i = 0; i < sizeof index / sizeof index[0]; i++)
        index[i] = (int)i;
    return cr_make_param_array(int, index, sizeof index / sizeof index[0]);
}

ParameterizedTest(int *index, target, is_parsed)
{
    const struct good *g = &good[*index];
    struct arena *a = arena_new();
    struct target_name name;
    struct err e = {0};
    char joined[256] = "";

    cr_assert(target_parse(a, g->text, &name, &e), "%s: %s", g->text, e.primary);
    for (int i = 0; i < name.count; i++) {
        strcat(joined, i > 0 ? "|" : "");
        strcat(joined, name.wild[i] ? "~" : "");
        strcat(joined, name.parts[i]);
    }
    cr_expect(eq(str, joined, (char *)g->parts));
    cr_expect(eq(int, target_is_pattern(&name), strchr(g->parts, '~') != NULL));
    for (int i = name.count; i < 3; i++)
        cr_expect(zero(ptr, (void *)name.parts[i]));
    arena_free(a);
}

static const struct bad {
    const char *text, *primary;
    const char *detail; /* the caret is below the first character that is wrong */
} bad[] = {
    {"",                      "invalid target: zero-length name",            "\n^"                             },
    {".",                     "invalid target: zero-length name",            ".\n^"                            },
    {"orders.",               "invalid target: zero-length name",            "orders.\n       ^"               },
    {"orders..id",            "invalid target: zero-length name",            "orders..id\n       ^"            },
    {"\"\".id",               "invalid target: zero-length name",            "\"\".id\n^"                      },
    {"a.\"b",                 "invalid target: unclosed double quote",       "a.\"b\n  ^"                      },
    {"a.\"b\"\"",             "invalid target: unclosed double quote",       "a.\"b\"\"\n  ^"                  },
    {"\"",                    "invalid target: unclosed double quote",       "\"\n^"                           },
    {"a.b.c.d",               "invalid target: more than three names",       "a.b.c.d\n      ^"                },
    {"a.b.c.",                "invalid target: more than three names",       "a.b.c.\n      ^"                 },
    {"a b",                   "invalid target: unexpected character",        "a b\n ^"                         },
    {"ü.b-c",                "invalid target: unexpected character",        "ü.b-c\n   ^"                    },
    {"1a.b",                  "invalid target: unexpected character",        "1a.b\n^"                         },
    {"a;drop",                "invalid target: unexpected character",        "a;drop\n ^"                      },
    {"\"a\"b.c",              "invalid target: unexpected character",        "\"a\"b.c\n   ^"                  },
    {"a\"b\"",                "invalid target: unexpected character",        "a\"b\"\n ^"                      },
    {"public.users.i*",       "invalid target: a column can't be a pattern", "public.users.i*\n              ^"},
    {"*.*.?",                 "invalid target: a column can't be a pattern", "*.*.?\n    ^"                    },
    {"a.\"b\"*",              "invalid target: pattern in a quoted name",    "a.\"b\"*\n     ^"                },
    {"a*\"b\"",               "invalid target: unexpected character",        "a*\"b\"\n  ^"                    },
    {"1*-",                   "invalid target: unexpected character",        "1*-\n  ^"                        },
    {LETTERS_63 "l",          "invalid target: name longer than 63 bytes",   LETTERS_63 "l\n^"                 },
    {"a.\"" LETTERS_63 "l\"", "invalid target: name longer than 63 bytes",   "a.\"" LETTERS_63 "l\"\n  ^"      },
};

ParameterizedTestParameters(target, is_a_usage_error)
{
    static int index[sizeof bad / sizeof bad[0]];

    for (size_t i = 0; i < sizeof index / sizeof index[0]; i++)
        index[i] = (int)i;
    return cr_make_param_array(int, index, sizeof index / sizeof index[0]);
}

ParameterizedTest(int *index, target, is_a_usage_error)
{
    const struct bad *b = &bad[*index];
    struct arena *a = arena_new();
    struct target_name name;
    struct err e = {0};

    cr_assert(not(target_parse(a, b->text, &name, &e)), "%s", b->text);
    cr_expect(eq(int, e.kind, ERR_USAGE));
    cr_expect(eq(str, e.primary, (char *)b->primary));
    cr_expect(eq(str, e.detail, (char *)b->detail));
    arena_free(a);
}

/* Whatever the bytes are: an answer, and nothing read beyond the end (address sanitizer). */
Test(target, any_bytes_give_an_answer)
{
    static const char alphabet[] = "aB1_$\".*? ;-\xc3\xbc\x01";
    struct arena *a = arena_new();
    unsigned int seed = 1;

    for (int i = 0; i < 20000; i++) {
        size_t length = (size_t)rand_r(&seed) % 24;
        char *text = malloc(length + 1);
        struct target_name name;
        struct err e = {0};

        for (size_t k = 0; k < length; k++)
            text[k] = alphabet[(size_t)rand_r(&seed) % (sizeof alphabet - 1)];
        text[length] = '\0';
        if (!target_parse(a, text, &name, &e))
            cr_expect(eq(int, e.kind, ERR_USAGE), "%s", text);
        else
            cr_expect(name.count > 0 && name.count < 4 && !name.wild[2], "%s", text);
        free(text);
    }
    arena_free(a);
}

Test(target, a_list_is_split_at_commas_outside_of_quotes)
{
    const char *list = " a.*, \"b, c\".\"d\"\"\" ,,e ,";
    struct arena *a = arena_new();

    cr_expect(eq(str, (char *)target_next(a, &list), "a.*"));
    cr_expect(eq(str, (char *)target_next(a, &list), "\"b, c\".\"d\"\"\""));
    cr_expect(eq(str, (char *)target_next(a, &list), "e"));
    cr_expect(zero(ptr, (void *)target_next(a, &list)));
    arena_free(a);
}

/* --- names in a database --- */

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

    db_exec(w.db,
            "CREATE SCHEMA first; CREATE SCHEMA second; CREATE SCHEMA hidden; CREATE SCHEMA \"pub, lic\";"
            "CREATE TABLE first.t (id int PRIMARY KEY, \"userId\" smallint, big bigint, txt text, arr int[]);"
            "CREATE TABLE second.t (other int PRIMARY KEY);"
            "CREATE TABLE second.orders (a int, b int, PRIMARY KEY (a, b));"
            "CREATE TABLE \"pub, lic\".quoted (id smallint PRIMARY KEY);"
            "CREATE TABLE hidden.secret (id int PRIMARY KEY);"
            "CREATE TABLE first.hidden (secret int);"
            "CREATE TABLE first.nokey (txt text, n int);"
            "CREATE DOMAIN first.d AS int; CREATE DOMAIN first.dd AS first.d; CREATE DOMAIN first.dt AS text;"
            "CREATE TABLE first.domains (a first.dd, b first.dt);"
            "CREATE TABLE first.parted (id int) PARTITION BY LIST (id);"
            "CREATE VIEW first.v AS SELECT 1 AS id; CREATE MATERIALIZED VIEW first.m AS SELECT 1 AS id;"
            "CREATE SEQUENCE first.s; CREATE INDEX i ON first.t (\"userId\");"
            "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w;"
            "CREATE FOREIGN TABLE first.f (id int) SERVER s;"
            "CREATE TABLE first.mine (pgwiden_old_1 int, id bigint);"
            "ALTER DATABASE %s SET search_path = 'pub, lic', \"$user\", FIRST, second",
            db_name(w.db));
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

static const char *setting(const struct world *w, const char *name)
{
    const char *sql = arena_printf(w->arena, "SHOW %s", name);
    struct err e = {0};
    struct rows r;

    cr_assert(session_query(w->session, w->arena, sql, 0, NULL, &r, &e), "%s", e.primary);
    return rows_text(&r, 0, 0);
}

static void expect_found(const struct world *w, const char *text, const char *name, const char *type)
{
    struct target t;
    struct err e = {0};

    cr_assert(target_resolve(w->session, w->arena, text, &t, &e), "%s: %s", text, e.primary);
    cr_expect(eq(str, (char *)t.name, (char *)name));
    cr_expect(eq(str, (char *)t.type, (char *)type));
    cr_expect(eq(int, t.is_bigint, strcmp(type, "bigint") == 0));
    cr_expect(gt(int, t.attnum, 0));
}

static void expect_refused(const struct world *w, const char *text, const char *code, const char *primary,
                           const char *hint)
{
    struct target t;
    struct err e = {0};

    cr_assert(not(target_resolve(w->session, w->arena, text, &t, &e)), "%s", text);
    cr_expect(eq(int, e.kind, ERR_REFUSED), "%s", text);
    cr_expect(eq(str, e.code, (char *)code));
    cr_expect(eq(str, e.primary, (char *)primary));
    cr_expect(strstr(e.hint, hint) != NULL, "%s: hint is: %s", text, e.hint);
}

Test(target, names_are_found_in_the_users_search_path)
{
    struct world w = world_open();

    expect_found(&w, "t", "first.t.id", "integer");
    expect_found(&w, "t.id", "first.t.id", "integer");
    expect_found(&w, "first.t", "first.t.id", "integer");
    expect_found(&w, "second.t", "second.t.other", "integer");
    expect_found(&w, "t.\"userId\"", "first.t.\"userId\"", "smallint");
    expect_found(&w, "first.t.big", "first.t.big", "bigint");
    expect_found(&w, "quoted", "\"pub, lic\".quoted.id", "smallint");
    expect_found(&w, "\"pub, lic\".quoted.id", "\"pub, lic\".quoted.id", "smallint");
    expect_found(&w, "hidden.secret.id", "hidden.secret.id", "integer");
    expect_found(&w, "parted.id", "first.parted.id", "integer");
    cr_expect(eq(str, (char *)setting(&w, "search_path"), "pg_catalog, pgwiden"));
    world_close(&w);
}

Test(target, our_search_path_is_put_back_inside_a_transaction)
{
    struct world w = world_open();
    struct err e = {0};

    cr_assert(session_script(w.session, w.arena, "BEGIN READ ONLY", NULL, &e));
    expect_found(&w, "t", "first.t.id", "integer");
    cr_expect(eq(str, (char *)setting(&w, "search_path"), "pg_catalog, pgwiden"));
    cr_assert(session_script(w.session, w.arena, "COMMIT", NULL, &e));
    world_close(&w);
}

Test(target, two_parts_with_two_meanings_are_ambiguous)
{
    struct world w = world_open();
    struct target t;
    struct err e = {0};

    cr_expect(not(target_resolve(w.session, w.arena, "hidden.secret", &t, &e)));
    cr_expect(eq(int, e.kind, ERR_REFUSED));
    cr_expect(eq(str, e.primary, "target hidden.secret is ambiguous"));
    cr_expect(eq(str, e.detail, "It may be column first.hidden.secret, or table hidden.secret."));
    cr_expect(eq(str, e.hint, "Write first.hidden.secret for the one, hidden.secret.id for the other."));
    world_close(&w);
}

Test(target, what_does_not_exist_is_refused_with_near_names)
{
    struct world w = world_open();

    expect_refused(&w, "secret", "", "table \"secret\" does not exist", "Did you mean hidden.secret?");
    expect_refused(&w, "order.a", "", "table \"order\" does not exist", "Did you mean second.orders?");
    expect_refused(&w, "second.order.a", "", "table \"second.order\" does not exist", "second.orders");
    expect_refused(&w, "sekond.orders.a", "", "schema \"sekond\" does not exist", "second.orders");
    expect_refused(&w, "t.userid", "", "column \"userid\" of table first.t does not exist",
                   "Did you mean first.t.\"userId\"");
    expect_refused(&w, "t.xmin", "", "column \"xmin\" of table first.t does not exist", "");
    expect_refused(&w, "x.y.z", "", "schema \"x\" does not exist", "");
    world_close(&w);
}

Test(target, a_table_alone_needs_a_key_of_one_column)
{
    struct world w = world_open();

    expect_refused(&w, "orders", "",
                   "the primary key of table second.orders has 2 columns, so one must be named",
                   "second.orders.a, second.orders.b");
    expect_refused(&w, "nokey", "", "table first.nokey has no primary key, so the column must be named",
                   "first.nokey.n");
    world_close(&w);
}

Test(target, other_relations_and_types_are_refused)
{
    struct world w = world_open();

    expect_refused(&w, "v.id", "not-a-table", "first.v is a view, not a table", "that it reads");
    expect_refused(&w, "m", "not-a-table", "first.m is a materialized view, not a table", "that it reads");
    expect_refused(&w, "first.f.id", "not-a-table", "first.f is a foreign table, not a table",
                   "holds the table");
    expect_refused(&w, "s", "not-a-table", "first.s is a sequence, not a table", "feeds");
    expect_refused(&w, "i", "not-a-table", "first.i is an index, not a table", "");
    expect_refused(&w, "pg_class.relnatts", "not-a-table", "pg_catalog.pg_class is a system catalog", "");
    expect_refused(&w, "mine.pgwiden_old_1", "not-a-table",
                   "first.mine.pgwiden_old_1 belongs to pgwiden itself", "");
    expect_refused(&w, "t.txt", "not-integer", "column first.t.txt is text, not integer or smallint", "");
    expect_refused(&w, "t.arr", "not-integer", "column first.t.arr is integer[], not integer or smallint",
                   "");
    expect_refused(&w, "domains.a", "domain", "the type of column first.domains.a is the domain first.dd",
                   "ALTER TABLE first.domains ALTER a TYPE integer;");
    expect_refused(&w, "domains.b", "not-integer",
                   "column first.domains.b is first.dt, not integer or smallint", "");
    cr_assert(session_script(w.session, w.arena, "CREATE TEMPORARY TABLE temporary (id int PRIMARY KEY)",
                             NULL, &(struct err){0}));
    struct target t;
    struct err e = {0};
    cr_expect(not(target_resolve(w.session, w.arena, "temporary.id", &t, &e)));
    cr_expect(eq(str, e.code, "not-a-table"));
    cr_expect(strstr(e.primary, "is a temporary table") != NULL, "%s", e.primary);
    world_close(&w);
}

Test(target, bytes_that_the_encoding_does_not_have_are_a_usage_error)
{
    struct world w = world_open();
    struct target t;
    struct err e = {0};

    cr_expect(not(target_resolve(w.session, w.arena, "t.\xc3(", &t, &e)));
    cr_expect(eq(int, e.kind, ERR_USAGE));
    e = (struct err){0};
    cr_expect(not(target_resolve(w.session, w.arena, "t.\"\xff\"", &t, &e)));
    cr_expect(eq(int, e.kind, ERR_USAGE));
    cr_expect(eq(str, e.sqlstate, "22021"));
    world_close(&w);
}
