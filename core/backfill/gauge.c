#include "backfill/gauge.h"

void gauge_want(struct gauge *g, double now, bool wanted)
{
    if (wanted != g->wanted)
        *g = (struct gauge){.wanted = wanted, .measured_at = now};
}

void gauge_measure(struct gauge *g, double now, double value)
{
    g->known = true;
    g->value = value;
    g->measured_at = now;
}

bool gauge_judge(struct gauge *g, double now, double limit, double release, bool asked)
{
    bool stale = g->wanted && now - g->measured_at >= GAUGE_BLIND_MS;

    g->blind = stale && asked;
    if (stale && !asked)
        g->known = g->over = false;
    if (g->known)
        g->over = g->value >= (g->over ? limit * release : limit);
    return g->over || g->blind;
}
