#include "engine/predict.h"

#include <math.h>

void predict(const struct figures *f, const struct predict_table *t, const struct figures_server *server,
             const struct settings *pace, enum phase last, struct rehearsal_report *out)
{
    (void)server;
    (void)pace;
    for (enum phase p = PHASE_PREPARE; p < PHASE_COUNT; p++) {
        const struct figures_phase *m = &f->phases[p];
        out->phases[p] = (struct rehearsal_phase){
            .expected = m->measured,
            .seconds = {m->seconds, m->linear + m->sorted},
            .wal = {m->wal_bytes, m->wal_bytes * t->factor},
            .heap = {m->heap_bytes, m->heap_bytes * t->factor},
            .indexes = {m->index_bytes, m->index_bytes * t->factor},
        };
        if (p <= last)
            out->total.seconds.high += m->seconds;
    }
    out->lock_ms = (struct range){f->lock_held_ms, t->swap_ms};
}
