#include "base/fault.h"

#include <signal.h>
#include <stdlib.h>

static void count(const char *variable, long *seen)
{
    const char *value = getenv(variable);

    if (value && ++*seen == strtol(value, NULL, 10))
        raise(SIGKILL);
}

void fault_sent(void)
{
    static long seen;

    count("PGWIDEN_TEST_KILL_DURING", &seen);
}

void fault_answered(void)
{
    static long seen;

    count("PGWIDEN_TEST_KILL_AFTER", &seen);
}
