/*
 * A view that writes into memory, and events to show on it.
 */
#ifndef TESTS_SCREEN_H
#define TESTS_SCREEN_H

#include "cmd/show.h"

#include <jansson.h>
#include <stdbool.h>

#define LENGTH(a) (sizeof(a) / sizeof((a)[0]))

struct screen {
    struct options options;
    struct view view;
    char *out, *err; /* what was written */
    size_t out_size, err_size;
};

/* In UTC, without colors and live line, as after parsing `command` without options. */
struct screen *screen_new(const char *command);
void screen_free(struct screen *s);
/* Without a time it happens on 2026-11-22 03:09:24.25 UTC, without a target on public.orders.id. */
void screen_show(struct screen *s, struct event event);
void screen_show_run(struct screen *s);
int screen_finish(struct screen *s, const struct engine_report *report, int status);

void screen_expect(const char *got, const char *want);
int screen_lines(const char *text);
/* Line `number` (from 0) as JSON; the test fails when it is none. The caller frees it. */
json_t *screen_json(const char *text, int number);
bool screen_is_null(const json_t *object, const char *key);

extern const struct event event_start, event_backfill, event_lock_wait;
struct event event_phase(enum phase phase, bool end, double seconds);
struct event event_message(enum event_kind kind, const char *code, const char *message);
struct err screen_error(void);

#endif
