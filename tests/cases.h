/* One small schema for each kind of object that hangs on a column. */
#ifndef TESTS_CASES_H
#define TESTS_CASES_H

struct twin_case {
    const char *name;
    const char *setup;   /* run with search_path = the schema */
    const char *targets; /* table.column, separated by newlines */
    int since;           /* server_version_num, 0: every version */
};

extern const struct twin_case twin_cases[];
extern const int twin_case_count;

#endif
