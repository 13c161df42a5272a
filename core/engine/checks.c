#include "engine/engine.h"
#include "facts/catalog.h"

#include <stddef.h>

bool engine_knows_check(const char *code, bool *allowable)
{
    const struct check *check = check_by_code(code);

    *allowable = check != NULL && check->allowable;
    return check != NULL;
}
