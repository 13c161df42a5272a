/* What users see of a run: text and the live line. */
#include "cmd/text.h"
#include "screen.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

Test(text_view, tells_a_run)
{
    struct screen *s = screen_new("run");
    screen_show_run(s);
    cr_expect(eq(int, screen_finish(s, NULL, 0), 0));
    screen_expect(
        s->out,
        "pgwiden 0.1.0: public.orders.id integer -> bigint, database shop at db1:5432, PostgreSQL 15.20\n"
        "  backfill   done         1:56:31   170,204,113 rows, 58,900/s\n"
        "  swap       lock held 5.1 ms, wait 38 ms, 7th try\n"
        "  swap       done           0.2 s\n"
        "public.orders.id is bigint: 3:02:19, WAL 80 GB, table 38 GB -> 43 GB, lock held 5.1 ms\n"
        "  rollback:  pgwiden rollback orders.id (until cleanup)\n"
        "  next:      pgwiden cleanup public.orders.id\n");
    screen_expect(
        s->err,
        "pgwiden: waiting for ACCESS EXCLUSIVE on public.orders, try 6 of 30, next in 1.9 s, held up by "
        "pid 23117 "
        "for 4:12 and 1 more\n"
        "      pid  user        application      state                      age  query\n"
        "    23117  app         reporting        idle in transaction       4:12  SELECT *   FROM orders "
        "?[31m\n"
        "    23410  app         rails: worker    active                   9.0 s  UPDATE orders SET\n");
    screen_free(s);
}

Test(text_view, says_nothing_when_quiet)
{
    struct screen *s = screen_new("run");
    s->options.quiet = true;
    screen_show_run(s);
    screen_show(s, event_message(EVENT_NOTICE, NULL, "it goes on"));
    cr_expect(eq(int, screen_finish(s, NULL, 0), 0));
    screen_expect(s->out, "");
    screen_expect(s->err, "");
    screen_show(s, event_message(EVENT_WARNING, "upsert", "upserts may fail"));
    screen_expect(s->err, "pgwiden: warning: upserts may fail [upsert]\n");
    screen_free(s);
}

Test(text_view, names_the_state_when_0_is_not_done)
{
    struct screen *s = screen_new("run");
    screen_show(s, (struct event){
                       .kind = EVENT_EXIT, .u.exit = {0, "prepared", "pgwiden run orders.id"}
    });
    screen_expect(s->out, "  state:     prepared\n"
                          "  next:      pgwiden run orders.id\n");
    screen_free(s);
}

Test(text_view, tells_an_error_with_its_parts)
{
    struct screen *s = screen_new("run");
    struct err e = screen_error();
    screen_show(s, (struct event){.kind = EVENT_ERROR, .u.error = &e});
    screen_show(s, (struct event){
                       .kind = EVENT_EXIT, .u.exit = {3, "refused", "pgwiden run invoices.total_id"}
    });
    screen_expect(
        s->err, "pgwiden: error: public.invoices.total_id can't be widened online [stored-generated-column]\n"
                "DETAIL:  Column \"total_ref\" depends on it.\n"
                "         Nothing was changed.\n"
                "HINT:    Drop the expression, then run it again:\n"
                "         pgwiden run invoices.total_id\n");
    screen_expect(s->out, ""); /* the hint has said what is next */
    screen_free(s);
}

Test(text_view, colors_as_postgresql_does)
{
    struct screen *s = screen_new("run");
    struct err e;
    err_set(&e, ERR_FAILED, "it broke");
    setenv("PG_COLOR", "always", 1);
    view_init(&s->view, &s->options, s->view.out, s->view.err);
    screen_show(s, (struct event){.kind = EVENT_ERROR, .u.error = &e});
    screen_expect(s->err, "\033[01mpgwiden: \033[0m\033[01;31merror: \033[0mit broke\n");
    setenv("NO_COLOR", "1", 1);
    view_init(&s->view, &s->options, s->view.out, s->view.err);
    cr_expect(not(s->view.color));
    screen_free(s);
}

Test(text_view, prints_progress_every_5_then_30_seconds)
{
    struct screen *s = screen_new("run");
    for (int second = 0; second <= 180; second++) {
        struct event e = event_backfill;
        e.time = 1795316964 + second;
        screen_show(s, e);
    }
    cr_expect(eq(int, screen_lines(s->err), 12 + 4));
    cr_expect(
        eq(int,
           strncmp(s->err,
                   "2026-11-22T03:09:29+00:00 public.orders.id backfill  41.3 %  ETA 1:08:20  61,420 rows/s  "
                   "170,204,113 of about 412,000,000 rows  chunk 3,072 41 ms\n",
                   140),
           0),
        "%s", s->err);
    screen_free(s);
}

Test(text_view, prints_progress_in_the_rhythm_asked_for)
{
    static const struct {
        double progress;
        int lines;
    } cases[] = {
        {1000,  180},
        {60000, 3  },
        {-1,    0  }
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct screen *s = screen_new("run");
        s->options.settings.progress = cases[i].progress;
        for (int second = 0; second <= 180; second++) {
            struct event e = event_backfill;
            e.time = 1795316964 + second;
            screen_show(s, e);
        }
        cr_expect(eq(int, screen_lines(s->err), cases[i].lines), "case %zu", i);
        screen_free(s);
    }
}

Test(text_view, shows_a_table_of_blockers_once)
{
    struct screen *s = screen_new("run");
    for (int i = 0; i < 30; i++)
        screen_show(s, event_lock_wait);
    size_t once = s->err_size;
    struct event other = event_lock_wait;
    other.u.lock_wait.count = 1;
    screen_show(s, other);
    cr_expect(eq(ptr, strstr(s->err + 1, "pgwiden: waiting") > s->err + once - 1 ? NULL : s->err, NULL));
    cr_expect(gt(sz, s->err_size, once));
    screen_free(s);
}

Test(text_view, echoes_statements_as_a_script)
{
    struct screen *s = screen_new("run");
    struct event e = {
        .kind = EVENT_STATEMENT, .u.statement = {"table public.\"a\nb\"", "ALTER TABLE ..", 1.25}
    };
    screen_show(s, e);
    screen_expect(s->err, "");
    s->options.settings.echo = true;
    screen_show(s, e);
    screen_expect(s->err, "-- 1.250 ms: table public.\"a b\"\nALTER TABLE ..;\n");
    screen_free(s);
}

/* --- the live line --- */

Test(live_view, redraws_one_line_and_takes_it_away)
{
    struct screen *s = screen_new("run");
    s->view.live = true;
    s->view.columns = 40;
    screen_show(s, event_phase(PHASE_BACKFILL, false, 0));
    screen_show(s, event_backfill);
    screen_show(s, event_message(EVENT_NOTICE, NULL, "hello"));
    screen_expect(s->err, "\rpublic.orders.id  backfill"
                          "\rpublic.orders.id  backfill  41.3 %  ETA"
                          "\r                                       \rpgwiden: hello\n");
    screen_free(s);
}

Test(live_view, counts_columns_not_bytes)
{
    cr_assert(ne(ptr, setlocale(LC_CTYPE, "C.UTF-8"), NULL));
    struct screen *s = screen_new("run");
    s->view.live = true;
    s->view.columns = 12;
    struct event e = event_phase(PHASE_INDEX, false, 0);
    e.target =
        "\xe8\xa1\xa8.\xc3\xa4\n\033\xff"; /* a wide character, a narrow one, and what must not be printed */
    screen_show(s, e);
    screen_expect(s->err, "\r\xe8\xa1\xa8.\xc3\xa4 ??  in");
    screen_free(s);
}

/* --- pieces --- */

Test(text, wraps_words)
{
    static const struct {
        const char *text, *want;
    } cases[] = {
        {"",                                                                                          "\n"              },
        {"short",                                                                                     "short\n"         },
        {"two\nlines",                                                                                "two\n    lines\n"},
        {"a 23456789012345678901234567890123456789012345678901234567890123456789012345678 b",
         "a 23456789012345678901234567890123456789012345678901234567890123456789012345678\n    b\n"                     },
        {"123456789 123456789 123456789 123456789 123456789 123456789 123456789 123456789 123456789",
         "123456789 123456789 123456789 123456789 123456789 123456789 123456789 123456789\n    123456789\n"             },
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        char *text = NULL;
        size_t size = 0;
        FILE *out = open_memstream(&text, &size);
        text_wrap(out, cases[i].text, 0, 4);
        fclose(out);
        cr_expect(eq(str, text, (char *)cases[i].want), "case %zu", i);
        free(text);
    }
}

Test(text, counts_tries)
{
    static const char *const want[] = {"0th", "1st", "2nd", "3rd", "4th"};
    char buf[16];
    for (int i = 0; i < 5; i++)
        cr_expect(eq(str, (char *)text_ordinal(i, buf, sizeof(buf)), (char *)want[i]));
    cr_expect(eq(str, (char *)text_ordinal(11, buf, sizeof(buf)), "11th"));
    cr_expect(eq(str, (char *)text_ordinal(112, buf, sizeof(buf)), "112th"));
    cr_expect(eq(str, (char *)text_ordinal(21, buf, sizeof(buf)), "21st"));
}

/* --- noise --- */

static unsigned long noise_state = 42;

static unsigned noise(unsigned below)
{
    noise_state = noise_state * 6364136223846793005UL + 1442695040888963407UL;
    return (unsigned)(noise_state >> 33) % below;
}

static const char *noise_text(char *buf, unsigned size)
{
    unsigned length = noise(size);
    for (unsigned i = 0; i < length; i++)
        buf[i] = (char)(1 + noise(255));
    buf[length] = '\0';
    return buf;
}

static double noise_number(void)
{
    static const double numbers[] = {0, -1, 1e-9, 0.5, 59.999, 3600, 1e18, -1e300};
    return numbers[noise(LENGTH(numbers))];
}

static struct event noise_event(char (*texts)[64], struct blocker *blocker, struct err *e)
{
    const char *a = noise_text(texts[1], 64), *b = noise_text(texts[2], 64);
    *blocker = (struct blocker){(int)noise(70000), a, b, a, b, noise_number()};
    err_set(e, (enum err_kind)(1 + noise(6)), "%s", a);
    err_detail(e, "%s", b);
    struct event events[] = {
        {.kind = EVENT_START,     .u.start = {a, b, a, noise(2) == 0, b}                                   },
        {.kind = EVENT_PHASE,     .u.phase = {noise(PHASE_COUNT), noise(2) == 0, noise_number()}           },
        {.kind = EVENT_PROGRESS,
         .u.progress = {.phase = noise(PHASE_COUNT),
                        .what = a,
                        .rows_done = noise(9),
                        .rows_total = noise(9),
                        .blocks_done = noise(9),
                        .blocks_total = noise(9),
                        .rows_per_second = noise_number(),
                        .eta_seconds = noise_number(),
                        .chunk_ms = noise_number()}                                                        },
        {.kind = EVENT_LOCK_WAIT, .u.lock_wait = {a, b, 1, 30, noise_number(), 1, blocker}                 },
        {.kind = EVENT_SWAP,      .u.swap = {noise_number(), noise_number(), (int)noise(200)}              },
        {.kind = EVENT_WARNING,   .u.message = {"upsert", a}                                               },
        {.kind = EVENT_NOTICE,    .u.message = {NULL, a}                                                   },
        {.kind = EVENT_STATEMENT, .u.statement = {a, "SELECT", noise_number()}                             },
        {.kind = EVENT_ERROR,     .u.error = e                                                             },
        {.kind = EVENT_DONE,
         .u.done = {.seconds = noise_number(), .lock_held_ms = noise_number(), .outcome = a, .rollback = b}},
        {.kind = EVENT_EXIT,      .u.exit = {(int)noise(7), "stopped", b}                                  },
    };
    struct event *event = &events[noise(LENGTH(events))];
    event->target = noise_text(texts[0], 64);
    event->time = 1e9;
    return *event;
}

static void expect_printable(const char *text)
{
    for (const char *p = text; *p != '\0'; p++)
        if ((unsigned char)*p < ' ' && strchr("\n\r", *p) == NULL)
            cr_fatal("byte %d in %.40s", *p, p);
}

/* Whatever a name, a query or a message holds: nothing steers the terminal, and JSON is JSON. */
Test(views, survive_noise)
{
    cr_assert(ne(ptr, setlocale(LC_CTYPE, "C.UTF-8"), NULL));
    struct screen *text = screen_new("run"), *json = screen_new("run");
    char texts[3][64];
    struct blocker blocker;
    struct err e;
    text->view.live = true;
    text->view.columns = 60;
    text->options.settings.echo = json->options.json = true;
    for (int i = 0; i < 3000; i++) {
        struct event event = noise_event(texts, &blocker, &e);
        screen_show(text, event);
        screen_show(json, event);
    }
    expect_printable(text->out);
    expect_printable(text->err);
    for (const char *line = json->out; *line != '\0'; line = strchr(line, '\n') + 1)
        json_decref(screen_json(line, 0));
    screen_free(text);
    screen_free(json);
}
