/*
 * What the user sees: listeners of core's events (text, JSON, live line) and printers of its reports.
 * Results go to `out`, messages to `err`. With --json nothing but JSON goes to out.
 */
#ifndef CMD_SHOW_H
#define CMD_SHOW_H

#include "cmd/options.h"
#include "engine/engine.h"

#include <stdbool.h>
#include <stdio.h>

enum { ANSWER_MAX = 1024 }; /* bytes of a line that is typed at a question */

/* The one context of all views. Belongs to the caller. */
struct view {
    const struct options *options;
    FILE *out, *err;
    bool live;   /* err is a terminal: one line is redrawn there */
    int columns; /* of the terminal; 0: ask it each time */
    bool color;
    int write_errno; /* why out could not be written, 0 while it can */

    /* what was shown so far */
    double started;           /* time of the first event */
    double next_progress;     /* when the next line of progress is due */
    int live_width;           /* columns of the live line that stands there */
    char target[256];         /* that the lines of a run are about */
    unsigned long throttled;  /* a hash of what held the backfill up at the last progress */
    unsigned long blocked_by; /* a hash of the blockers shown last */
    struct {
        bool known;
        char target[256];
        enum phase phase;
        long long rows;
        double rows_per_second;
    } last; /* progress of the phase that runs */
    struct {
        bool open;             /* its line stands there */
        bool asked;            /* nobody has answered; other output may have ended its line */
        char line[ANSWER_MAX]; /* typed so far */
        size_t used;
    } question; /* about the swap (cmd/ask.h) */
    bool failed;
    struct err error; /* the first one */
    bool exited;
    char state[32], next_command[4096]; /* of the exit event */
};

/* Files are the caller's. Finds out whether err is a terminal, its colors, the live line. */
void view_init(struct view *v, const struct options *o, FILE *out, FILE *err);
/* An event_listener; context is the view. */
void view_event(void *context, const struct event *event);
/* Tells an error that did not come as an event: usage, the password. */
void view_error(struct view *v, const struct err *e);
void view_warning(struct view *v, const char *text);
/* Prints the report (NULL: there is none) and what must come last. Returns the exit status: 1 instead of 0
 * when output could not be written. */
int view_finish(struct view *v, const struct engine_report *report, int status);

/* --- between the views --- */

/* Commands that print one report at their end. */
bool view_reports(const struct view *v);
/* Is a line of progress due? Moves the rhythm on when it is: 5 s in the first minute, then 30 s, or
 * --progress. */
bool view_progress_is_due(struct view *v, double now);
/* Writes out what is buffered for `out`. */
void view_flush(struct view *v);
/* Of blocks, else rows; negative when unknown; 100 only when all is done. */
double view_percent(const struct event *progress);

void text_event(struct view *v, const struct event *event);
/* "backfill  41.3 %  61,420 rows/s .." and "waiting for ..", on one line, for lines and the live line. */
void text_progress(FILE *out, const struct event *progress);
void text_lock_wait(FILE *out, const struct event *lock_wait);
void text_plan(struct view *v, const struct engine_report *report);
void text_dry_run(struct view *v, const struct engine_report *report);
/* As comments of a script. */
void text_rehearsal(FILE *out, const struct rehearsal_report *r);
void text_status(struct view *v, const struct engine_report *report);
void text_settings(struct view *v, const struct engine_report *report);

void json_event(struct view *v, const struct event *event);
void json_report(struct view *v, const struct engine_report *report); /* NULL: only the error */
/* A dry run's plans, an event each; then the last line of a run. */
void json_plans(struct view *v, const struct engine_report *report);
void json_exit(struct view *v, int status);

void live_event(struct view *v, const struct event *event);
/* Ends the line of an open question, which is asked again when it still is one (ask.c). */
void question_end(struct view *v);
/* Takes the live line away, or ends the question's: before anything else is printed. */
void live_clear(struct view *v);

#endif
