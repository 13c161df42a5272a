/*
 * "Did you mean": the known word nearest to a mistyped one. Pure.
 */
#ifndef CMD_NEAREST_H
#define CMD_NEAREST_H

struct nearest {
    const char *word; /* as typed */
    const char *best; /* one of the offered ones, not copied */
    int distance;
};

void nearest_init(struct nearest *n, const char *word);
void nearest_offer(struct nearest *n, const char *candidate);
/* NULL when nothing offered is near enough to be worth a hint. */
const char *nearest_best(const struct nearest *n);

#endif
