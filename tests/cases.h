/* One small schema for each kind of object that hangs on a column. */
#ifndef TESTS_CASES_H
#define TESTS_CASES_H

#include <stdbool.h>

#define ODD  "\"Odd \"\"name\"\" it's\""
#define LONG "\"ÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄx\"" /* 63 bytes */

struct twin_case {
    const char *name;
    const char *setup;   /* run with search_path = the schema */
    const char *targets; /* table.column, separated by newlines */
    int since;           /* server_version_num, 0: every version */
};

/* A list of them. */
struct twin_cases {
    const struct twin_case *list;
    int count;
    bool born_wide; /* native ALTER refuses such: the other schema is made with int8 wherever setup says int4
                     */
};

extern const struct twin_cases column_cases;    /* what hangs on the column of a table */
extern const struct twin_cases view_cases;      /* views */
extern const struct twin_cases text_cases;      /* triggers, rules, policies, functions, publications */
extern const struct twin_cases matview_cases;   /* materialized views */
extern const struct twin_cases partition_cases; /* partitioned tables */

#endif
