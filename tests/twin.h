/*
 * Two schemas made alike: one is widened by pgwiden, the other by PostgreSQL's own ALTER TABLE, or made with
 * bigint from the start. In the end the catalogs and the data must be the same.
 */
#ifndef TESTS_TWIN_H
#define TESTS_TWIN_H

#include "support.h"

struct twin {
    struct db *db;
    const char *label; /* for messages */
    char *targets;     /* the arguments of pgwiden, quoted for the shell */
    char *native;      /* the call that widens the other schema */
    char *heaps;       /* tables and their relfilenodes at the start */
    bool widened;      /* the other schema is */
};

#define TWIN_OURS   "Küche \"A\""
#define TWIN_NATIVE "Küche \"B\""

/*
 * A database with both schemas. setup runs once in each, with search_path = the schema; targets: table.column
 * each, separated by newlines, without the schema.
 */
void twin_make(struct twin *t, const char *label, const char *setup, const char *targets);
/* The same for what native ALTER refuses: in the other schema setup runs with int8 wherever it says int4. */
void twin_make_born_wide(struct twin *t, const char *label, const char *setup, const char *targets);
/* The kitchen sink. */
void twin_make_kitchen(struct twin *t);
/* A copy of the database, with the other schema widened already. The original must not be used before. */
void twin_copy(struct twin *copy, struct twin *original, const char *label);
void twin_drop(struct twin *t);

/* After pgwiden is done with its schema: widens the other one and fails the test where they differ. */
void twin_compare(struct twin *t);
/* Fails when something of ours stands outside schema pgwiden. */
void twin_leftovers(struct twin *t);
/* Keeps all facts of all schemas, and fails the test where they are others now. */
void twin_remember(struct twin *t);
void twin_unchanged(struct twin *t);
/* Tables of our schema with their relfilenodes. Freed by the caller. */
char *twin_heaps(struct twin *t);

#endif
