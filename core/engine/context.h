/*
 * What the files of the engine share. Private to core/engine.
 */
#ifndef ENGINE_CONTEXT_H
#define ENGINE_CONTEXT_H

#include "engine/engine.h"
#include "facts/catalog.h"
#include "facts/control.h"
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
    struct signals *signals; /* what throttles its backfill; NULL while nothing is done with it */
    bool named;              /* by a target; otherwise by patterns only: it may be left out */
    bool refused;            /* target_resolve has something against it */
    bool left_out;
    bool started;       /* EVENT_START was told */
    bool ready;         /* EVENT_READY was told */
    bool decided;       /* a person said yes to its swap */
    bool rehearsed;     /* its texts were tried */
    bool nothing_to_do; /* every column is bigint and no conversion is open */
    bool unsure;        /* a COMMIT was sent whose answer has not come: of the opening, or of the swap */
    /* when that was done by this process, loop_now(); 0: not yet, or not to be relied on */
    double preflighted, captured, verified, exchanged;
    double backfill_ms; /* that this process's backfill took */
};

/* Of several tables the exit event tells what is most urgent. */
enum urgency { URGENCY_NONE, URGENCY_DONE, URGENCY_SWAPPED, URGENCY_BEGUN, URGENCY_READY, URGENCY_FAILED };

/* What listens for pause, resume, stop and set (control.c). */
struct ear {
    struct session *session; /* opened with the first conversion */
    int conversion;          /* that it listens for; 0: none */
    int asked;               /* of the last question */
    bool answered;
    struct err err; /* of the last answer */
    bool lost;      /* its session is; the loop is stopping then */
    struct control heard;
    struct arena *arena; /* of heard */
    enum phase phase;
    const char *application, *target, *arguments;
    const char *stopped_by; /* NULL: nobody asked for a stop */
    double standby_since;   /* loop_now() since when a commit waits for a synchronous standby; 0: none does */
    bool standby_told;
};

struct engine {
    const struct engine_request *request;
    const struct settings *settings; /* what holds now: `live` */
    struct settings live;            /* as given, changed by `set` while it runs */
    struct arena *arena;             /* the request's */
    struct loop *loop;
    struct session *session; /* does the work; NULL while there is no server */
    struct session *watch;   /* opened when the first table is worked on */
    struct ear ear;
    const struct table *held; /* whose signals the gate asks; NULL: none */
    struct session_listener session_listener;
    int table_count;
    struct table *tables;
    struct figures_of *saved; /* of every table; NULL: nobody wants them */
    struct figures *figures;  /* of the table that is worked on; NULL: nobody wants them */
    bool several;             /* more tables than one, or a pattern */
    const char *arguments;    /* all targets, to be pasted; a pattern as it was written, with --exclude */
    enum err_kind status;     /* the worst so far */
    struct rows dropped;      /* conversions of tables that are gone, closed by this command */
    int not_done_count, not_done_room;
    const char **not_done;                    /* names of what failed or was refused */
    enum urgency state_urgency, next_urgency; /* of which table these are */
    const char *state;                        /* for EVENT_EXIT */
    const char *next_command;                 /* likewise */
};

/* tell.c: events */
void tell(struct engine *g, struct event *event);
void tell_notice(struct engine *g, const char *target, const char *fmt, ...) PRINTF_LIKE(3, 4);
void tell_error(struct engine *g, const char *target, const struct err *e);
const char *tell_finding_text(struct arena *a, const struct finding *f);
/* grouped: a warning that warnings_tell will tell together with those of others. */
void tell_finding(struct engine *g, const char *target, const struct finding *finding, bool grouped);
void tell_phase(struct engine *g, const struct table *t, enum phase phase, bool end, double seconds);
/* "pgwiden -d shop run public.orders.id --yes" */
const char *tell_command(struct engine *g, const char *command, const char *arguments, const char *options);

/* Names joined by ", " as arguments, with what the shell needs. */
const char *tell_arguments(struct engine *g, const char *names);

/* outcome.c: what a command says at its beginning and end */
/* How a table ended, for EVENT_EXIT: its state, and the command that goes on ("": none). */
void tell_next(struct engine *g, const struct table *t, enum urgency urgency, const char *state,
               const char *command, const char *options);
/* A table that was not done counts for the exit status, which is the worst of all: 5, 1, 3, 4, 6. A refused
 * one that is not named counts as failed. */
void outcome_failed(struct engine *g, const struct table *t, enum err_kind kind);
/* The command that goes on where this one ended: itself, as far as it was to go. */
void outcome_again(struct engine *g, const struct table *t);
/* What an error has left as it was, what is done and kept, and the next command. */
void outcome_explain(struct engine *g, struct table *t, struct err *e);
/* Likewise when nothing was begun yet by this command. Always false. */
bool outcome_explain_start(struct engine *g, const struct table *t, struct err *e);
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

/* dropped.c */
/* Closes the open conversions of tables that were dropped, and says so; with --forget their history goes. */
bool dropped_close(struct engine *g, struct err *e) MUST_CHECK;
/* This command has closed the conversion of a table that was called so. */
bool dropped_was(const struct engine *g, const struct target_name *name);

/* find.c: names and patterns to columns, less --exclude; tells what is left out. Sets several, arguments. */
bool find_targets(struct engine *g, struct found_list *out, struct err *e) MUST_CHECK;
/* A notice, "left out, no primary key: a.b, ..": 11 names at most, or 10 and how many more; all with -v. */
void find_tell_list(struct engine *g, const char *what, int count, const char *const *names);
/* targets.c: looks the targets up, joins those of one table, finds open conversions */
bool targets_find(struct engine *g, struct err *e) MUST_CHECK;
/* The columns that are still to be widened. */
struct target_list targets_narrow(struct engine *g, const struct table *t);
/* Are the table and its columns still called as they were found? t->arguments are the new names then. */
bool targets_check_names(struct engine *g, struct table *t, struct err *e) MUST_CHECK;
/* Looks a table's targets and conversion up again, under its advisory lock. */
bool targets_refresh(struct engine *g, struct table *t, struct err *e) MUST_CHECK;
/* Its conversion alone. */
bool targets_load(struct engine *g, struct table *t, struct err *e) MUST_CHECK;
/* An open conversion can't go on where nothing can be written, or through a pooler: ERR_REFUSED. The others'
 * preflight says so. */
bool targets_check_server(struct engine *g, struct err *e) MUST_CHECK;
/* Preflight of every table without an open conversion; tells all findings. False: refused (told), or failed.
 */
bool targets_preflight(struct engine *g, struct err *e) MUST_CHECK;
/* What has come since an open conversion was begun and can't be carried: ERR_FAILED. --allow was given at its
 * beginning. */
bool targets_preflight_open(struct engine *g, struct table *t, struct err *e) MUST_CHECK;
/* Does a finding stop a conversion that is open already? */
bool targets_is_obstacle(const struct finding *f);
/* The same from the last capture alone. */
bool targets_check_captured(struct engine *g, struct table *t, struct err *e) MUST_CHECK;
/* ERR_REFUSED when t->findings has any refusal. */
bool targets_check_refusals(const struct table *t, struct err *e) MUST_CHECK;
/* Is one of its refusals about the server or the way to it, and so about every table? */
bool targets_refused_by_server(const struct table *t);
/* One of a pattern's that can't be worked on is told, and left out from then on. False: it is named, or the
 * others can't go on either. */
bool targets_leave_out(struct engine *g, struct table *t, struct err *e) MUST_CHECK;
/* One table's once more, under its advisory lock and before anything is changed. */
bool targets_preflight_again(struct engine *g, struct table *t, struct err *e) MUST_CHECK;

/* warnings.c: warnings of preflight that several tables of a pattern have in common, a line for all */
bool warnings_are_grouped(const struct engine *g, const struct table *t);
void warnings_tell(struct engine *g);

/* rehearse.c: tries the texts that will be run again; what does not work is added to t->findings. */
bool rehearse_texts(struct engine *g, struct table *t, struct err *e) MUST_CHECK;
/* Is this left to the moment when its conversion is opened? A single table's is opened right after preflight;
 * one of a pattern's may be left out then as well. */
bool rehearse_later(const struct engine *g, const struct table *t);
/* The same in the transaction that opens the conversion: what is found is told. */
bool rehearse_opened(struct engine *g, struct table *t, struct err *e) MUST_CHECK;

/* control.c: what a running instance hears */
/* Listens for the table's conversion from now on, if one is open; what is heard counts when it returns. */
bool control_listen(struct engine *g, const struct table *t, struct err *e) MUST_CHECK;
bool control_begin_phase(struct engine *g, enum phase phase, const char *application,
                         struct err *e) MUST_CHECK;
bool control_ask(struct engine *g, struct err *e) MUST_CHECK; /* at once, and waits for the answer */
bool control_gate(void *context, const char *object, struct err *e) MUST_CHECK; /* steering.gate */
/* Who asked for the stop that e is about. */
void control_explain(struct engine *g, struct err *e);
void control_rest(struct engine *g); /* listens no more; settings are as given again */
void control_close(struct engine *g);

/* turn.c: waits before the index builds until the backfills of others are done, as long as its own took at
 * most. */
bool turn_await(struct engine *g, struct table *t, struct err *e) MUST_CHECK;

/* decide.c: waits until the swap may be tried: somebody said so, nobody holds it, and in its window */
bool decide_swap(struct engine *g, struct table *t, struct apply *a, struct err *e) MUST_CHECK;
/* A person is asked, once. */
bool decide_ask(struct engine *g, struct table *t, struct err *e) MUST_CHECK;
/* ERR_REFUSED outside of --swap-window: a rehearsal takes the swap's lock, and does not wait. */
bool decide_in_window(struct engine *g, struct err *e) MUST_CHECK;
bool decide_goes(void *context, struct err *e) MUST_CHECK; /* steering.goes */

/* steer.c: pause, resume, stop, set */
bool steer(struct engine *g, struct engine_report *report, struct err *e) MUST_CHECK;
bool steer_settings(struct engine *g, const char *conversion, int *count, const struct setting_report **out,
                    struct err *e) MUST_CHECK;

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
/* Before any is begun: has every named table come as far as the command needs? */
bool convert_check_order(struct engine *g, struct err *e) MUST_CHECK;
bool convert_table(struct engine *g, struct table *t, struct err *e) MUST_CHECK;
struct backfill_request;
/* What it asks core/backfill for, in the phase that it is in. */
void table_backfill(const struct engine *g, const struct table *t, struct backfill_request *out);
/* hold.c: before a statement of the phases index and verify: waits while its signals hold. */
bool hold_gate(struct engine *g, const char *object, struct err *e) MUST_CHECK;
/* swap.c: phase swap: everything before the message, the message, what follows it */
bool swap_phase(struct engine *g, struct table *t, struct apply *a, struct err *e) MUST_CHECK;
/* swap --rehearse: the message is run, measured and rolled back. */
bool swap_rehearse(struct engine *g, struct table *t, struct apply *a, struct err *e) MUST_CHECK;
/* verify.c: new foreign DDL caught up with, sweep, proof; again when the proof fails. Also the swap's first
 * part. */
bool verify_phase(struct engine *g, struct table *t, struct apply *a, struct err *e) MUST_CHECK;

/* exhausted.c: while the backfill runs, its events go through exhausted_listen */
struct exhausted {
    struct engine *engine;
    const char *target;
    const char *params[1];
    char relid[16];
    bool idle, told; /* idle: no answer is to come */
    double asked;    /* loop_now() */
    double eta;      /* seconds, when that was asked */
};
void exhausted_begin(struct exhausted *x, struct engine *g, const struct table *t);
void exhausted_listen(void *context, const struct event *event);
void exhausted_end(struct exhausted *x);

/* undo.c: abort, and --forget */
bool undo_check_swapped(struct engine *g, const struct table *t, struct err *e) MUST_CHECK; /* not yet */
bool undo_table(struct engine *g, struct table *t, struct err *e) MUST_CHECK;
bool undo_forget(struct engine *g, struct table *t, struct err *e) MUST_CHECK;
/* A build that was ended has left an INVALID index: it is dropped, or e says that it stays. */
void undo_invalid(struct engine *g, const struct table *t, struct err *e);

/* begin.c: sessions and the apply value of one table */
double begin_patience(const struct engine *g); /* ms that all tries for a lock may last together */
bool begin_table(struct engine *g, struct table *t, struct apply *a, struct err *e) MUST_CHECK;
bool begin_phase(struct engine *g, struct table *t, struct apply *a, enum phase phase,
                 struct err *e) MUST_CHECK;
/*
 * Was it done so short a time ago that it need not be done again? A table that goes through all phases within
 * a second or two is looked at once less in each; what others change meanwhile is found before the swap,
 * which always looks.
 */
bool begin_is_fresh(const struct engine *g, double since);
/* Reads the definitions again, but when that was done a moment ago. */
bool begin_capture(struct engine *g, struct table *t, struct apply *a, struct err *e) MUST_CHECK;
bool begin_steps(struct apply *a, enum phase phase,
                 struct err *e) MUST_CHECK; /* all steps of a phase but the loops */
/*
 * What the definitions name was dropped or renamed under our eyes, as a conversion of the table at the other
 * end of a foreign key does it. True after a moment, a few times: they are to be read anew. Else *e stays.
 */
bool begin_overtaken(struct engine *g, struct table *t, int *times, struct err *e);
/* Those of phase index; a build that lost a deadlock is made again. */
bool begin_indexes(struct engine *g, struct table *t, struct apply *a, struct err *e) MUST_CHECK;

/* plan_report.c, status_report.c */
void standby_report(struct engine *g, struct engine_report *report);
bool plan_report(struct engine *g, struct engine_report *report, struct err *e) MUST_CHECK;
bool status_report(struct engine *g, struct engine_report *report, struct err *e) MUST_CHECK;
bool status_check(struct engine *g, struct engine_report *report); /* true: every target is there */

#endif
