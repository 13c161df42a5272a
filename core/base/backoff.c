#include "base/backoff.h"

#include <math.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static const double first_pause = 50;
static const double longest_pause = 2000;

double backoff_pause(int attempt, double random)
{
    double pause = first_pause * exp2(attempt < 10 ? attempt : 10);

    return fmin(pause, longest_pause) * (0.75 + 0.5 * random);
}

double backoff_patience(int attempts, double lock_timeout)
{
    double sum = 0;

    for (int i = 0; i < attempts; i++)
        sum += backoff_pause(i, 0.5) + lock_timeout;
    return sum;
}

double backoff_random(void)
{
    static unsigned short state[3];

    if (state[2] == 0) {
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        state[0] = (unsigned short)now.tv_nsec;
        state[1] = (unsigned short)getpid();
        state[2] = 0x330e;
    }
    return erand48(state);
}
