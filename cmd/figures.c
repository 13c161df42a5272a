#include "cmd/figures.h"

#include "cmd/encoding.h"
#include "cmd/json_value.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FORMAT = 1, MOST_FILE = 64 << 20 };
static const char *const kind = "pgwiden figures";
static const double most_seconds = 1e10, most_bytes = 1e17, most_rows = 1e15, most_jobs = 1000;

/* --- writing --- */

bool figures_open(const struct options *o, struct figures_file *f, struct err *e)
{
    struct stat s;

    *f = (struct figures_file){.path = o->settings.save_figures, .fd = -1};
    if (f->path == NULL)
        return true;
    if (o->settings.dry_run) {
        err_set(e, ERR_USAGE, "--save-figures does not go with --dry-run");
        return err_hint(e, "A dry run prints what it expects; figures are those of a run on a copy of the "
                           "database.");
    }
    f->made = lstat(f->path, &s) != 0;
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

/* A number that is in its range: what is none, or another one, was not written by us. */
static double number(const json_t *object, const char *key, double low, double high, bool *ok)
{
    const json_t *value = json_object_get(object, key);
    double d = json_number_value(value);

    *ok = *ok && json_is_number(value) && d >= low && d <= high;
    return *ok ? d : low;
}

static const char *text_of(struct arena *a, const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return arena_strdup(a, text == NULL ? "" : encoding_from_utf8(a, text));
}

static bool read_phase(const json_t *object, struct figures *f)
{
    const char *name = json_string_value(json_object_get(object, "phase"));
    enum phase p = name == NULL ? PHASE_COUNT : phase_by_name(name);
    bool ok = p != PHASE_COUNT;

    if (ok)
        f->phases[p] = (struct figures_phase){
            .measured = true,
            .seconds = number(object, "seconds", 0, most_seconds, &ok),
            .linear = number(object, "linear_seconds", 0, most_seconds, &ok),
            .sorted = number(object, "sorted_seconds", 0, most_seconds, &ok),
            .sampled = number(object, "sampled_seconds", 0, most_seconds, &ok),
            .wal_bytes = number(object, "wal_bytes", 0, most_bytes, &ok),
            .heap_bytes = number(object, "heap_growth_bytes", -most_bytes, most_bytes, &ok),
            .index_bytes = number(object, "index_growth_bytes", -most_bytes, most_bytes, &ok)};
    return ok;
}

static bool read_table(struct arena *a, const json_t *object, struct figures_of *out)
{
    const json_t *phases = json_object_get(object, "phases");
    bool ok = true;

    *out = (struct figures_of){.relation = text_of(a, object, "relation"),
                               .columns = text_of(a, object, "columns")};
    out->figures.rows = (int64_t)number(object, "rows", 0, most_rows, &ok);
    out->figures.heap_bytes = (int64_t)number(object, "heap_bytes", 0, most_bytes, &ok);
    out->figures.index_bytes = (int64_t)number(object, "index_bytes", 0, most_bytes, &ok);
    out->figures.jobs = (int)number(object, "jobs", 1, most_jobs, &ok);
    out->figures.lock_held_ms = number(object, "lock_held_ms", 0, most_seconds, &ok);
    for (size_t i = 0; i < json_array_size(phases); i++)
        ok = read_phase(json_array_get(phases, i), &out->figures) && ok;
    return ok && *out->relation != '\0' && is_measured(&out->figures);
}

static bool read_tables(struct arena *a, const json_t *tables, struct engine_request *request)
{
    size_t count = json_array_size(tables);
    struct figures_of *list = arena_alloc(a, (count + 1) * sizeof *list);

    for (size_t i = 0; i < count; i++)
        if (!read_table(a, json_array_get(tables, i), &list[i]))
            return false;
    request->rehearsed = list;
    request->rehearsed_count = (int)count;
    return count > 0;
}

static bool read_file(struct arena *a, const char *path, const json_t *file, struct engine_request *request,
                      struct err *e)
{
    const char *what = json_string_value(json_object_get(file, "kind"));
    const json_t *format = json_object_get(file, "format");

    if (what == NULL || strcmp(what, kind) != 0 || !json_is_integer(format))
        return err_set(e, ERR_USAGE, "\"%s\" is no file of figures", path);
    if (json_integer_value(format) != FORMAT)
        return err_set(e, ERR_USAGE, "\"%s\" was written by another version: format %lld, this one reads %d",
                       path, (long long)json_integer_value(format), FORMAT);
    return read_tables(a, json_object_get(file, "tables"), request) ||
           err_set(e, ERR_USAGE, "\"%s\" is damaged: its figures are missing or make no sense", path);
}

static bool check_file(const char *path, struct err *e)
{
    struct stat s;

    if (access(path, R_OK) != 0 || stat(path, &s) != 0)
        return err_set(e, ERR_USAGE, "could not open \"%s\": %s", path, strerror(errno));
    if (S_ISDIR(s.st_mode))
        return err_set(e, ERR_USAGE, "could not open \"%s\": %s", path, strerror(EISDIR));
    return s.st_size <= MOST_FILE ||
           err_set(e, ERR_USAGE, "\"%s\" is no file of figures: it is too large", path);
}

bool figures_read(struct arena *a, const char *path, struct engine_request *request, struct err *e)
{
    json_error_t problem;
    json_t *file = NULL;
    bool ok;

    if (path == NULL)
        return true;
    ok = check_file(path, e);
    if (ok && (file = json_load_file(path, 0, &problem)) == NULL)
        ok = err_set(e, ERR_USAGE, "\"%s\" is no file of figures: line %d: %s", path, problem.line,
                     problem.text);
    ok = ok && read_file(a, path, file, request, e);
    if (!ok)
        err_hint(e, "It is what \"pgwiden run --save-figures\" wrote on a copy of the database.");
    json_decref(file);
    return ok;
}
