/*
 * The file of figures: run --save-figures writes it, plan --rehearsed reads it.
 */
#ifndef CMD_FIGURES_H
#define CMD_FIGURES_H

#include "base/arena.h"
#include "base/err.h"
#include "cmd/options.h"

/* The file while the run works; path NULL: none was asked for. */
struct figures_file {
    const char *path;
    int fd;
    bool made; /* it was not there before */
};

/* Finds out that it can be written, before anything is done; what it holds stays. */
bool figures_open(const struct options *o, struct figures_file *f, struct err *e) MUST_CHECK;
/* Writes what was measured; when nothing was, the file is as it was before. */
bool figures_close(struct figures_file *f, const struct engine_report *report, const struct options *o,
                   struct err *e) MUST_CHECK;
/* ERR_USAGE when it can't be read or is none of ours. */
bool figures_read(struct arena *a, const char *path, struct engine_request *request,
                  struct err *e) MUST_CHECK;

#endif
