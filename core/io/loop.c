/*
 * The loop runs only inside loop_run_until and loop_sleep; between them nothing happens but that signals are
 * kept for the next round by libuv. Its handles are part of struct loop and live until loop_close.
 */
#include "io/loop.h"

#include "io/loop_private.h"

#include <assert.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>
#include <uv.h>

#define TICK_MS 250

enum { SUBSCRIBERS = 8, SIGNALS = 3 };

/* Who is called with each tick; no function: a free place. */
struct subscriber {
    void (*tick)(void *context);
    void *context;
};

struct loop {
    uv_loop_t uv;
    uv_signal_t caught[SIGNALS];
    uv_timer_t tick, soon, stop, sleep;
    struct subscriber subscribers[SUBSCRIBERS];
    struct loop_member *members, *next_member; /* next_member: where the walk over the members goes on */
    bool running, stopping, gave_up, awake;
    int signals;
};

/*
 * libuv's and libpq's descriptors must not become 0, 1 or 2: libuv ends the program when it closes one of
 * those. What is put there instead fails as a closed descriptor does, so that output that can't be written is
 * still noticed.
 */
static void fill_standard_descriptors(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) == -1)
            (void)!open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

static void walk(struct loop *l, bool interrupt)
{
    for (struct loop_member *m = l->members; m != NULL; m = l->next_member) {
        l->next_member = m->next;
        if (interrupt)
            m->interrupt(m);
        else
            m->tick(m);
    }
}

static void tick_cb(uv_timer_t *timer)
{
    struct loop *l = timer->data;

    walk(l, false);
    for (int i = 0; i < SUBSCRIBERS; i++)
        if (l->subscribers[i].tick != NULL)
            l->subscribers[i].tick(l->subscribers[i].context);
}

static void soon_cb(uv_timer_t *timer)
{
    walk(timer->data, false);
}

static void stop_cb(uv_timer_t *timer)
{
    struct loop *l = timer->data;

    l->stopping = true;
}

static void sleep_cb(uv_timer_t *timer)
{
    struct loop *l = timer->data;

    l->awake = true;
}

static void signal_cb(uv_signal_t *handle, int number)
{
    struct loop *l = handle->data;

    (void)number;
    l->stopping = true;
    l->signals++;
    if (l->signals >= 2)
        walk(l, true);
    if (l->signals >= 3)
        loop_give_up(l);
}

/* A terminal that is closed asks for a stop like Ctrl-C, but not of what was started under nohup. */
static int catch_signals(struct loop *l)
{
    static const int numbers[SIGNALS] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction now;
    int rc = 0;

    signal(SIGPIPE, SIG_IGN);
    for (int i = 0; i < SIGNALS; i++) {
        uv_signal_init(&l->uv, &l->caught[i]);
        l->caught[i].data = l;
        if (numbers[i] == SIGHUP && sigaction(SIGHUP, NULL, &now) == 0 && now.sa_handler == SIG_IGN)
            continue;
        if (rc == 0)
            rc = uv_signal_start(&l->caught[i], signal_cb, numbers[i]);
    }
    return rc;
}

bool loop_open(struct loop **out, struct err *e)
{
    struct loop *l = calloc(1, sizeof(*l));
    int rc = UV_ENOMEM;

    fill_standard_descriptors();
    if (l == NULL || (rc = uv_loop_init(&l->uv)) != 0) {
        free(l);
        return err_set(e, ERR_FAILED, "could not set up the event loop: %s", uv_strerror(rc));
    }
    uv_timer_t *timers[] = {&l->tick, &l->soon, &l->stop, &l->sleep};
    for (size_t i = 0; i < sizeof(timers) / sizeof(timers[0]); i++) {
        uv_timer_init(&l->uv, timers[i]);
        timers[i]->data = l;
    }
    if ((rc = catch_signals(l)) != 0) {
        loop_close(l);
        return err_set(e, ERR_FAILED, "could not catch signals: %s", uv_strerror(rc));
    }
    uv_timer_start(&l->tick, tick_cb, TICK_MS, TICK_MS);
    *out = l;
    return true;
}

static void close_cb(uv_handle_t *handle, void *unused)
{
    (void)unused;
    if (!uv_is_closing(handle))
        uv_close(handle, NULL);
}

void loop_close(struct loop *l)
{
    if (l == NULL)
        return;
    assert(l->members == NULL && !l->running);
    uv_walk(&l->uv, close_cb, NULL);
    uv_run(&l->uv, UV_RUN_DEFAULT); /* the close callbacks */
    int rc = uv_loop_close(&l->uv);
    assert(rc == 0);
    (void)rc;
    free(l);
}

void loop_on_tick(struct loop *l, void (*tick)(void *context), void *context)
{
    int i = 0;

    while (i < SUBSCRIBERS && l->subscribers[i].tick != NULL)
        i++;
    assert(i < SUBSCRIBERS);
    l->subscribers[i] = (struct subscriber){tick, context};
}

void loop_off_tick(struct loop *l, void (*tick)(void *context), void *context)
{
    const struct subscriber gone = {tick, context};

    for (int i = 0; i < SUBSCRIBERS; i++)
        if (l->subscribers[i].tick == gone.tick && l->subscribers[i].context == gone.context)
            l->subscribers[i] = (struct subscriber){NULL, NULL};
}

static void run_once(struct loop *l)
{
    assert(!l->running); /* uv_run is not reentrant */
    l->running = true;
    uv_run(&l->uv, UV_RUN_ONCE);
    l->running = false;
}

void loop_run_until(struct loop *l, const bool *flag)
{
    assert(!l->running);
    while (!*flag)
        run_once(l);
}

void loop_sleep(struct loop *l, double ms)
{
    l->awake = ms <= 0;
    uv_update_time(&l->uv);
    uv_timer_start(&l->sleep, sleep_cb, ms <= 0 ? 0 : (uint64_t)ms, 0);
    while (!l->awake && !l->stopping)
        run_once(l);
    uv_timer_stop(&l->sleep);
}

bool loop_stopping(const struct loop *l)
{
    return l->stopping;
}

int loop_stop_signals(const struct loop *l)
{
    return l->signals;
}

void loop_stop_in(struct loop *l, double ms)
{
    if (ms <= 0) {
        l->stopping = true;
        return;
    }
    uv_update_time(&l->uv);
    uv_timer_start(&l->stop, stop_cb, (uint64_t)ms, 0);
}

double loop_now(const struct loop *l)
{
    (void)l; /* libuv's clock is the process's; the loop's copy of it stands still between two rounds */
    return (double)uv_hrtime() / 1e6;
}

uv_loop_t *loop_uv(struct loop *l)
{
    return &l->uv;
}

void loop_join(struct loop *l, struct loop_member *m)
{
    m->next = l->members;
    l->members = m;
}

void loop_leave(struct loop *l, struct loop_member *m)
{
    for (struct loop_member **p = &l->members; *p != NULL; p = &(*p)->next) {
        if (*p == m) {
            *p = m->next;
            break;
        }
    }
    if (l->next_member == m)
        l->next_member = m->next;
}

void loop_give_up(struct loop *l)
{
    l->gave_up = true;
    loop_soon(l);
}

bool loop_gave_up(const struct loop *l)
{
    return l->gave_up;
}

bool loop_has_members(const struct loop *l)
{
    return l->members != NULL;
}

void loop_soon(struct loop *l)
{
    uv_timer_start(&l->soon, soon_cb, 0, 0);
}
