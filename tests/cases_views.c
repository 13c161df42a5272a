/* cases.h */
#include "cases.h"

/* clang-format off */
static const struct twin_case list[] = {
    {"no views", "CREATE TABLE t (id int4 PRIMARY KEY)", "t.id", 0},
};
/* clang-format on */

const struct twin_cases view_cases = {list, sizeof list / sizeof *list, true};
