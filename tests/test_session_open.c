/* Opening sessions: settings, and the ways to fail. */
#include "proxy.h"
#include "session_fixture.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

TestSuite(session_open, .init = session_set_up, .fini = session_tear_down, .timeout = 60);

Test(session_open, tells_where_it_is)
{
    struct session *s = connect_now();
    char host[256];

    snprintf(host, sizeof(host), "%s:%s", getenv("PGHOST"), getenv("PGPORT"));
    cr_expect(eq(str, session_host(s), host));
    cr_expect(eq(str, session_database(s), "postgres"));
    cr_expect(eq(int, session_version(s), atoi(one(s, "SHOW server_version_num"))));
    cr_expect(eq(int, session_pid(s), atoi(one(s, "SELECT pg_backend_pid()"))));
    cr_expect(eq(dbl, session_busy_ms(s), 0));
    session_close(s);
}

static const struct {
    const char *name, *value;
} in_place[] = {
    {"application_name",                    "pgwiden: test"      },
    {"search_path",                         "pg_catalog, pgwiden"},
    {"lock_timeout",                        "0"                  },
    {"statement_timeout",                   "0"                  },
    {"idle_in_transaction_session_timeout", "0"                  },
    {"idle_session_timeout",                "0"                  },
    {"default_transaction_isolation",       "read committed"     },
    {"default_transaction_deferrable",      "off"                },
    {"client_connection_check_interval",    "1s"                 },
    {"jit",                                 "off"                },
    {"row_security",                        "off"                },
    {"DateStyle",                           "ISO, DMY"           }, /* the order is the user's */
    {"IntervalStyle",                       "postgres"           },
    {"extra_float_digits",                  "1"                  },
    {"standard_conforming_strings",         "on"                 },
    {"quote_all_identifiers",               "off"                },
    {"array_nulls",                         "on"                 },
    {"transform_null_equals",               "off"                },
};

/* PGOPTIONS comes before our own settings. */
Test(session_open, has_its_settings_in_place)
{
    setenv("PGOPTIONS",
           "-c search_path=public -c lock_timeout=7s -c statement_timeout=8s -c idle_session_timeout=9s"
           " -c idle_in_transaction_session_timeout=9s -c default_transaction_isolation=serializable"
           " -c default_transaction_deferrable=on -c jit=on -c DateStyle=SQL,DMY -c IntervalStyle=iso_8601"
           " -c quote_all_identifiers=on -c array_nulls=off -c transform_null_equals=on"
           " -c extra_float_digits=0 -c work_mem=7MB -c default_transaction_read_only=on",
           1);
    struct session *s = connect_now();
    struct rows r;

    for (size_t i = 0; i < sizeof(in_place) / sizeof(in_place[0]); i++) {
        const char *params[] = {in_place[i].name};
        cr_assert(session_query(s, arena, "SELECT current_setting($1)", 1, params, &r, &err), "%s",
                  in_place[i].name);
        cr_expect(eq(str, rows_text(&r, 0, 0), in_place[i].value), "%s", in_place[i].name);
    }
    cr_expect(eq(str, one(s, "SHOW work_mem"), "7MB"));
    cr_expect(eq(str, one(s, "SHOW default_transaction_read_only"), "on"));
    if (session_version(s) >= 170000)
        cr_expect(eq(str, one(s, "SHOW transaction_timeout"), "0"));
    session_close(s);
}

/* As by ALTER ROLE .. SET: they hold from the first statement on. */
Test(session_open, is_opened_under_the_shortest_of_limits)
{
    setenv("PGOPTIONS", "-c statement_timeout=1 -c lock_timeout=1", 1);
    for (int i = 0; i < 20; i++) {
        struct session *s = connect_now();
        cr_expect(eq(str, one(s, "SELECT 'in time' FROM pg_sleep(0.01)"), "in time"));
        session_close(s);
    }
}

Test(session_open, cuts_a_long_application_name_between_characters)
{
    struct session *s =
        connect_as("pgwiden: backfill public.a_table_with_a_name_that_is_long_enou\xc3\xbc", NULL);

    cr_expect(eq(str, one(s, "SHOW application_name"),
                 "pgwiden: backfill public.a_table_with_a_name_that_is_long_enou"));
    session_close(s);
}

/* ---- failing to connect ---- */

static const struct {
    const char *name, *dbname, *host, *port, *role, *primary, *never;
    enum err_kind kind;
} refused[] = {
    {"wrong port",            "postgres",                                                 "/nowhere",  "1",  NULL,           "/nowhere/.s.PGSQL.1\" failed: No such file", "",
     ERR_FAILED                                                                                                                                                                                },
    {"wrong tcp port",        "postgres",                                                 "127.0.0.1", "1",  NULL,           "port 1 failed: Connection refused",          "",
     ERR_FAILED                                                                                                                                                                                },
    {"no such database",      "no_such_db",                                               NULL,        NULL, NULL,           "database \"no_such_db\" does not exist",     "",
     ERR_FAILED                                                                                                                                                                                },
    {"in a conninfo",         "dbname=no_such_db",                                        NULL,        NULL, NULL,           "database \"no_such_db\" does not exist",     "",
     ERR_FAILED                                                                                                                                                                                },
    {"in a URI",              "postgresql:///no_such_db",                                 NULL,        NULL, NULL,           "database \"no_such_db\" does not exist",     "",
     ERR_FAILED                                                                                                                                                                                },
    {"not a port",            "postgres",                                                 NULL,        "x",  NULL,           "invalid integer value \"x\"",                "",       ERR_FAILED},
    {"no such role",          "postgres",                                                 NULL,        NULL, "no_such_role", "role \"no_such_role\" does not exist",       "",
     ERR_REFUSED                                                                                                                                                                               },
    {"blank in the password", "password=my secret host=db",                               NULL,        NULL, NULL,           "invalid connection string",
     "secret",                                                                                                                                                                       ERR_FAILED},
    {"quote in the password", "password='my \"se\"cret",                                  NULL,        NULL, NULL,           "invalid connection string",
     "cret",                                                                                                                                                                         ERR_FAILED},
    {"bad URI",               "postgresql://u:my%zzsecret@h/db",                          NULL,        NULL, NULL,           "invalid connection string",                  "secret",
     ERR_FAILED                                                                                                                                                                                },
    {"@ in the password",     "postgresql://u:my@secret@localhost.invalid/db",            NULL,        NULL, NULL,
     "could not connect with the given URI",                                                                                                                               "secret", ERR_FAILED},
    {"/ in the password",     "postgresql://u:my/secret@localhost.invalid/db",            NULL,        NULL, NULL,
     "could not connect with the given URI",                                                                                                                               "my",     ERR_FAILED},
    {"@ in a query",          "postgresql://localhost?user=u&password=my@secret.invalid", NULL,        NULL, NULL,
     "could not connect with the given URI",                                                                                                                               "secret", ERR_FAILED},
    {"? in the password",     "postgresql://u:my?secret@x@localhost.invalid/db",          NULL,        NULL, NULL,
     "could not connect with the given URI",                                                                                                                               "secret", ERR_FAILED},
    {"? and / in it",         "postgresql://u:my?x/secret@localhost.invalid/db",          NULL,        NULL, NULL,
     "invalid connection string",                                                                                                                                          "my",     ERR_FAILED},
    {"no host",               "postgresql://u:secret/db",                                 NULL,        NULL, NULL,           "could not connect with the given URI",
     "secret",                                                                                                                                                                       ERR_FAILED},
    {"as a database",         "dbname=postgresql://u:secret@localhost/db",                NULL,        NULL, NULL,
     "the database's name is a connection string",                                                                                                                         "secret", ERR_FAILED},
    {"upper case",            "Postgresql://u:secret@localhost/db",                       NULL,        NULL, NULL,
     "the database's name is a connection string",                                                                                                                         "secret", ERR_FAILED},
    {"nested",                "dbname='password=secret'",                                 NULL,        NULL, NULL,           "the database's name is a connection string",
     "secret",                                                                                                                                                                       ERR_FAILED},
};

Test(session_open, says_why_it_could_not_be_opened)
{
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        struct session *s = NULL;
        settings.dbname = refused[i].dbname;
        settings.host = refused[i].host;
        settings.port = refused[i].port;
        settings.role = refused[i].role;
        cr_expect(not(session_open(loop, &settings, "pgwiden: test", NULL, &s, &err)), "%s", refused[i].name);
        cr_expect(eq(int, (int)err.kind, (int)refused[i].kind), "%s", refused[i].name);
        cr_expect(ne(ptr, strstr(err.primary, refused[i].primary), NULL), "%s: %s", refused[i].name,
                  err.primary);
        cr_expect(eq(ptr, strpbrk(err.primary, "\n\t"), NULL), "%s: %s", refused[i].name, err.primary);
        if (refused[i].never[0] != '\0')
            cr_expect(not(strstr(err.primary, refused[i].never) || strstr(err.detail, refused[i].never)),
                      "%s: %s\n%s", refused[i].name, err.primary, err.detail);
        cr_expect(eq(str, err.code, refused[i].kind == ERR_REFUSED ? "privilege-missing" : ""), "%s",
                  refused[i].name);
    }
}

/* What can't be a password's is told as it is. */
Test(session_open, tells_what_a_sound_uri_meets)
{
    static const char *const uris[] = {"postgresql://127.0.0.1:1,[::1]:1/db?password=a@b",
                                       "postgresql://u:p@127.0.0.1:1?application_name=a@b",
                                       "postgresql://[::1]:1/db", "postgresql:///db?host=127.0.0.1&port=1"};

    for (size_t i = 0; i < sizeof(uris) / sizeof(uris[0]); i++) {
        struct session *s = NULL;
        settings.dbname = uris[i];
        cr_expect(not(session_open(loop, &settings, "pgwiden: test", NULL, &s, &err)), "%s", uris[i]);
        cr_expect(ne(ptr, strstr(err.primary, "port 1 failed"), NULL), "%s: %s", uris[i], err.primary);
    }
}

static const struct {
    const char *dbname, *host, *port, *username, *sqlstate, *code;
    enum err_kind kind;
} beside[] = {
    {"no_such_db", NULL,        NULL, NULL,                   "3D000", "",                ERR_FAILED },
    {"postgres",   "127.0.0.1", "1",  NULL,                   "",      "connection-lost", ERR_STOPPED},
    {"postgres",   NULL,        NULL, "pgwiden_has_no_place", "53300", "",                ERR_STOPPED},
};

/* Run again, it may go well: what has nothing to do with the way to the server does not. */
Test(session_open, says_what_is_a_stop_for_a_session_beside_another_one)
{
    struct session *first = connect_now(), *s = NULL;

    cr_assert(
        session_script(first, NULL, "CREATE ROLE pgwiden_has_no_place LOGIN CONNECTION LIMIT 0", NULL, &err));
    for (size_t i = 0; i < sizeof(beside) / sizeof(beside[0]); i++) {
        settings.dbname = beside[i].dbname;
        settings.host = beside[i].host;
        settings.port = beside[i].port;
        settings.username = beside[i].username;
        cr_expect(not(session_open(loop, &settings, "pgwiden: test", NULL, &s, &err)), "%zu", i);
        cr_expect(eq(int, (int)err.kind, (int)beside[i].kind), "%s", err.primary);
        cr_expect(eq(str, err.code, beside[i].code), "%s", err.primary);
        cr_expect(eq(str, err.sqlstate, beside[i].sqlstate), "%s", err.primary);
        cr_expect(not(strstr(err.primary, beside[i].sqlstate) && beside[i].sqlstate[0] != '\0'), "%s",
                  err.primary);
        cr_expect(eq(str, err.detail, i == 1 ? err.detail : ""));
    }
    cr_assert(session_script(first, NULL, "DROP ROLE pgwiden_has_no_place", NULL, &err));
    session_close(first);
}

Test(session_open, acts_as_the_role_that_was_given)
{
    settings.role = "pg_monitor";
    struct session *s = connect_now();

    cr_expect(eq(str, one(s, "SELECT current_user"), "pg_monitor"));
    session_close(s);
}

/* A port that takes connections and never answers. */
static int listen_in_vain(char *port, size_t size)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    cr_assert(eq(int, bind(fd, (struct sockaddr *)&address, length), 0));
    cr_assert(eq(int, listen(fd, 8), 0));
    cr_assert(eq(int, getsockname(fd, (struct sockaddr *)&address, &length), 0));
    snprintf(port, size, "%d", ntohs(address.sin_port));
    return fd;
}

Test(session_open, gives_a_silent_server_up_after_connect_timeout)
{
    char port[16];
    int fd = listen_in_vain(port, sizeof(port));
    struct session *s = NULL;
    double start = loop_now(loop);

    setenv("PGCONNECT_TIMEOUT", "1", 1);
    settings.host = "127.0.0.1";
    settings.port = port;
    cr_expect(not(session_open(loop, &settings, "pgwiden: test", NULL, &s, &err)));
    cr_expect(eq(int, (int)err.kind, ERR_FAILED));
    cr_expect(ne(ptr, strstr(err.primary, "timeout expired"), NULL), "%s", err.primary);
    cr_expect(lt(dbl, loop_now(loop) - start, 10000));
    close(fd);
}

Test(session_open, stops_connecting_when_a_stop_is_asked_for)
{
    char port[16];
    int fd = listen_in_vain(port, sizeof(port));
    struct session *s = NULL;

    settings.host = "127.0.0.1";
    settings.port = port;
    loop_stop_in(loop, 100);
    cr_expect(not(session_open(loop, &settings, "pgwiden: test", NULL, &s, &err)));
    cr_expect(eq(int, (int)err.kind, ERR_STOPPED));
    close(fd);
}

/* The second of two hosts answers: libpq opens another socket with the same number. */
Test(session_open, goes_on_to_the_next_host)
{
    settings.host = arena_printf(arena, "/nowhere,127.0.0.1,%s", getenv("PGHOST"));
    settings.port = arena_printf(arena, "1,1,%s", getenv("PGPORT"));
    struct session *s = connect_now();

    cr_expect(eq(str, one(s, "SELECT 'here'"), "here"));
    session_close(s);
}

/* What we set in its session, the next client would have. */
Test(session_open, refuses_a_poolers_session)
{
    struct proxy *pooler = proxy_start();
    struct session *s;

    proxy_pool(pooler);
    settings.host = proxy_host(pooler);
    cr_expect(not(session_open(loop, &settings, "pgwiden: test", NULL, &s, &err)));
    cr_expect(eq(int, (int)err.kind, ERR_REFUSED));
    cr_expect(eq(str, err.code, "pooler"));
    proxy_stop(pooler);
}

Test(session_open, leaves_nothing_in_a_poolers_session)
{
    struct proxy *pooler = proxy_start();

    setenv("PGOPTIONS", "-c search_path=public -c lock_timeout=7s -c statement_timeout=8s", 1);
    proxy_pool(pooler);
    settings.host = proxy_host(pooler);
    settings.through_pooler = true;
    struct session *s = connect_now();
    cr_expect(session_is_pooled(s));
    cr_expect(eq(str, one(s, "SHOW search_path"), "pg_catalog, pgwiden"));
    cr_assert(session_script(s, NULL, "ROLLBACK", NULL, &err));
    cr_expect(eq(str,
                 one(s, "SELECT string_agg(name, ' ') FROM pg_settings WHERE source = 'session' AND name "
                        "<> 'client_encoding'"),
                 ""));
    cr_expect(eq(str, one(s, "SHOW statement_timeout"), "8s"));
    session_close(s);
    proxy_stop(pooler);
}

Test(session_open, can_be_opened_with_standard_descriptors_closed)
{
    loop_close(loop);
    for (int fd = 0; fd < 2; fd++)
        close(fd);
    cr_assert(loop_open(&loop, &err));
    struct session *s = connect_now();
    cr_expect(eq(str, one(s, "SELECT 'here'"), "here"));
    session_close(s);
    cr_expect(lt(int, (int)write(STDOUT_FILENO, "x", 1), 0), "as if it was closed");
}
