/*
 * A table with two columns as prepare leaves it, and backfill_run on it in the test's own process.
 */
#ifndef TESTS_BACKFILL_FIXTURE_H
#define TESTS_BACKFILL_FIXTURE_H

#include "backfill/backfill.h"
#include "support.h"

#define SPARSE ", fillfactor = 10" /* 8 rows a page: several windows with few rows */

extern struct db *db;
extern struct loop *loop;
extern struct session *control;
extern struct settings settings;
extern struct err err;
extern struct backfill_result result;
/* since the last run began */
extern int chunks, notices, progress_events;
extern int64_t progress_rows, progress_blocks, progress_blocks_total; /* of the last event */
extern void (*after_chunk)(int number); /* called in between, as another client would */

void backfill_set_up(void);
void backfill_tear_down(void);
/* State, "T 1" with so many rows, its shadow columns and copy trigger; options go after the storage options.
 */
void make_table(int rows, const char *options);
bool run_once(bool sweep);
void run_well(bool sweep); /* fails the test when the run fails */
int64_t wrong_rows(void);
void expect_done(int64_t rows);

#endif
