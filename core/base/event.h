/*
 * What core tells while it works. Core never prints: a listener (text, JSON, live line) is called with each
 * event. Everything an event points to lives only during the call.
 */
#ifndef BASE_EVENT_H
#define BASE_EVENT_H

#include "base/err.h"
#include "base/phase.h"
#include "base/throttle.h"

#include <stdbool.h>
#include <stdint.h>

enum event_kind {
    EVENT_START,
    EVENT_PHASE,
    EVENT_PROGRESS,
    EVENT_LOCK_WAIT,
    EVENT_READY, /* verified; the swap waits for a decision */
    EVENT_SWAP,
    EVENT_REHEARSED, /* the swap was run and rolled back; its figures are swap's */
    EVENT_WARNING,
    EVENT_WARNINGS,  /* what EVENT_WARNING has said of several tables, together: for people, not for programs
                      */
    EVENT_NOTICE,    /* a message without a code: what goes on, "already bigint", what to run next */
    EVENT_STATEMENT, /* sent to the server (for --echo), after its answer */
    EVENT_ERROR,
    EVENT_DONE,
    EVENT_EXIT /* last, whatever ended the command */
};

struct blocker {
    int pid;
    const char *application;
    const char *user;
    const char *state;
    const char *query; /* cut by the server to 80 characters */
    double seconds;    /* age of its transaction */
};

struct event {
    enum event_kind kind;
    const char *target; /* schema.table.column, quoted as to paste; NULL when the event is not about one */
    double time;        /* Unix time, seconds */
    union {
        struct {
            const char *server_version; /* "15.20" */
            const char *database;
            const char *host; /* host:port or the socket's directory */
            bool resumed;
            const char *type; /* the column's type before: "integer", "smallint" */
        } start;
        struct {
            enum phase phase;
            bool end; /* false: it begins */
            double seconds;
        } phase;
        struct {
            enum phase phase;
            const char *what; /* "building index orders_pkey", "" in the backfill */
            int64_t rows_done, rows_total;
            int64_t blocks_done, blocks_total;
            double rows_per_second; /* over the last seconds */
            double mean_rows_per_second;
            double eta_seconds; /* negative: not known */
            int64_t chunk_rows;
            double chunk_ms; /* p90 */
            double
                hot_ratio; /* of the backfill's updates, those that touched no index; negative: not known */
            const char
                *sweep; /* why it is swept otherwise than it should: who holds the xmin horizon; NULL, "" */
            int throttle_count; /* what holds it up now */
            const struct throttle *throttles;
        } progress;
        struct {
            const char *relation;
            const char *lock_mode;
            int attempt, attempts; /* 0 of 0: a lock that nobody waits behind, no tries */
            double next_ms;        /* pause before the next try */
            int count;
            const struct blocker *blockers;
        } lock_wait;
        struct {
            double lock_held_ms, lock_wait_ms;
            int attempts;
        } swap;
        struct {
            const char *code; /* warnings only */
            const char *message;
            bool grouped; /* a warning that is told once more with those of other tables, by EVENT_WARNINGS */
        } message;
        struct {
            const char *object, *statement;
            double ms;
        } statement;
        const struct err *error;
        struct {
            int64_t rows;
            double seconds, rows_per_second;
            int64_t wal_bytes, size_before, size_after;
            double lock_held_ms;
            const char *outcome;  /* "public.orders.id is bigint" */
            const char *rollback; /* what keeps the way back, "" after cleanup */
        } done;
        struct {
            int status;
            const char *state;        /* done, prepared, stopped, failed, refused, ready, .. */
            const char *next_command; /* "" when there is nothing left to do */
        } exit;
    } u;
};

typedef void event_listener(void *context, const struct event *event);

#endif
