/*
 * One case for each refusal and warning that an ordinary server can be brought to give.
 * All start from: schema "S ""q" with table "T able" ("i d" int, "o'ther" text, n int), owned by
 * preflight_owner; the search_path is that schema. What is widened is "T able"."i d" where target is NULL.
 */
#ifndef TESTS_PREFLIGHT_CASES_H
#define TESTS_PREFLIGHT_CASES_H

#include <stdbool.h>

struct preflight_case {
    const char *code;
    const char *object; /* of the finding */
    const char *setup;  /* by the superuser */
    const char *target; /* qualified */
    const char *role;   /* SET ROLE; NULL: the superuser */
    int from;           /* oldest major version that has the like; 0: all */
    bool rehearsed;     /* seen only by trying the text */
};
extern const struct preflight_case preflight_cases[];
extern const int preflight_case_count;

#endif
