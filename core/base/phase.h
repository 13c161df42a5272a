/*
 * The phases of a conversion, in order. Names as in CLI.md and in pgwiden.conversion.phase.
 */
#ifndef BASE_PHASE_H
#define BASE_PHASE_H

enum phase {
    PHASE_PREPARE,
    PHASE_BACKFILL,
    PHASE_INDEX,
    PHASE_VERIFY,
    PHASE_SWAP,
    PHASE_CLEANUP,
    PHASE_COUNT
};

const char *phase_name(enum phase p);
/* PHASE_COUNT when there is no such phase. */
enum phase phase_by_name(const char *name);

#endif
