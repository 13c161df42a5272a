/*
 * A running instance in another process, to be steered.
 */
#ifndef TESTS_CONTROL_FIXTURE_H
#define TESTS_CONTROL_FIXTURE_H

#include "support.h"

enum { CONTROL_ROWS = 40000 };
/* An instance that takes long enough to be found in its backfill. */
#define SLOWLY "--chunk-size 2"

/* Table t (id serial PRIMARY KEY, n, filler) with an index on n, id. */
struct db *control_make(void);
/* Until `count` rows have got their shadow. */
void control_await_rows(struct db *db, int count);
int64_t control_rows(struct db *db);
/* Until the program has written this to its standard error. */
void control_await_said(const struct program *p, const char *text);
/* It ends with this status, having written this (on either). */
void control_expect_end(struct program *p, int status, const char *said);
/* A command ends with this status, having written this (on either). */
void control_expect(struct db *db, int status, const char *said, const char *fmt, ...) PRINTF_ARGS(4, 5);
/* t.id is bigint and swapped, no row is lost. */
void control_check_done(struct db *db);
void control_await_held(struct db *db);

#endif
