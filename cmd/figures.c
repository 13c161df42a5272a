#include "cmd/figures.h"

#include "cmd/json_value.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FORMAT = 1 };
static const char *const kind = "pgwiden figures";

/* --- writing --- */

bool figures_open(const struct options *o, struct figures_file *f, struct err *e)
{
    *f = (struct figures_file){.path = o->settings.save_figures, .fd = -1};
    if (f->path == NULL)
        return true;
    if (o->settings.dry_run) {
        err_set(e, ERR_USAGE, "--save-figures does not go with --dry-run");
        return err_hint(e, "A dry run prints what it expects; figures are those of a run on a copy of the "
                           "database.");
    }
    f->made = access(f->path, F_OK) != 0;
    f->fd = open(f->path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    if (f->fd >= 0)
        return true;
    err_set(e, ERR_FAILED, "could not open \"%s\": %s", f->path, strerror(errno));
    return err_detail(e, "It was to be written by --save-figures. Nothing was changed.");
}

static json_t *phase_object(enum phase p, const struct figures_phase *m)
{
    return json_pack("{s:s, s:f, s:f, s:f, s:f, s:f, s:f, s:f}", "phase", phase_name(p), "seconds",
                     m->seconds, "linear_seconds", m->linear, "sorted_seconds", m->sorted, "sampled_seconds",
                     m->sampled, "wal_bytes", m->wal_bytes, "heap_growth_bytes", m->heap_bytes,
                     "index_growth_bytes", m->index_bytes);
}

static json_t *table_object(const struct figures_of *t, const struct options *o)
{
    const struct figures *f = &t->figures;
    json_t *object = json_object(), *phases = json_array();

    json_object_set_new(object, "relation", json_value_text(t->relation));
    json_object_set_new(object, "columns", json_value_text(t->columns));
    json_object_set_new(object, "rows", json_integer(f->rows));
    json_object_set_new(object, "heap_bytes", json_integer(f->heap_bytes));
    json_object_set_new(object, "index_bytes", json_integer(f->index_bytes));
    json_object_set_new(object, "jobs", json_integer(f->jobs));
    json_object_set_new(object, "chunk_size", json_integer(o->settings.chunk_size));
    json_object_set_new(object, "chunk_time_ms", json_real(o->settings.chunk_time));
    json_object_set_new(object, "lock_held_ms", json_real(f->lock_held_ms));
    for (enum phase p = PHASE_PREPARE; p < PHASE_COUNT; p++)
        if (f->phases[p].measured)
            json_array_append_new(phases, phase_object(p, &f->phases[p]));
    json_object_set_new(object, "phases", phases);
    return object;
}

static bool is_measured(const struct figures *f)
{
    for (enum phase p = PHASE_PREPARE; p < PHASE_COUNT; p++)
        if (f->phases[p].measured)
            return true;
    return false;
}

static json_t *whole(const struct engine_report *report, const struct options *o)
{
    json_t *object = json_object(), *tables = json_array();

    json_object_set_new(object, "kind", json_string(kind));
    json_object_set_new(object, "format", json_integer(FORMAT));
    json_object_set_new(object, "pgwiden", json_string(PGWIDEN_VERSION));
    json_object_set_new(object, "server_version", json_value_text(report->server_version));
    for (int i = 0; i < report->figures_count; i++)
        if (is_measured(&report->figures[i].figures))
            json_array_append_new(tables, table_object(&report->figures[i], o));
    json_object_set_new(object, "tables", tables);
    return object;
}

/* In place of what the file held. */
static bool write_all(int fd, const char *text)
{
    size_t left = strlen(text);

    if (ftruncate(fd, 0) != 0 && errno != EINVAL)
        return false;
    while (left > 0) {
        ssize_t n = write(fd, text, left);

        if (n <= 0)
            return false;
        text += n;
        left -= (size_t)n;
    }
    return true;
}

bool figures_close(struct figures_file *f, const struct engine_report *report, const struct options *o,
                   struct err *e)
{
    bool ok = true;

    if (f->path == NULL)
        return true;

    json_t *object = whole(report, o);
    char *text = json_dumps(object, JSON_INDENT(2) | JSON_REAL_PRECISION(6));

    if (json_array_size(json_object_get(object, "tables")) > 0)
        ok = text != NULL && write_all(f->fd, text);
    else if (f->made)
        unlink(f->path);
    if (close(f->fd) != 0 || !ok)
        ok = err_set(e, ERR_FAILED, "could not write \"%s\": %s", f->path, strerror(errno));
    free(text);
    json_decref(object);
    return ok;
}

/* --- reading --- */

static double number(const json_t *object, const char *key)
{
    return json_number_value(json_object_get(object, key));
}

static const char *text_of(struct arena *a, const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return arena_strdup(a, text == NULL ? "" : text);
}

static void read_phase(const json_t *object, struct figures *f)
{
    const char *name = json_string_value(json_object_get(object, "phase"));
    enum phase p = name == NULL ? PHASE_COUNT : phase_by_name(name);

    if (p == PHASE_COUNT)
        return;
    f->phases[p] = (struct figures_phase){.measured = true,
                                          .seconds = number(object, "seconds"),
                                          .linear = number(object, "linear_seconds"),
                                          .sorted = number(object, "sorted_seconds"),
                                          .sampled = number(object, "sampled_seconds"),
                                          .wal_bytes = number(object, "wal_bytes"),
                                          .heap_bytes = number(object, "heap_growth_bytes"),
                                          .index_bytes = number(object, "index_growth_bytes")};
}

static bool read_table(struct arena *a, const json_t *object, struct figures_of *out)
{
    const json_t *phases = json_object_get(object, "phases");

    *out = (struct figures_of){.relation = text_of(a, object, "relation"),
                               .columns = text_of(a, object, "columns")};
    out->figures.rows = (int64_t)number(object, "rows");
    out->figures.heap_bytes = (int64_t)number(object, "heap_bytes");
    out->figures.index_bytes = (int64_t)number(object, "index_bytes");
    out->figures.jobs = (int)number(object, "jobs");
    out->figures.lock_held_ms = number(object, "lock_held_ms");
    for (size_t i = 0; i < json_array_size(phases); i++)
        read_phase(json_array_get(phases, i), &out->figures);
    return *out->relation != '\0' && is_measured(&out->figures);
}

static bool read_tables(struct arena *a, const json_t *file, struct engine_request *request)
{
    const char *what = json_string_value(json_object_get(file, "kind"));
    const json_t *tables = json_object_get(file, "tables");
    size_t count = json_array_size(tables);
    struct figures_of *list = arena_alloc(a, (count + 1) * sizeof *list);

    if (what == NULL || strcmp(what, kind) != 0 || count == 0 || number(file, "format") != FORMAT)
        return false;
    for (size_t i = 0; i < count; i++)
        if (!read_table(a, json_array_get(tables, i), &list[i]))
            return false;
    request->rehearsed = list;
    request->rehearsed_count = (int)count;
    return true;
}

bool figures_read(struct arena *a, const char *path, struct engine_request *request, struct err *e)
{
    json_error_t problem;
    json_t *file;
    bool ok = true;

    if (path == NULL)
        return true;
    if (access(path, R_OK) != 0)
        return err_set(e, ERR_USAGE, "could not open \"%s\": %s", path, strerror(errno));
    file = json_load_file(path, 0, &problem);
    if (file == NULL) {
        err_set(e, ERR_USAGE, "\"%s\" is no file of figures: line %d: %s", path, problem.line, problem.text);
        ok = false;
    } else if (!read_tables(a, file, request)) {
        ok = err_set(e, ERR_USAGE, "\"%s\" is no file of figures", path);
    }
    if (!ok)
        err_hint(e, "It is what \"pgwiden run --save-figures\" wrote on a copy of the database.");
    json_decref(file);
    return ok;
}
