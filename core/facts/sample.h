/*
 * A copy of a table in schema pgwiden, with real rows, to rehearse on. It is marked so that whoever comes
 * later can take it away.
 */
#ifndef FACTS_SAMPLE_H
#define FACTS_SAMPLE_H

#include "base/arena.h"
#include "base/err.h"
#include "io/session.h"

struct sample {
    uint32_t relid;          /* 0: there is none */
    bool nothing;            /* the table has no partition that could be copied: that is no failure */
    const char *name;        /* bare, in schema pgwiden */
    bool logged;             /* false: it is UNLOGGED, and writes no WAL */
    bool whole;              /* all rows were copied */
    int leaves;              /* of the table; the copy is of the largest one */
    int64_t rows;            /* copied */
    double factor;           /* how many times as large the table is: blocks to those that were read */
    int foreign_keys, views; /* that the copy has not */
};

/*
 * Makes the copy of table relid (about `table_rows` rows) with about `wanted` rows, packed as the table is.
 * Schema pgwiden comes and goes with it. What was made before a failure is in *out: sample_drop.
 */
struct sample_request {
    struct session *session;
    struct loop *loop; /* a stop ends the copying at once */
    uint32_t relid;
    int64_t wanted, table_rows;
    double patience; /* ms, for locks */
};
bool sample_make(const struct sample_request *r, struct arena *a, struct sample *out,
                 struct err *e) MUST_CHECK;
/*
 * Triggers of the user's sleep in this session from now on where the role may have it so, event triggers as
 * well; *awake: the names of event triggers that would fire all the same, NULL: none. sample_wake: as before.
 */
bool sample_silence(struct session *s, struct arena *a, const char **awake, struct err *e) MUST_CHECK;
void sample_wake(struct session *s);
/* Waits so long (ms) for whoever reads the copy or schema pgwiden, a dump for example. */
bool sample_drop(struct session *s, uint32_t relid, double patience, struct err *e) MUST_CHECK;
/* Takes away what rehearsals left that were killed. */
bool sample_drop_leftovers(struct session *s, struct loop *l, struct err *e) MUST_CHECK;

#endif
