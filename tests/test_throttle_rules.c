/* Hysteresis, pacing, and which standbys count: the rules without a server. */
#include "backfill/gauge.h"
#include "backfill/lag.h"
#include "backfill/rate.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <string.h>

Test(throttle_rules, a_gauge_lets_go_well_below_its_limit)
{
    static const struct {
        double value;
        bool holds;
    } steps[] = {
        {9,   false},
        {10,  true },
        {9,   true },
        {5,   true },
        {4.9, false},
        {9.9, false},
        {10,  true },
        {0,   false},
    };
    struct gauge g = {.wanted = false};

    gauge_want(&g, 0, true);
    cr_expect(not(gauge_judge(&g, 0, 10, 0.5, true)), "nothing is known yet");
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        gauge_measure(&g, 1000.0 * (double)i, steps[i].value);
        cr_expect(eq(int, gauge_judge(&g, 1000.0 * (double)i, 10, 0.5, true), steps[i].holds), "%zu", i);
    }
    gauge_measure(&g, 9000, 8);
    cr_expect(not(gauge_judge(&g, 9000, 10, 0.5, true)));
    cr_expect(gauge_judge(&g, 9000, 7, 0.5, true), "the limit was changed");
    cr_expect(not(gauge_judge(&g, 9000, 20, 0.5, true)));
}

Test(throttle_rules, a_gauge_that_is_blind_holds_when_it_was_asked_for)
{
    struct gauge asked = {.wanted = false}, by_default = {.wanted = false};

    gauge_want(&asked, 1000, true);
    gauge_want(&by_default, 1000, true);
    gauge_measure(&by_default, 2000, 50);
    cr_expect(gauge_judge(&by_default, 2000, 10, 0.5, false));
    cr_expect(not(gauge_judge(&asked, 1000 + GAUGE_BLIND_MS - 1, 10, 0.5, true)));
    cr_expect(gauge_judge(&asked, 1000 + GAUGE_BLIND_MS, 10, 0.5, true));
    cr_expect(asked.blind);
    cr_expect(not(gauge_judge(&by_default, 2000 + GAUGE_BLIND_MS, 10, 0.5, false)),
              "what it knew is too old");
    gauge_measure(&asked, 50000, 1);
    cr_expect(not(gauge_judge(&asked, 50000, 10, 0.5, true)));
    gauge_want(&asked, 60000, false);
    gauge_want(&asked, 200000, true);
    cr_expect(not(gauge_judge(&asked, 200000, 10, 0.5, true)), "its time begins anew");
}

/* Pieces of work as soon as the bucket allows them; how much was done in that time. */
static double work(struct bucket *b, double from, double ms, double piece)
{
    double done = 0;

    for (double t = from; t < from + ms;) {
        double wait = bucket_wait(b, t);
        t += wait;
        if (wait > 0)
            continue;
        bucket_take(b, piece);
        done += piece;
        t += 0.1;
    }
    return done;
}

Test(throttle_rules, a_bucket_keeps_its_rate_for_pieces_of_every_size)
{
    static const double pieces[] = {1, 7, 100, 2500};

    for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
        struct bucket b = {.rate = 0};
        bucket_set(&b, 0, 500);
        double done = work(&b, 0, 20000, pieces[i]);
        cr_expect(le(dbl, fabs(done - 500 * 20), pieces[i] + 51), "%.0f: %.0f", pieces[i], done);
    }
}

Test(throttle_rules, a_bucket_saves_little_and_takes_a_new_rate_at_once)
{
    struct bucket b = {.rate = 0};

    cr_expect(eq(dbl, bucket_wait(&b, 0), 0), "no limit");
    bucket_set(&b, 0, 100);
    bucket_wait(&b, 60000);
    cr_expect(le(dbl, work(&b, 60000, 1000, 1), 112), "an idle minute is no reserve");
    bucket_take(&b, 1000);
    cr_expect(gt(dbl, bucket_wait(&b, 61000), 5000));
    bucket_set(&b, 61000, 100000);
    cr_expect(lt(dbl, bucket_wait(&b, 61000), 20));
    bucket_set(&b, 61000, 0);
    cr_expect(eq(dbl, bucket_wait(&b, 61000), 0));
}

Test(throttle_rules, the_rate_follows_what_is_measured)
{
    double rate = 10;

    for (int i = 0; i < 60; i++) /* 400 bytes a row, and 1 MB/s of others */
        rate = rate_govern(rate, rate * 400 + 1e6, 4e6, true);
    cr_expect(gt(dbl, rate * 400 + 1e6, 0.85 * 4e6));
    cr_expect(le(dbl, rate * 400 + 1e6, 4e6));
    cr_expect(eq(dbl, rate_govern(rate, 3.8e6, 4e6, true), rate), "within the band nothing changes");
    cr_expect(eq(dbl, rate_govern(rate, 1e6, 4e6, false), rate), "it is not what slows us");
    for (int i = 0; i < 60; i++) /* others alone write more */
        rate = rate_govern(rate, rate * 400 + 9e6, 4e6, true);
    cr_expect(eq(dbl, rate, 1));
}

Test(throttle_rules, the_age_of_wal_is_bounded_by_what_was_seen)
{
    struct history h = {.count = 0};

    cr_expect(eq(dbl, history_at_least(&h, 5), 0));
    cr_expect(isinf(history_at_most(&h, 5)));
    for (int i = 0; i < 2 * HISTORY_SIZE; i++)
        history_add(&h, i * 1000.0, i * 10);
    int64_t newest = (2 * HISTORY_SIZE - 1) * 10;
    cr_expect(eq(dbl, history_at_most(&h, newest), 0));
    cr_expect(eq(dbl, history_at_least(&h, newest), 0));
    cr_expect(eq(dbl, history_at_most(&h, newest - 45), 5));
    cr_expect(eq(dbl, history_at_least(&h, newest - 45), 4));
    cr_expect(isinf(history_at_most(&h, 3)), "older than what is kept");
}

/* --- standbys --- */

static const struct lag_limits limits = {.seconds = 10, .bytes = 1000};

static struct lag_verdict look(struct lag *l, double seconds_now, const char *name, double seconds,
                               int64_t bytes)
{
    const struct lag_row row = {
        .name = name, .key = name, .seconds = seconds, .bytes = bytes, .replayed = -1, .flushed = -1};

    return lag_look(l, seconds_now * 1000, 0, &row, 1, &limits);
}

Test(throttle_rules, who_lags_from_the_first_is_left_out_until_it_has_caught_up)
{
    struct lag l = {.count = 0};

    cr_expect(eq(ptr, (void *)look(&l, 1, "a", 60, 10).slowest, NULL));
    cr_expect(l.peers[0].changed && l.peers[0].left_out);
    look(&l, 2, "a", 61, 10);
    cr_expect(not(l.peers[0].changed));
    cr_expect(eq(ptr, (void *)look(&l, 3, "a", 1, 10).slowest, NULL));
    cr_expect(eq(ptr, (void *)look(&l, 12, "a", 1, 10).slowest, NULL), "not for long enough");
    struct lag_verdict v = look(&l, 13.5, "a", 1, 10);
    cr_assert(v.slowest != NULL);
    cr_expect(l.peers[0].changed && !l.peers[0].left_out);
    v = look(&l, 24, "a", 11, 10);
    cr_expect(v.slowest != NULL && v.seconds >= 10, "now it counts");
    lag_free(&l);
}

/* The server tells of an old lag only when new WAL comes: more than our time is older than our work. */
Test(throttle_rules, a_lag_longer_than_our_time_was_there_before)
{
    struct lag l = {.count = 0};

    cr_expect(ne(ptr, (void *)look(&l, 0, "a", 0, 10).slowest, NULL));
    cr_expect(eq(ptr, (void *)look(&l, 5, "a", 600, 10).slowest, NULL));
    cr_expect(ne(ptr, (void *)look(&l, 5, "b", 3, 10).slowest, NULL));
    struct lag_verdict v = look(&l, 14, "b", 11, 10);
    cr_assert(v.slowest != NULL);
    cr_expect(eq(str, (char *)v.slowest->name, "b"), "it lagged a little: that is usual");
    lag_free(&l);
}

Test(throttle_rules, bytes_count_likewise)
{
    struct lag l = {.count = 0};

    cr_expect(eq(ptr, (void *)look(&l, 0, "old", 0, 5000).farthest, NULL));
    struct lag_verdict v = look(&l, 0, "new", 0, 0);
    v = look(&l, 1, "new", 0, 5000);
    cr_assert(v.farthest != NULL);
    cr_expect(eq(i64, v.bytes, 5000));
    lag_free(&l);
}

Test(throttle_rules, who_is_gone_hidden_or_ignored)
{
    struct lag_row row = {.name = "a", .key = "a", .bytes = 1, .replayed = -1, .flushed = -1};
    struct lag l = {.count = 0};
    struct lag_verdict v = lag_look(&l, 0, 0, &row, 1, &limits);

    cr_expect(eq(ptr, (void *)v.gone, NULL));
    v = lag_look(&l, 1000, 0, NULL, 0, &limits);
    cr_assert(v.gone != NULL);
    lag_forget_gone(&l, 1000);
    cr_expect(eq(ptr, (void *)lag_look(&l, 2000, 0, NULL, 0, &limits).gone, NULL));
    v = lag_look(&l, 3000, 0, &row, 1, &limits);
    row.ignored = true;
    row.seconds = 99;
    v = lag_look(&l, 4000, 0, &row, 1, &limits);
    cr_expect(v.slowest == NULL && v.gone == NULL);
    row =
        (struct lag_row){.name = "b", .key = "b", .hidden = true, .bytes = -1, .replayed = -1, .flushed = -1};
    v = lag_look(&l, 5000, 0, &row, 1, &limits);
    cr_expect(v.hidden && v.hidden_bytes && v.slowest == NULL);
    lag_free(&l);
}

/* A pod that was moved, say. */
Test(throttle_rules, who_comes_back_from_another_address_is_not_missed)
{
    struct lag_row rows[] = {
        {.name = "a", .key = "a 1", .bytes = 1, .replayed = -1, .flushed = -1},
        {.name = "a", .key = "a 2", .bytes = 1, .replayed = -1, .flushed = -1},
    };
    struct lag l = {.count = 0};

    lag_look(&l, 0, 0, rows, 1, &limits);
    lag_look(&l, 1000, 0, rows, 2, &limits);
    cr_expect(eq(int, l.count, 2), "two at a time are two");
    cr_expect(ne(ptr, (void *)lag_look(&l, 2000, 0, rows, 1, &limits).gone, NULL));
    rows[1].key = "a 3";
    rows[1].seconds = 11;
    struct lag_verdict v = lag_look(&l, 3000, 0, rows, 2, &limits);
    cr_expect(eq(ptr, (void *)v.gone, NULL));
    cr_expect(eq(dbl, v.seconds, 11), "it counts as before");
    lag_free(&l);
}

/* Between two messages of the standby the server's figure stands still; a standby that hangs sends none. */
Test(throttle_rules, what_was_seen_of_the_wal_corrects_the_server)
{
    struct lag_row row = {.name = "a", .key = "a", .bytes = 1, .replayed = 100, .flushed = 100};
    struct lag l = {.count = 0};

    lag_look(&l, 0, 100, &row, 1, &limits);
    lag_look(&l, 1000, 200, &row, 1, &limits);
    struct lag_verdict v = lag_look(&l, 15000, 200, &row, 1, &limits);
    cr_expect(ge(dbl, v.seconds, 14), "nothing was written there for 14 s: %.1f", v.seconds);
    row =
        (struct lag_row){.name = "a", .key = "a", .seconds = 12, .bytes = 0, .replayed = 200, .flushed = 200};
    v = lag_look(&l, 16000, 200, &row, 1, &limits);
    cr_expect(eq(dbl, v.seconds, 0), "it has all");
    lag_free(&l);
}
