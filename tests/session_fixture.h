/*
 * A loop, an arena and settings for the tests of sessions, and shortcuts that end the test when they fail.
 */
#ifndef TESTS_SESSION_FIXTURE_H
#define TESTS_SESSION_FIXTURE_H

#include "io/session.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

static struct loop *loop;
static struct arena *arena;
static struct settings settings;
static struct err err;

static inline void session_set_up(void)
{
    settings_init(&settings);
    settings.dbname = "postgres";
    arena = arena_new();
    cr_assert(loop_open(&loop, &err), "%s", err.primary);
}

/* loop_close ends the test when a handle is left over. */
static inline void session_tear_down(void)
{
    loop_close(loop);
    arena_free(arena);
}

static inline struct session *connect_as(const char *application, const struct session_listener *listener)
{
    struct session *s = NULL;

    cr_assert(session_open(loop, &settings, application, listener, &s, &err), "%s\n%s", err.primary,
              err.detail);
    return s;
}

static inline struct session *connect_now(void)
{
    return connect_as("pgwiden: test", NULL);
}

/* The first cell of a query without parameters. */
static inline const char *one(struct session *s, const char *sql)
{
    struct rows r;

    cr_assert(session_query(s, arena, sql, 0, NULL, &r, &err), "%s: %s", sql, err.primary);
    cr_assert(gt(int, r.count, 0), "%s", sql);
    return rows_text(&r, 0, 0);
}

#endif
