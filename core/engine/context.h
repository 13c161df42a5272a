/*
 * What the files of the engine share. Private to core/engine.
 */
#ifndef ENGINE_CONTEXT_H
#define ENGINE_CONTEXT_H

#include "engine/engine.h"
#include "facts/catalog.h"
#include "facts/state.h"
#include "facts/target.h"
#include "plan/apply.h"

/* The targets on one table: one conversion. */
struct table {
    int count, room;
    struct target *targets;       /* the columns that are to be widened, as resolved last */
    const char *name;             /* "public.orders.id" or "public.orders.id, public.orders.parent_id" */
    const char *arguments;        /* the same, to be pasted as arguments */
    struct conversion conversion; /* id 0: none is open */
    struct findings findings;
    bool named;   /* by a target; otherwise by patterns only: it may be left out */
    bool refused; /* target_resolve has something against it */
    bool left_out;
    bool started;       /* EVENT_START was told */
    bool nothing_to_do; /* every column is bigint and no conversion is open */
};

/* Of several tables the exit event tells what is most urgent. */
enum urgency { URGENCY_NONE, URGENCY_DONE, URGENCY_SWAPPED, URGENCY_BEGUN, URGENCY_READY, URGENCY_FAILED };

struct engine {
    const struct engine_request *request;
    const struct settings *settings;
    struct arena *arena; /* the request's */
    struct loop *loop;
    struct session *session; /* does the work; NULL while there is no server */
    struct session *watch;   /* opened when the first table is worked on */
    struct session_listener session_listener;
    int table_count;
    struct table *tables;
    struct figures_of *saved; /* of every table; NULL: nobody wants them */
    struct figures *figures;  /* of the table that is worked on; NULL: nobody wants them */
    bool several;             /* more tables than one, or a pattern */
    const char *arguments;    /* all targets, to be pasted; a pattern as it was written, with --exclude */
    enum err_kind status;     /* the worst so far */
    const char *not_done;     /* names of what failed or was refused, joined by ", " */
    int not_done_count;
    enum urgency state_urgency, next_urgency; /* of which table these are */
    const char *state;                        /* for EVENT_EXIT */
    const char *next_command;                 /* likewise */
};

/* tell.c: events */
void tell(struct engine *g, struct event *event);
void tell_notice(struct engine *g, const char *target, const char *fmt, ...) PRINTF_LIKE(3, 4);
void tell_error(struct engine *g, const char *target, const struct err *e);
void tell_finding(struct engine *g, const char *target, const struct finding *finding);
void tell_phase(struct engine *g, const struct table *t, enum phase phase, bool end, double seconds);
/* "pgwiden -d shop run public.orders.id --yes" */
const char *tell_command(struct engine *g, const char *command, const char *arguments, const char *options);

/* outcome.c: what a command says at its beginning and end */
/* How a table ended, for EVENT_EXIT: its state, and the command that goes on ("": none). */
void tell_next(struct engine *g, const struct table *t, enum urgency urgency, const char *state,
               const char *command, const char *options);
/* A table that was not done counts for the exit status, which is the worst of all: 5, 1, 3, 4, 6. A refused
 * one that is not named counts as failed. */
void outcome_failed(struct engine *g, const struct table *t, enum err_kind kind);
/* Can the others go on after this error? */
bool outcome_ends_all(const struct engine *g, const struct err *e);
void tell_start(struct engine *g, struct table *t); /* once a table, before anything else of it */
bool tell_nothing_to_do(struct engine *g, struct table *t, struct err *e) MUST_CHECK;
bool tell_done(struct engine *g, struct table *t, struct err *e) MUST_CHECK;

/* One column that a target names, or a pattern. */
struct found {
    struct target target;
    const char *left_out; /* why a table that a pattern names is left out; NULL: it is not */
    bool named, refused;  /* refused: its type, by target_resolve */
};
struct found_list {
    int count;
    struct found *list;
};

/* find.c: names and patterns to columns, less --exclude; tells what is left out. Sets several, arguments. */
bool find_targets(struct engine *g, struct found_list *out, struct err *e) MUST_CHECK;
/* "public.* leaves out 3 tables ..": names joined by ", ", 10 at most, all with -v. */
void find_tell_list(struct engine *g, const char *what, int count, const char *const *names);
/* targets.c: looks the targets up, joins those of one table, finds open conversions */
bool targets_find(struct engine *g, struct err *e) MUST_CHECK;
/* The columns that are still to be widened. */
struct target_list targets_narrow(struct engine *g, const struct table *t);
/* Looks a table's targets and conversion up again, under its advisory lock. */
bool targets_refresh(struct engine *g, struct table *t, struct err *e) MUST_CHECK;
/* Preflight of every table without an open conversion; tells all findings. False: refused (told), or failed.
 */
bool targets_preflight(struct engine *g, struct err *e) MUST_CHECK;
/* What has come since an open conversion was begun and can't be carried: ERR_FAILED. --allow was given at its
 * beginning. */
bool targets_preflight_open(struct engine *g, struct table *t, struct err *e) MUST_CHECK;
/* The same from the last capture alone. */
bool targets_check_captured(struct engine *g, struct table *t, struct err *e) MUST_CHECK;
/* Is one of its refusals about the server or the way to it, and so about every table? */
bool targets_refused_by_server(const struct table *t);
/* One of a pattern's that can't be worked on is told, and left out from then on. False: it is named, or the
 * others can't go on either. */
bool targets_leave_out(struct engine *g, struct table *t, struct err *e) MUST_CHECK;
/* One table's once more, under its advisory lock and before anything is changed. */
bool targets_preflight_again(struct engine *g, struct table *t, struct err *e) MUST_CHECK;

/* rehearse.c: tries the texts that will be run again; what does not work is added to t->findings. */
bool rehearse_texts(struct engine *g, struct table *t, struct err *e) MUST_CHECK;

/* figures.c: what a phase takes. Does nothing when nobody wants to know. */
struct measure {
    double wal, heap, indexes, started;
    int journal;
};
/* What the table is before. */
bool figures_table(struct engine *g, const struct table *t, struct err *e) MUST_CHECK;
bool figures_begin(struct engine *g, const struct apply *a, struct measure *m, struct err *e) MUST_CHECK;
bool figures_end(struct engine *g, const struct apply *a, const struct measure *m, enum phase phase,
                 struct err *e) MUST_CHECK;
bool figures_server(struct engine *g, struct figures_server *out, struct err *e) MUST_CHECK;
/* --save-figures: room for those of every table */
void figures_save(struct engine *g, struct engine_report *report);

/* rehearsal.c: run --dry-run on a copy; plan --rehearsed from figures of one. What fails is told, counted and
 * said in the report. */
void rehearsal_run(struct engine *g, struct table *t, struct plan_report *p);
void rehearsal_scale(struct engine *g, struct table *t, struct plan_report *p);

/* convert.c: the phases of one table */
bool convert_table(struct engine *g, struct table *t, struct err *e) MUST_CHECK;
/* swap.c: phase swap: everything before the message, the message, what follows it */
bool swap_phase(struct engine *g, struct table *t, struct apply *a, struct err *e) MUST_CHECK;
/* swap --rehearse: the message is run, measured and rolled back. */
bool swap_rehearse(struct engine *g, struct table *t, struct apply *a, struct err *e) MUST_CHECK;
/* verify.c: new foreign DDL caught up with, sweep, proof; again when the proof fails. Also the swap's first
 * part. */
bool verify_phase(struct engine *g, struct table *t, struct apply *a, struct err *e) MUST_CHECK;

/* undo.c: abort, and --forget */
bool undo_table(struct engine *g, struct table *t, struct err *e) MUST_CHECK;
bool undo_forget(struct engine *g, struct table *t, struct err *e) MUST_CHECK;

/* begin.c: sessions and the apply value of one table */
double begin_patience(const struct engine *g); /* ms that all tries for a lock may last together */
bool begin_table(struct engine *g, struct table *t, struct apply *a, struct err *e) MUST_CHECK;
bool begin_phase(struct engine *g, struct table *t, struct apply *a, enum phase phase,
                 struct err *e) MUST_CHECK;
bool begin_steps(struct apply *a, enum phase phase,
                 struct err *e) MUST_CHECK; /* all steps of a phase but the loops */

/* plan_report.c, status_report.c */
bool plan_report(struct engine *g, struct engine_report *report, struct err *e) MUST_CHECK;
bool status_report(struct engine *g, struct engine_report *report, struct err *e) MUST_CHECK;
bool status_check(struct engine *g, struct engine_report *report); /* true: every target is there */

#endif
