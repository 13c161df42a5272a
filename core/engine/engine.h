/*
 * The commands over their targets: preflight, phases in order, abort, status. The only header of core's upper
 * floors that cmd/ includes. Its only calls upwards are the listener and decide().
 */
#ifndef ENGINE_ENGINE_H
#define ENGINE_ENGINE_H

#include "base/arena.h"
#include "base/err.h"
#include "base/event.h"
#include "base/figures.h"
#include "base/settings.h"

enum command {
    COMMAND_PLAN,
    COMMAND_RUN,
    COMMAND_PREPARE,
    COMMAND_BACKFILL,
    COMMAND_INDEX,
    COMMAND_VERIFY,
    COMMAND_SWAP,
    COMMAND_CLEANUP,
    COMMAND_ABORT,
    COMMAND_STATUS,
    COMMAND_PAUSE,
    COMMAND_RESUME,
    COMMAND_STOP,
    COMMAND_SET
};

/* Asked before a swap when --yes was not given. */
enum decision {
    DECISION_PENDING, /* no answer yet */
    DECISION_GO,
    DECISION_NO,
    DECISION_NOBODY /* no terminal to ask on */
};

/* A setting's name (base/tunable.h) and its value in canonical form, NULL: as it was given again; or swap and
 * go, hold. */
struct assignment {
    const char *name, *value;
};

struct engine_request {
    enum command command;
    const char
        *command_line; /* "pgwiden -d shop", to print next commands: everything before the command word */
    int target_count;
    const char *const *targets; /* as written */
    bool check;                 /* status --check */
    const char *given;          /* names of the options that the command line gives, joined by commas */
    int assignment_count;       /* set: KEY=VALUE */
    const struct assignment *assignments;
    int rehearsed_count; /* plan --rehearsed: figures of a copy */
    const struct figures_of *rehearsed;
    const struct settings *settings;
    event_listener *listener;
    /* Asks a person about the swap of target: called again and again while it returns DECISION_PENDING, which
     * takes a moment at most. target NULL: the question is taken back. */
    enum decision (*decide)(void *context, const char *target);
    void *context; /* of listener and decide */
};

/* What plan found out about one table (one conversion). Everything lives in the request's arena. */
struct plan_statement {
    enum phase phase;
    const char *step, *object, *statement;
    const char *lock; /* "" when none */
};
struct plan_column {
    const char *name; /* schema.table.column, quoted */
    const char *type; /* integer, smallint, bigint */
};
/* What is expected of a phase: between low and high. */
struct range {
    double low, high;
};
struct rehearsal_phase {
    bool expected;                            /* false: there are no figures to scale */
    struct range seconds, wal, heap, indexes; /* bytes; of heap and indexes what they grow by */
    struct figures_phase copy;                /* what it took there */
};
/* A conversion as it went on a copy, scaled to the table. */
struct rehearsal_report {
    const char *source;                                /* "sample", or the file of figures */
    const char *failed;                                /* "" or why there is nothing to expect */
    int64_t rows;                                      /* of the copy */
    double factor;                                     /* how many times as large the table is */
    bool logged;                                       /* false: the copy wrote no WAL; it is estimated */
    int foreign_keys, views;                           /* that were left out of it */
    struct rehearsal_phase phases[PHASE_COUNT], total; /* total: of the phases that the command runs */
    struct range lock_ms;
};
struct plan_report {
    int column_count;
    const struct plan_column *columns;
    const char *relation;
    const char *note;  /* "" or why there is nothing to do: is bigint already .. */
    const char *phase; /* "" when nothing was begun, else where the open conversion stands */
    int64_t rows, heap_bytes, index_bytes;
    int index_count;
    int64_t sequence_last, sequence_limit; /* 0: no sequence */
    const char *sequence;
    struct plan_disk { /* more bytes than now, by rule of thumb */
        int64_t heap, heap_worst, index, sort, wal;
    } disk; /* heap_worst: while an old snapshot keeps every row version; sort: temporary files */
    int finding_count, refusal_count;
    const struct plan_finding {
        const char *code, *object, *reason, *hint;
        bool refuses;
    } * findings;
    int statement_count;
    const struct plan_statement *statements;
    const char *fingerprint; /* 8 hex digits, "" when refused */
    const char *next_command;
    const struct rehearsal_report *rehearsal; /* NULL: there was none */
};

struct setting_report {
    const char *name, *value;
    const char *set_by, *set_at; /* "": as given, or the default */
};

/* One conversion, or one target of --check. */
struct status_report {
    const char *target; /* schema.table.column[, column..], quoted */
    const char *type;   /* of the column now */
    const char *phase;  /* "" when there is no conversion */
    const char *state;  /* running, stopped (nobody runs it), ready, swapped, done, aborted, "not yet", .. */
    bool open, swapped, running, ok; /* ok: --check's answer */
    double percent;                  /* of blocks, in the backfill */
    int64_t rows_done;
    double rows_per_second, eta_seconds; /* negative: not known */
    double hot_ratio;                    /* likewise; of the backfill's updates */
    const char *sweep;                   /* why the backfill goes in one pass; "", NULL */
    double exhausted_seconds;            /* until the ids run out at the rate so far; negative: not known */
    double lock_held_ms;                 /* of the swap, 0 before it */
    int throttle_count;                  /* what holds up the backfill of the instance that runs it */
    const struct throttle *throttles;
    const char *who; /* host and process that runs it, or ran it last */
    const char *started_at, *updated_at, *finished_at;
    const char *paused_at, *paused_by; /* "": it is not paused */
    const char *ready_since;           /* verified, and the swap waits; "" */
    bool held;                         /* for swap=go */
    const char *waits_for; /* "pid 23117 (reporting, idle in transaction, 4:12)", "swap=go", ..; "" */
    int setting_count;     /* as changed by `set` */
    const struct setting_report *settings;
    const char *next_command; /* "" when nothing is left to do */
};

/* set: one conversion's settings. */
struct settings_report {
    const char *target;
    bool running;
    const char *who;                   /* runs it; "" when nobody does */
    const char *paused_at, *paused_by; /* "": it is not paused */
    int count;
    const struct setting_report *settings;
};

/* A standby or slot, and whether its lag holds up the backfill. */
struct plan_standby {
    const char *name, *kind; /* kind: standby, slot */
    double seconds;
    int64_t bytes; /* -1: not known */
    bool counted;
    const char *why; /* it is not; "" */
};

struct engine_report {
    const char *database, *host, *server_version;
    int plan_count;
    const struct plan_report *plans; /* plan, and run --dry-run */
    int standby_count;
    const struct plan_standby *standbys; /* plan */
    int status_count;
    const struct status_report *statuses; /* status */
    int settings_count;
    const struct settings_report *settings; /* set */
    int figures_count;
    const struct figures_of *figures; /* run --save-figures: of the tables that were worked on */
};

/*
 * Runs one command. Returns the exit status (CLI.md). Failures have gone to the listener as EVENT_ERROR by
 * then (several when several targets are refused), and a run's last event is EVENT_EXIT. The report lives in
 * a.
 */
int engine_run(const struct engine_request *request, struct arena *a, struct engine_report *report);

/* pause, resume, stop, set: asks of an instance elsewhere, converts nothing itself */
bool engine_steers(enum command c);
/* Is there a refusal or warning of this name (--allow)? *allowable: --allow takes it. */
bool engine_knows_check(const char *code, bool *allowable);

#endif
