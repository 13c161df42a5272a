/*
 * Clients that write to a table while it is converted, and keep a ledger of what the server acknowledged.
 * The table: t (id serial PRIMARY KEY, tag bigint, n int NOT NULL DEFAULT 0), or partitioned by a further
 * column k (0 .. WRITERS_PARTITIONS - 1, with a default) and with the key (id, k). Rows with tag NULL are
 * nobody's; rows with tag >= 0 belong to the writer that inserted them; rows with tag -1 are upserted by all,
 * id from UPSERT_FIRST on.
 */
#ifndef TESTS_SUPPORT_WRITERS_H
#define TESTS_SUPPORT_WRITERS_H

#include "support.h"

#define UPSERT_FIRST       1000000000
#define WRITERS_PARTITIONS 5

struct writers;

/* What became of them. Times are Unix time in seconds, stalls milliseconds. */
struct writers_report {
    long acknowledged;                                             /* statements */
    long inserted, updated, deleted, moved, upserted, rolled_back; /* moved: the key was changed */
    long cached_plan;                                              /* 0A000 of prepared statements */
    long doubled_upsert; /* 23505 of an upsert, or two that wait for each other: a second unique index stands
                          */
    long other_errors;
    char first_error[512]; /* of the other ones */
};

/* Starts so many threads, each with a session in the database. */
struct writers *writers_start(struct db *db, int count);
/* The longest statement that was under way between two times, in milliseconds, but for upserts in a deadlock
 * with each other. Also while they write. */
double writers_longest_ms(struct writers *w, double from, double to);
/* Lets each end its statement. */
void writers_stop(struct writers *w, struct writers_report *report);
/* Compares table t with the ledger: lost, doubled, wrong or undead rows, a line each; "" when there are none.
 */
char *writers_audit(struct writers *w, struct db *db);
void writers_free(struct writers *w);

double unix_time(void);

#endif
