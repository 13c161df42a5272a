/* The loop without sessions: sleeping, ticking, stopping. */
#include "io/loop.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <signal.h>
#include <unistd.h>

static struct loop *loop;

static void set_up(void)
{
    struct err e;

    signal(SIGHUP, SIG_DFL); /* the tests may run under nohup */
    cr_assert(loop_open(&loop, &e), "%s", e.primary);
}

static void tear_down(void)
{
    loop_close(loop);
}

TestSuite(loop, .init = set_up, .fini = tear_down, .timeout = 30);

static void count(void *context)
{
    ++*(int *)context;
}

Test(loop, sleeps_and_ticks_four_times_a_second)
{
    int ticks = 0;
    double start = loop_now(loop);

    loop_on_tick(loop, count, &ticks);
    loop_sleep(loop, 1100);
    double slept = loop_now(loop) - start;
    cr_expect(ge(dbl, slept, 1095), "%g ms", slept);
    cr_expect(ge(int, ticks, 1));
    cr_expect(le(int, ticks, 5));
    int before = ticks;
    loop_off_tick(loop, count, &ticks);
    loop_sleep(loop, 600);
    cr_expect(eq(int, ticks, before));
    loop_sleep(loop, 0);
    loop_sleep(loop, -5);
}

static void raise_flag(void *context)
{
    *(bool *)context = true;
}

Test(loop, runs_until_the_flag_is_set)
{
    bool flag = false;

    loop_on_tick(loop, raise_flag, &flag);
    loop_run_until(loop, &flag);
    cr_expect(flag);
    loop_run_until(loop, &flag);
}

Test(loop, stops_by_the_clock_and_wakes_the_sleeper)
{
    double start = loop_now(loop);

    loop_stop_in(loop, 50);
    cr_expect(not(loop_stopping(loop)));
    loop_sleep(loop, 10000);
    cr_expect(loop_stopping(loop));
    cr_expect(eq(int, loop_stop_signals(loop), 0));
    cr_expect(lt(dbl, loop_now(loop) - start, 5000));
}

Test(loop, stops_at_once_when_asked_for_no_time)
{
    loop_stop_in(loop, 0);
    cr_expect(loop_stopping(loop));
}

Test(loop, counts_signals)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};

    for (int i = 0; i < 3; i++) {
        kill(getpid(), numbers[i]);
        bool seen = false;
        loop_on_tick(loop, raise_flag, &seen);
        loop_run_until(loop, &seen);
        loop_off_tick(loop, raise_flag, &seen);
        cr_expect(eq(int, loop_stop_signals(loop), i + 1));
        cr_expect(loop_stopping(loop));
    }
    kill(getpid(), SIGPIPE);
}

/* As under nohup. */
Test(loop, leaves_an_ignored_hangup_ignored)
{
    struct err e;

    loop_close(loop);
    signal(SIGHUP, SIG_IGN);
    cr_assert(loop_open(&loop, &e), "%s", e.primary);
    kill(getpid(), SIGHUP);
    loop_sleep(loop, 300);
    cr_expect(not(loop_stopping(loop)));
}

static void leave(void *context)
{
    ++*(int *)context;
    loop_off_tick(loop, leave, context);
}

Test(loop, has_several_subscribers_and_one_may_leave_in_its_tick)
{
    int all[3] = {0}, once = 0;

    loop_on_tick(loop, leave, &once);
    for (int i = 0; i < 3; i++)
        loop_on_tick(loop, count, &all[i]);
    while (all[2] < 2)
        loop_sleep(loop, 50);
    cr_expect(eq(int, once, 1));
    cr_expect(eq(int, all[0], all[1]));
    loop_off_tick(loop, count, &all[1]);
    int before = all[1];
    while (all[2] < 4)
        loop_sleep(loop, 50);
    cr_expect(eq(int, all[1], before));
    cr_expect(eq(int, all[0], all[2]));
}

static void wait_again(void *context)
{
    (void)context;
    loop_sleep(loop, 100);
}

Test(loop, does_not_run_inside_itself, .signal = SIGABRT)
{
    loop_on_tick(loop, wait_again, NULL);
    loop_sleep(loop, 1000);
}
