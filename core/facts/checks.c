#include "facts/catalog.h"

#include <stddef.h>
#include <string.h>

#define REFUSAL(name)                                                                                        \
    {                                                                                                        \
        name, .warning = false, .allowable = false                                                           \
    }
#define ALLOWABLE(name)                                                                                      \
    {                                                                                                        \
        name, .warning = false, .allowable = true                                                            \
    }
#define WARNING(name)                                                                                        \
    {                                                                                                        \
        name, .warning = true, .allowable = false                                                            \
    }

/* clang-format off */
const struct check checks[] = {
    /* the target */
    REFUSAL("not-integer"),
    REFUSAL("not-a-table"),
    REFUSAL("domain"),
    /* the server, the session, the caller */
    REFUSAL("read-only-server"),
    REFUSAL("pooler"),
    REFUSAL("caller-transaction"),
    REFUSAL("privilege-missing"),
    REFUSAL("lock-table-full"),
    /* the table */
    REFUSAL("partition-key"),
    REFUSAL("foreign-partition"),
    REFUSAL("detached-partition"),
    REFUSAL("inheritance"),
    REFUSAL("typed-table"),
    REFUSAL("extension-member"),
    REFUSAL("too-many-columns"),
    REFUSAL("trigger-name"),
    REFUSAL("name-taken"),
    REFUSAL("row-security"),
    REFUSAL("row-type-in-use"),
    ALLOWABLE("returns-setof"),
    REFUSAL("sql-body-returns-table"),
    ALLOWABLE("wraparound-near"),
    ALLOWABLE("long-swap"),
    /* what hangs on the column */
    REFUSAL("exclusion-constraint"),
    REFUSAL("temporal-key"),
    REFUSAL("whole-row-index"),
    REFUSAL("stored-generated-column"),
    REFUSAL("function-signature"),
    REFUSAL("cycle-sequence"),
    REFUSAL("shared-identity-sequence"),
    /* what the backfill would set off */
    REFUSAL("instead-rule"),
    ALLOWABLE("user-triggers-fire"),
    /* subscribers */
    REFUSAL("publication-all-tables"),
    ALLOWABLE("publication-no-column-list"),
    /* kinds of objects that are carried, but for a few */
    REFUSAL("view"),
    REFUSAL("materialized-view"),
    REFUSAL("trigger"),
    REFUSAL("rule"),
    REFUSAL("policy"),
    REFUSAL("sql-body-function"),
    REFUSAL("publication"),
    REFUSAL("partitioned-table"),
    REFUSAL("virtual-generated-column"),
    /* to be known before */
    WARNING("event-trigger"),
    WARNING("prepared-statements"),
    WARNING("column-position"),
    WARNING("function-body"),
    WARNING("select-star"),
    WARNING("child-column-narrower"),
    WARNING("logical-slot"),
    WARNING("anti-wraparound-vacuum"),
    WARNING("upsert"),
    WARNING("standby-queries"),
    WARNING("synchronous-standby"),
    WARNING("identity-currval"),
    WARNING("exhausted-before-done"),
    WARNING("horizon-not-visible"),
};
/* clang-format on */
const int check_count = (int)(sizeof checks / sizeof checks[0]);

const struct check *check_by_code(const char *code)
{
    for (int i = 0; i < check_count; i++)
        if (strcmp(checks[i].code, code) == 0)
            return &checks[i];
    return NULL;
}
