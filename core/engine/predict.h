/*
 * From what a conversion took on a copy to what it will take on the table: ranges. Pure.
 */
#ifndef ENGINE_PREDICT_H
#define ENGINE_PREDICT_H

#include "base/figures.h"
#include "base/settings.h"
#include "engine/engine.h"

/* The table at hand. */
struct predict_table {
    double factor; /* how many times as large as the copy it is */
    double rows, heap_bytes, index_bytes;
    int leaves, indexes;
    double swap_ms; /* how long its swap will hold its lock, by rule of thumb */
    int foreign_keys;
};

/* Fills in phases, total (up to phase `last`) and lock_ms of out; logged is read. */
void predict(const struct figures *f, const struct predict_table *t, const struct figures_server *server,
             const struct settings *pace, enum phase last, struct rehearsal_report *out);

#endif
