/*
 * Throttles that need a server of their own: a streaming standby, an archive that fails, nobody else at work.
 * The two servers are started once (tests/pair.sh) and all cases follow each other.
 */
#include "support.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

TestSuite(throttle_servers, .timeout = 200);

#define BACKFILL "pgwiden run --until backfill --json "

static char dir[] = "/tmp/pgwiden-pair.XXXXXX";
static struct db *db;      /* of the primary */
static struct db *standby; /* a session there */
static struct db *sleepers[3];

/* --- the servers --- */

/* False: this installation has no pg_basebackup. */
static bool start_pair(FILE **keep)
{
    char line[200] = "";
    double started = now();

    cr_assert(mkdtemp(dir) != NULL);
    char *answer = text_format("%s.answer", dir),
         *command = text_format(SOURCE_DIR "/tests/pair.sh %s >%s.answer", dir, dir);
    *keep = popen(command, "we");
    while (strchr(line, '\n') == NULL) {
        pause_ms(50);
        cr_assert(now() - started < 120, "the servers did not start");
        FILE *file = fopen(answer, "re");
        if (file == NULL)
            continue;
        (void)!fgets(line, sizeof(line), file);
        fclose(file);
    }
    unlink(answer);
    free(answer);
    free(command);
    return strcmp(line, "ready\n") == 0;
}

static struct db *connect_standby(void)
{
    struct db *session;

    setenv("PGPORT", "5433", 1);
    session = db_session(db);
    setenv("PGPORT", "5432", 1);
    return session;
}

static char *file_of_archive(void)
{
    return text_format("%s/socket/full", dir);
}

/* --- what makes a signal rise, and fall --- */

static void pause_replay(void)
{
    db_exec(standby, "SELECT pg_wal_replay_pause()");
}

static void resume_replay(void)
{
    db_exec(standby, "SELECT pg_wal_replay_resume()");
}

static void write_wal(void)
{
    db_exec(
        db,
        "SELECT pg_logical_emit_message(false, 'test', repeat('x', 1000000)) FROM generate_series(1, 60)");
}

static void read_slot(void)
{
    db_exec(db,
            "SELECT pg_replication_slot_advance(slot_name, pg_current_wal_lsn()) FROM pg_replication_slots "
            "WHERE slot_name = 'unread'");
}

static void finish_file(void)
{
    db_exec(db, "SELECT pg_logical_emit_message(false, 'test', 'x'); SELECT pg_switch_wal()");
}

static void fail_archive(void)
{
    char *path = file_of_archive();
    FILE *file = fopen(path, "we");

    cr_assert(file != NULL);
    fclose(file);
    free(path);
    for (int i = 0; i < 4; i++)
        finish_file();
}

/* After three failures the archiver rests for a minute, unless there is something new. */
static void mend_archive(void)
{
    char *path = file_of_archive();

    unlink(path);
    free(path);
    finish_file();
    read_slot();
}

static void sleep_much(void)
{
    for (int i = 0; i < 3; i++) {
        sleepers[i] = db_session(db);
        db_send(sleepers[i], "SELECT pg_sleep(600)");
    }
}

static void wake_up(void)
{
    db_exec(db, "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(600)'");
    for (int i = 0; i < 3; i++) {
        db_finish(sleepers[i], 30);
        db_drop(sleepers[i]);
    }
}

static void hang_commits(void)
{
    db_exec(db, "ALTER SYSTEM SET synchronous_standby_names = 'nobody'");
    db_exec(db, "SELECT pg_reload_conf()");
    db_await(db, 60, "SELECT current_setting('synchronous_standby_names') = 'nobody'");
    program_expect(db, 0, "pgwiden set t.id max-active=4"); /* now, if ever */
}

static void let_commits_go(void)
{
    db_exec(db, "ALTER SYSTEM RESET synchronous_standby_names");
    db_exec(db, "SELECT pg_reload_conf()");
}

static const struct {
    const char *signal;
    void (*rise)(void), (*fall)(void);
} cases[] = {
    {"max-active",          sleep_much,   wake_up       },
    {"max-lag",             pause_replay, resume_replay },
    {"max-lag-bytes",       write_wal,    read_slot     },
    {"max-archive-backlog", fail_archive, mend_archive  },
    {"max-commit-latency",  hang_commits, let_commits_go},
};

/* --- looking --- */

static int64_t done(struct db *of)
{
    return db_int(of, "SELECT count(*) FROM t WHERE pgwiden_new_1 = id");
}

static struct program p; /* the one that runs */

/* Fails with what the program has said. */
static void await(struct db *of, const char *what, const char *condition)
{
    double started = now();

    while (!db_bool(of, "SELECT %s", condition)) {
        char *errors = program_errors(&p);
        cr_assert(now() - started < 60, "%s: not yet %s\n%s", what, condition, errors);
        free(errors);
        pause_ms(50);
    }
}

static void await_throttle(struct db *of, const char *signal, bool holds)
{
    char *condition = text_format("%sEXISTS (SELECT FROM pgwiden.throttle WHERE signal = '%s')",
                                  holds ? "" : "NOT ", signal);

    await(of, signal, condition);
    free(condition);
}

static void await_more(struct db *of, const char *what)
{
    char *condition =
        text_format("(SELECT count(*) > %lld FROM t WHERE pgwiden_new_1 = id)", (long long)done(of));

    await(of, what, condition);
    free(condition);
}

static void expect_standing(struct db *of, const char *signal)
{
    int64_t before = done(of);

    pause_ms(700);
    cr_expect(eq(i64, done(of), before), "%s: no chunk while it holds", signal);
}

static void expect_text(const char *text, const char *part)
{
    cr_expect(strstr(text, part) != NULL, "no \"%s\" in %s", part, text);
}

static void make_table(struct db *of, int rows)
{
    db_exec(of,
            "CREATE TABLE t (id int PRIMARY KEY, body text);"
            "INSERT INTO t SELECT g, repeat('x', 60) FROM generate_series(1, %d) g",
            rows);
}

static void expect_stop(void)
{
    program_signal(&p, SIGINT);
    struct outcome o = program_await(&p, 200);
    cr_expect(eq(int, o.status, 5), "%s", o.err);
    outcome_free(&o);
}

/* --- the cases --- */

/* Each signal in turn holds one and the same run, and lets it go. */
static void each_signal_holds(void)
{
    db_exec(db, "SELECT pg_create_logical_replication_slot('unread', 'test_decoding')");
    struct outcome plan =
        program_run(db, "pgwiden plan t.id --json --max-lag-bytes 1GB --ignore-standby 'stand?y*'");
    expect_text(plan.out,
                "{\"name\":\"standby2\",\"kind\":\"standby\",\"counted\":false,\"why\":\"--ignore-standby\"");
    expect_text(plan.out, "{\"name\":\"unread\",\"kind\":\"slot\",\"counted\":true,\"why\":null");
    outcome_free(&plan);
    program_start(&p, db,
                  BACKFILL "t.id --max-rate 3000 --max-active 3 --max-lag 1s --max-lag-bytes 50MB "
                           "--max-archive-backlog 3 --max-commit-latency 1s");
    await(db, "the state", "to_regclass('pgwiden.throttle') IS NOT NULL");
    await_throttle(db, "max-rate", true);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        await_more(db, cases[i].signal);
        cases[i].rise();
        await_throttle(db, cases[i].signal, true);
        expect_standing(db, cases[i].signal);
        cases[i].fall();
        await_throttle(db, cases[i].signal, false);
    }
    await_more(db, "at the end");
    char *text = program_errors(&p);
    expect_text(text, "throttled: max-lag 1.");
    expect_text(text, "s >= 1s (standby2)");
    expect_text(text, "50 MB (unread)");
    free(text);
    expect_stop();
    db_exec(db, "SELECT pg_drop_replication_slot('unread')");
}

/* The archive's backlog and a slot as a role sees them that may see little. */
static void a_plain_role_is_held_too(void)
{
    struct db *plain = db_create();

    db_exec(plain, "CREATE ROLE plain LOGIN; GRANT CREATE ON SCHEMA public TO plain");
    char *grant =
        db_text(plain, "SELECT format('GRANT CREATE ON DATABASE %%I TO plain', current_database())");
    db_exec(plain, "%s", grant);
    free(grant);
    make_table(plain, 100000);
    db_exec(plain, "ALTER TABLE t OWNER TO plain");
    program_start(&p, plain, "PGUSER=plain " BACKFILL "t.id --max-rate 3000 --max-archive-backlog 3");
    await(plain, "the state", "to_regclass('pgwiden.throttle') IS NOT NULL");
    await_throttle(plain, "max-rate", true);
    await_more(plain, "plain role");
    fail_archive();
    await_throttle(plain, "max-archive-backlog", true);
    expect_standing(plain, "max-archive-backlog of a plain role");
    mend_archive();
    await_throttle(plain, "max-archive-backlog", false);
    await_more(plain, "plain role");
    char *text = program_errors(&p);
    expect_text(text, "max-lag can't be measured (needs pg_monitor): nothing is waited for");
    free(text);
    expect_stop();
    db_drop(plain);
}

/* A standby that lagged before does not hold anything up; that is said. */
static void who_lagged_before_is_left_out(void)
{
    struct db *other = db_create();

    make_table(other, 50000);
    db_exec(other, "VACUUM t");
    pause_replay();
    finish_file();
    db_await(db, 60, "SELECT coalesce(max(replay_lag), '0') > '3 s' FROM pg_stat_replication");
    program_start(&p, other, BACKFILL "t.id --max-lag 2s --max-rate 20000");
    struct outcome o = program_await(&p, 120);
    cr_expect(eq(int, o.status, 0), "%s", o.err);
    expect_text(o.err, "standby standby2 was behind before we began");
    cr_expect(strstr(o.err, "throttled: max-lag") == NULL, "%s", o.err);
    outcome_free(&o);
    resume_replay();
    db_drop(other);
}

/* It writes its files when they are full, and comes and goes as it likes. */
static void who_replays_nothing_is_no_standby(void)
{
    struct program receiver;

    db_exec(db, "SELECT pg_create_physical_replication_slot('receiver')");
    program_start(&receiver, db, "pg_receivewal -D %s/received -S receiver -n", dir);
    db_await(db, 60,
             "SELECT EXISTS (SELECT FROM pg_stat_replication WHERE replay_lsn IS NULL AND state = "
             "'streaming')");
    struct outcome plan = program_run(db, "pgwiden plan t.id --json");
    expect_text(plan.out, "{\"name\":\"standby2\",\"kind\":\"standby\"");
    cr_expect(strstr(plan.out, "pg_receivewal") == NULL, "%s", plan.out);
    outcome_free(&plan);
    program_start(&p, db, BACKFILL "t.id --max-rate 3000 --max-lag 1s --max-lag-bytes 8MB");
    await(db, "the state", "to_regclass('pgwiden.throttle') IS NOT NULL");
    await_throttle(db, "max-rate", true);
    pause_ms(2500);
    program_signal(&receiver, SIGINT);
    struct outcome o = program_await(&receiver, 60);
    outcome_free(&o);
    await_more(db, "without the receiver");
    char *text = program_errors(&p);
    cr_expect(strstr(text, "max-lag") == NULL, "%s", text);
    free(text);
    expect_stop();
    db_exec(db, "SELECT pg_drop_replication_slot('receiver')");
}

/* An ignored slot holds nothing up; WAL is paced to what was asked for. */
static void wal_is_paced(void)
{
    const double limit = 2e6;
    struct db *other = db_create();

    make_table(other, 50000);
    db_exec(other, "CHECKPOINT; SELECT pg_create_logical_replication_slot('ignored', 'test_decoding')");
    program_start(&p, other,
                  BACKFILL "t.id --max-wal-rate 2000000 --max-lag-bytes 1MB --ignore-standby 'st*,i?nored'");
    await(other, "the state", "to_regclass('pgwiden.throttle') IS NOT NULL");
    await_throttle(other, "max-wal-rate", true);
    double started = now();
    int64_t lsn = db_int(other, "SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')");
    pause_ms(3000);
    double bytes =
        (double)(db_int(other, "SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')") - lsn);
    cr_expect(le(dbl, bytes / (now() - started), 2 * limit)); /* without it: ten times more */
    await_more(other, "WAL");
    cr_expect(
        not(db_bool(other, "SELECT EXISTS (SELECT FROM pgwiden.throttle WHERE signal = 'max-lag-bytes')")));
    expect_stop();
    db_exec(other, "SELECT pg_drop_replication_slot('ignored')");
    db_drop(other);
}

static void await_said(const char *part)
{
    double until = now() + 60;

    for (bool said = false; !said;) {
        char *text = program_errors(&p);

        said = strstr(text, part) != NULL;
        cr_assert(said || now() < until, "no \"%s\" in %s", part, text);
        free(text);
        pause_ms(100);
    }
}

/* The backfill does not wait for it; what is written down at its end does. */
static void a_synchronous_standby_that_is_gone_is_told(void)
{
    struct db *other = db_create();

    make_table(other, 8000);
    program_start(&p, other, "pgwiden run t.id --until verify --max-rate 3000");
    db_await(other, 60, "SELECT to_regclass('pgwiden.throttle') IS NOT NULL");
    db_exec(db, "SET synchronous_commit = local");
    db_exec(db, "ALTER SYSTEM SET synchronous_standby_names = 'nobody'");
    db_exec(db, "SELECT pg_reload_conf()");
    await_said("waiting: no synchronous standby answers");
    struct outcome o = program_run(other, "pgwiden status");
    expect_text(o.out, "waits for a synchronous standby");
    outcome_free(&o);
    db_exec(db, "ALTER SYSTEM RESET synchronous_standby_names");
    db_exec(db, "SELECT pg_reload_conf()");
    await_said("the synchronous standby has answered");
    o = program_await(&p, 120);
    cr_expect(eq(int, o.status, 0), "%s", o.err);
    outcome_free(&o);
    db_drop(other);
}

Test(throttle_servers, every_signal_holds_and_lets_go)
{
    FILE *keep;

    if (!start_pair(&keep)) {
        pclose(keep);
        cr_skip_test("no pg_basebackup here");
    }
    char *socket = text_format("%s/socket", dir);
    setenv("PGHOST", socket, 1);
    setenv("PGPORT", "5432", 1);
    setenv("PGUSER", "postgres", 1);
    free(socket);
    db = db_create();
    make_table(db, 200000);
    standby = NULL;
    db_await(db, 60, "SELECT bool_and(replay_lsn = pg_current_wal_lsn()) FROM pg_stat_replication");
    standby = connect_standby();
    each_signal_holds();
    a_plain_role_is_held_too();
    wal_is_paced();
    who_replays_nothing_is_no_standby();
    who_lagged_before_is_left_out();
    a_synchronous_standby_that_is_gone_is_told();
    db_drop(standby);
    pclose(keep);
}
