/*
 * What the tests stand on: a database of their own, the program as a child process, snapshots of the
 * catalogs. The server is the one that PGHOST, PGPORT and PGUSER (a superuser) name: tests/run starts it.
 * Every function ends the test as failed, with a message, when it can't do what it is asked for.
 */
#ifndef TESTS_SUPPORT_H
#define TESTS_SUPPORT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define PRINTF_ARGS(f, a) __attribute__((format(printf, f, a)))

/* --- databases: struct db is one connection to one database --- */

struct db;

/* A new, empty database; dropped by db_drop, or with the whole server. */
struct db *db_create(void);
/* The same for a copy of another one, which nobody else may be connected to. */
struct db *db_copy(struct db *original);
/* One more session in the same database; ended by db_drop as well. */
struct db *db_session(const struct db *db);
/* Ends the session; the one from db_create also drops the database, whoever is connected to it. */
void db_drop(struct db *db);
const char *db_name(const struct db *db);
int db_pid(const struct db *db); /* of the server process */
int server_version(void);        /* server_version_num */
/* Whether this run takes less of what is tried again and again: PGWIDEN_TEST_THIN. */
bool tests_are_thin(void);
/* The first of the boundaries that are tried, and how far it is from one to the next; how many of the slices
 * that they are cut into. Of a thin run: every tenth one of half of the slices, others on each version.
 */
int boundary_first(int first, int stride);
int boundary_stride(int stride);
int boundary_slices(int slices);

/* One or several statements, formatted as by printf; notices are not shown. */
void db_exec(struct db *db, const char *fmt, ...) PRINTF_ARGS(2, 3);
/* The same, returning the SQLSTATE of the error, "" when there was none (a static buffer, until the next
 * call). */
const char *db_try(struct db *db, const char *fmt, ...) PRINTF_ARGS(2, 3);
/* A file of tests/, for example "fixtures/oracle.sql", run as one string. */
void db_file(struct db *db, const char *path);
/* First column of all rows, a line each, without the last line's end; NULL is "". Freed by the caller. */
char *db_text(struct db *db, const char *fmt, ...) PRINTF_ARGS(2, 3);
int64_t db_int(struct db *db, const char *fmt, ...) PRINTF_ARGS(2, 3);
bool db_bool(struct db *db, const char *fmt, ...) PRINTF_ARGS(2, 3);
/* Asks until the answer is true. */
void db_await(struct db *db, double seconds, const char *fmt, ...) PRINTF_ARGS(3, 4);
/* Sends without waiting for the answer (a statement that will block), and waits for it: the SQLSTATE as
 * db_try. */
void db_send(struct db *db, const char *fmt, ...) PRINTF_ARGS(2, 3);
const char *db_finish(struct db *db, double seconds);

/* --- catalogs: fixtures/oracle.sql is loaded into schema oracle at the first use --- */

/* Every fact about every schema of the user's, sorted, a line each. Freed by the caller. */
char *catalog_snapshot(struct db *db);
/* Facts that only one of two schemas has ("only SCHEMA: fact"), names of the schemas aside; "" when they are
 * equal. */
char *catalog_compare(struct db *db, const char *schema, const char *other);
/* Rows that only one of two schemas has, table by table; "" when they are equal. */
char *data_compare(struct db *db, const char *schema, const char *other);
/* Lines of two texts of sorted lines that are not in the other: "- gone", "+ new"; "" when they are equal. */
char *text_diff(const char *before, const char *after);
/* Is there a schema pgwiden? */
bool state_exists(struct db *db);

/* --- the program --- */

struct program {
    pid_t pid;
    int out, err; /* files in memory */
    double started;
    char command[1024];
};

/* What it left. The texts are freed by outcome_free. */
struct outcome {
    int status; /* exit status; 128 + the signal's number when a signal ended it */
    double seconds;
    char *out, *err;
};

/*
 * Starts a command in the database (PGDATABASE). It is a simple command of the shell: "pgwiden run t.id
 * --yes", "PGWIDEN_JOBS=2 pgwiden status >/dev/full"; pgwiden is the program under test.
 */
void program_start(struct program *p, const struct db *db, const char *fmt, ...) PRINTF_ARGS(3, 4);
void program_start_v(struct program *p, const struct db *db, const char *command);
/* Waits for its end; after so many seconds it is killed and the test fails. */
struct outcome program_await(struct program *p, double seconds);
/* What it has written so far; freed by the caller. */
char *program_output(const struct program *p);
char *program_errors(const struct program *p);
bool program_runs(const struct program *p);
void program_signal(const struct program *p, int signal);
/* Starts it and waits at most 120 seconds. */
struct outcome program_run(const struct db *db, const char *fmt, ...) PRINTF_ARGS(2, 3);
void outcome_free(struct outcome *o);
/* Runs a command and fails the test, showing its output, when it does not end with this status. */
void program_expect(const struct db *db, int status, const char *fmt, ...) PRINTF_ARGS(3, 4);

/* --- the rest --- */

double now(void); /* seconds, monotonic */
void pause_ms(int ms);
char *text_format(const char *fmt, ...) PRINTF_ARGS(1, 2); /* freed by the caller */
char *file_read(const char *path);                         /* freed by the caller */

#endif
