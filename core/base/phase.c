#include "base/phase.h"

#include <string.h>

static const char *const names[PHASE_COUNT] = {
    [PHASE_PREPARE] = "prepare", [PHASE_BACKFILL] = "backfill", [PHASE_INDEX] = "index",
    [PHASE_VERIFY] = "verify",   [PHASE_SWAP] = "swap",         [PHASE_CLEANUP] = "cleanup",
};

const char *phase_name(enum phase p)
{
    return p < PHASE_COUNT ? names[p] : "";
}

enum phase phase_by_name(const char *name)
{
    enum phase p = PHASE_PREPARE;

    while (p < PHASE_COUNT && strcmp(names[p], name) != 0)
        p++;
    return p;
}
