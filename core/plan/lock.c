/*
 * A strong lock is asked for in this order: SHARE UPDATE EXCLUSIVE with deadlock_timeout + 1 s (no reader or
 * writer queues behind it, and autovacuum yields to a wait of at least deadlock_timeout: never to the short
 * tries), then, in the same transaction and in savepoints, tries for the strong mode, each too short to hold
 * anybody up. A transaction that asks for ACCESS EXCLUSIVE has an xid from then on and holds back every xmin
 * horizon: hence at most 5 tries or 10 s in one.
 */
#include "plan/lock.h"

#include "base/backoff.h"
#include "plan/blockers.h"
#include "sql.h"

#include <string.h>

enum { TRIES_IN_TRANSACTION = 5 };
static const double longest_transaction = 10000; /* ms */

/* One strong lock on its way. */
struct attempt {
    struct apply *apply;
    struct arena *arena; /* of this transaction's messages: a swap's are large, and tries can be many */
    const struct strong *strong;
    struct arena *kept; /* of *out */
    struct rows *out;
    int tries;      /* in all */
    double started; /* of the transaction, loop_now() */
};

static void rollback(struct apply *a, const char *sql)
{
    struct arena *arena = arena_new();
    struct err ignored;

    (void)!session_script(a->session, arena, sql, NULL, &ignored);
    arena_free(arena);
}

static bool is_paused(const struct apply *a)
{
    return a->settings->paused_since > 0 && a->steering.gate != NULL;
}

/* The try failed for want of a lock: tell who is in the way, wait. False: no try is left, or a stop is asked
 * for. */
static bool wait_for_next(struct attempt *t, struct err *e)
{
    struct apply *a = t->apply;
    double pause = backoff_pause(t->tries, backoff_random());

    t->tries++;
    if (t->tries >= a->settings->lock_retries) {
        err_set(e, ERR_LOCK, "could not get a lock for %s in %d tries", t->strong->object, t->tries);
        blockers_detail(a, t->arena, t->strong, e);
        return false;
    }
    blockers_tell(a, t->arena, t->strong, t->tries, pause);
    loop_sleep(a->loop, pause);
    if (loop_stopping(a->loop))
        return err_set(e, ERR_STOPPED, "stopped while waiting for a lock for %s", t->strong->object);
    return !a->steering.goes || a->steering.goes(a->steering.context, e);
}

/* A lock that was not got in time, locks that were not got in time together, or a deadlock that ended us. */
static bool is_about_a_lock(const struct strong *s, const struct err *e)
{
    return e->kind == ERR_LOCK || strcmp(e->sqlstate, "40P01") == 0 ||
           (s->also && e->kind == ERR_FAILED && strcmp(e->sqlstate, "57014") == 0);
}

/* BEGIN and the lock that autovacuum yields to. */
static bool begin(struct attempt *t, struct err *e)
{
    const struct strong *s = t->strong;
    const char *text = "BEGIN; SET LOCAL synchronous_commit = off";

    if (s->relation)
        text =
            arena_printf(t->arena,
                         "%s; SELECT set_config('lock_timeout', (extract(epoch FROM "
                         "current_setting('deadlock_timeout')::interval) * 1000 + 1000)::int::text, true); "
                         "LOCK TABLE ONLY %s%s%s IN SHARE UPDATE EXCLUSIVE MODE",
                         text, s->relation, s->also ? ", ONLY " : "", s->also ? s->also : "");
    t->started = loop_now(t->apply->loop);
    return session_script(t->apply->session, t->arena, text, NULL, e);
}

/* Whoever waits behind the first lock waits no longer than --lock-timeout for all that follow it. */
static const char *const what_is_left =
    "set_config('lock_timeout', greatest(1, current_setting('pgwiden.patience')::float8 - extract(epoch FROM "
    "clock_timestamp() - current_setting('pgwiden.asked')::timestamptz) * 1000)::int::text, true)";
static const char *const granted = "set_config('pgwiden.granted', clock_timestamp()::text, false)";

/*
 * How long each relation after the first may take: 2 ms, since whoever waits behind us on the first one waits
 * for that too; twice as long with each try, up to a quarter of the first lock's time, for tables that are
 * never idle.
 */
static double patience(const struct attempt *t)
{
    double most = t->apply->settings->lock_timeout / 4;
    double ms = t->strong->also ? 2 * (1 << (t->tries < 6 ? t->tries : 6)) : 2;

    if (ms > most)
        ms = most;
    return ms > 2 ? ms : 2;
}

/* Of two tables each is the first one in turn: the second is hard to get where no transaction on it is short.
 */
static bool is_turned(const struct attempt *t)
{
    const struct strong *s = t->strong;

    return s->relation && s->also && s->before.count == 0 && strstr(s->also, ", ") == NULL &&
           t->tries % 2 == 1;
}

/* There may be hundreds of other relations (partitions): together they get as long as the first one. */
static const char *other_locks(const struct attempt *t)
{
    const struct strong *s = t->strong;

    if (!s->also)
        return "";
    return arena_printf(t->arena,
                        "SET LOCAL statement_timeout = '%.0fms';\nLOCK TABLE ONLY %s IN %s MODE;\n"
                        "SET LOCAL statement_timeout = 0;\nSET LOCAL lock_timeout = '2ms';\n",
                        t->apply->settings->lock_timeout, is_turned(t) ? s->relation : s->also, s->lock);
}

/* The locks that come before the first relation's. */
static const char *locks_before(const struct attempt *t)
{
    const struct statements *before = &t->strong->before;
    const char *text = "";

    for (int i = 0; i < before->count; i++)
        text = arena_printf(t->arena, "%s%s;\nSELECT %s%s%s;\n", text, before->list[i].text, what_is_left,
                            i ? "" : ", ", i ? "" : granted);
    return text;
}

/* All locks; then the time is told from which the work under them counts. */
static const char *locks(const struct attempt *t)
{
    const struct strong *s = t->strong;
    struct arena *arena = t->arena;
    const char *text = locks_before(t);

    if (s->relation)
        text = arena_printf(arena, "%sLOCK TABLE ONLY %s IN %s MODE;\n", text,
                            is_turned(t) ? s->also : s->relation, s->lock);
    text = arena_printf(
        arena, "%sSELECT %s%sset_config('pgwiden.locked', clock_timestamp()::text, false)%s;\n", text,
        s->before.count ? "" : granted, s->before.count ? "" : ", ",
        s->relation ? arena_printf(arena, ", set_config('lock_timeout', '%.0fms', true)", patience(t)) : "");
    return arena_printf(arena, "%s%s", text, other_locks(t));
}

/* How long the lock was held, and waited for: from the grant to after the COMMIT. What a rehearsal has set
 * goes with its transaction, so that it asks before the end. */
static const char *end(const struct attempt *t)
{
    static const char *const times =
        "SELECT extract(epoch FROM clock_timestamp() - current_setting('pgwiden.granted')"
        "::timestamptz) * 1000, extract(epoch FROM current_setting('pgwiden.granted')"
        "::timestamptz - current_setting('pgwiden.asked')::timestamptz) * 1000";

    return t->strong->rolled_back ? arena_printf(t->arena, "%s;\nROLLBACK", times)
                                  : arena_printf(t->arena, "COMMIT;\n%s", times);
}

/* The message of one try. */
static const char *message(const struct attempt *t)
{
    return arena_printf(t->arena,
                        "SAVEPOINT pgwiden;\n"
                        "SELECT set_config('pgwiden.patience', least(%.0f, extract(epoch FROM "
                        "current_setting('deadlock_timeout')::interval) * 250)::text, false), "
                        "set_config('pgwiden.asked', clock_timestamp()::text, false);\n"
                        "SELECT %s;\n"
                        "%s%s;\n%s",
                        t->apply->settings->lock_timeout, what_is_left, locks(t), t->strong->body, end(t));
}

/* The tries of one transaction. True: done. False with ERR_NONE: another transaction is needed. */
static bool tries(struct attempt *t, struct err *e)
{
    struct apply *a = t->apply;

    for (int i = 0; i < TRIES_IN_TRANSACTION; i++) {
        if (session_script(a->session, t->kept, message(t), t->out, e)) {
            a->lock_held_ms = rows_double(t->out, 0, 0);
            a->lock_wait_ms = rows_double(t->out, 0, 1);
            a->attempts = t->tries + 1;
            return true;
        }
        if (!is_about_a_lock(t->strong, e))
            return false;
        rollback(a, "ROLLBACK TO SAVEPOINT pgwiden");
        if (!wait_for_next(t, e))
            return false;
        if (is_paused(a) || loop_now(a->loop) - t->started > longest_transaction)
            break;
    }
    err_clear(e);
    return false;
}

/* Likewise, from BEGIN on. */
static bool transaction(struct attempt *t, struct err *e)
{
    bool begun, done;

    t->arena = arena_new();
    begun = begin(t, e);
    done = begun && tries(t, e);
    if (!done)
        rollback(t->apply, "ROLLBACK");
    if (!begun && is_about_a_lock(t->strong, e) && wait_for_next(t, e))
        err_clear(e);
    arena_free(t->arena);
    return done;
}

bool lock_run(struct apply *a, struct arena *arena, const struct strong *strong, struct rows *out,
              struct err *e)
{
    struct attempt t = {.apply = a, .strong = strong, .kept = arena, .out = out};

    err_clear(e);
    do {
        if (t.tries > 0 && is_paused(a) && !a->steering.gate(a->steering.context, strong->object, e))
            return false;
        if (transaction(&t, e))
            return true;
    } while (e->kind == ERR_NONE);
    return false;
}
