/*
 * A table to rehearse on, what must be the same before and after, and the shape of a rehearsal in JSON.
 */
#ifndef TESTS_REHEARSAL_FIXTURE_H
#define TESTS_REHEARSAL_FIXTURE_H

#include "support.h"

#include <jansson.h>

enum { REHEARSAL_ROWS = 20000 };

/* Table t with REHEARSAL_ROWS rows, keys, CHECKs, a view; a trigger that lets nobody insert. */
struct db *rehearsal_table(void);
/* The same without rows and trigger. */
void rehearsal_schema(struct db *db);
/* Catalogs, rows, sequence: freed by the caller. */
char *rehearsal_picture(struct db *db);
void expect_same(struct db *db, const char *before, const char *when);
/* Nor is there a schema pgwiden. */
void expect_nothing_left(struct db *db, const char *before, const char *when);
/* A rehearsal of table t is killed: its copy is left. */
void leave_a_copy(struct db *db);
/* The plan's object of a dry run with --json. */
json_t *plan_of(const struct outcome *o);
/* The shape of what others read, on a copy of so many rows. */
void check_rehearsal(const json_t *plan, double rows);

#endif
