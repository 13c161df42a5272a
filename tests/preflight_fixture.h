/* The schema that the cases of preflight_cases.h start from. */
#ifndef TESTS_PREFLIGHT_FIXTURE_H
#define TESTS_PREFLIGHT_FIXTURE_H

#include "support.h"

/* preflight_owner and preflight_other. Roles belong to the whole server. */
void preflight_roles(struct db *db);
/* Schema "S ""q" with table "T able", column "i d", owned by preflight_owner. */
void preflight_table(struct db *db);
/* Takes away that schema and what a case made besides it. */
void preflight_clear(struct db *db);

#endif
