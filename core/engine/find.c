/*
 * TARGET arguments to columns: names, patterns, less what --exclude leaves out. Nothing is begun here.
 */
#include "engine/context.h"
#include "facts/pattern.h"

#include <string.h>

enum { NAMES_TOLD = 10 };

/* The arguments while they are looked up. */
struct search {
    struct engine *engine;
    struct target_name *names; /* of the request's targets */
    struct pattern_scope scope;
    bool scoped; /* patterns mean tables with a conversion */
    struct found *list;
    int count, room;
    bool *excluded;
};

/* status reads the history; nothing is left out there. */
static bool tells(const struct engine *g)
{
    return g->request->command != COMMAND_STATUS || g->request->check;
}

void find_tell_list(struct engine *g, const char *what, int count, const char *const *names)
{
    struct arena *a = arena_new();
    struct arena_text list = {.arena = a};
    int shown = g->settings->verbose > 0 || count <= NAMES_TOLD + 1 ? count : NAMES_TOLD;

    for (int i = 0; i < shown; i++)
        arena_text_add(&list, "%s%s", i ? ", " : "", names[i]);
    if (shown < count)
        arena_text_add(&list, ", and %d more (-v)", count - shown);
    tell_notice(g, NULL, "%s: %s", what, arena_text_get(&list));
    arena_free(a);
}

static void add(struct search *s, const struct found *found)
{
    if (s->count == s->room) {
        struct found *longer = arena_alloc(s->engine->arena, (size_t)(2 * s->room + 16) * sizeof *longer);

        if (s->count > 0)
            memcpy(longer, s->list, (size_t)s->count * sizeof *longer);
        s->list = longer;
        s->room = 2 * s->room + 16;
    }
    s->list[s->count++] = *found;
}

/* One more TARGET of the next command. */
static void add_argument(struct engine *g, const char *argument)
{
    g->arguments = arena_printf(g->arena, "%s%s%s", g->arguments, *g->arguments ? " " : "",
                                target_argument(g->arena, argument));
}

/* With --if-exists what is not there is said, and no error. */
static bool forgive(struct search *s, struct err *e)
{
    if (!s->engine->settings->if_exists)
        return false;
    tell_notice(s->engine, NULL, "%s: left out (--if-exists)", e->primary);
    err_clear(e);
    return true;
}

/* What was asked for has been done by then. */
static bool was_undone(struct search *s, const struct target_name *name, struct err *e)
{
    if (s->engine->request->command != COMMAND_ABORT || !dropped_was(s->engine, name))
        return false;
    err_clear(e);
    return true;
}

static bool find_name(struct search *s, const struct target_name *name, struct err *e)
{
    struct engine *g = s->engine;
    struct found found = {.named = true};

    if (!target_resolve(g->session, g->arena, name->text, &found.target, e))
        return found.target.missing && (was_undone(s, name, e) || forgive(s, e));
    add(s, &found);
    add_argument(g, found.target.name);
    return true;
}

static bool fail_no_match(const struct target_name *name, const struct matches *m, struct err *e)
{
    err_set(e, ERR_REFUSED, m->count == 0 ? "no table matches %s" : "no table that matches %s can be widened",
            name->text);
    for (int i = 0; i < m->count && i < NAMES_TOLD; i++)
        err_detail(e, "%s has %s.", m->list[i].target.relation, m->list[i].left_out);
    if (m->count == 0 && name->count == 1)
        err_hint(e, "A pattern of one part means tables that are found without a schema: write SCHEMA.%s.",
                 name->text);
    return false;
}

/* abort and cleanup: the pattern is right, but there is nothing to do. */
static bool find_idle(struct search *s, const struct target_name *name, struct matches *m, struct err *e)
{
    struct engine *g = s->engine;

    if (!pattern_match(g->session, g->arena, name, NULL, m, e))
        return false;
    if (m->count > 0 && engine_steers(g->request->command)) {
        err_set(e, ERR_REFUSED, "no conversion of a table that matches %s is open", name->text);
        return err_code(e, "no-conversion");
    }
    if (m->count > 0)
        tell_notice(g, NULL, "no conversion of a table that matches %s is open: there is nothing to %s",
                    name->text, g->request->command == COMMAND_ABORT ? "undo" : "clean up");
    return m->count > 0 || fail_no_match(name, m, e) || forgive(s, e);
}

static bool find_matches(struct search *s, const struct target_name *name, struct err *e)
{
    struct engine *g = s->engine;
    struct matches m;
    int usable = 0;

    g->several = true;
    add_argument(g, name->text);
    if (!pattern_match(g->session, g->arena, name, s->scoped ? &s->scope : NULL, &m, e))
        return false;
    if (s->scoped && m.count == 0)
        return find_idle(s, name, &m, e);
    for (int i = 0; i < m.count; i++)
        usable += !m.list[i].left_out;
    if (usable == 0)
        return fail_no_match(name, &m, e) || forgive(s, e);
    if (tells(g))
        tell_notice(g, NULL, "%s matches %d %s", name->text, m.count, m.count == 1 ? "table" : "tables");
    for (int i = 0; i < m.count; i++)
        add(s, &(struct found){
                   .target = m.list[i].target, .left_out = m.list[i].left_out, .refused = m.list[i].refused});
    return true;
}

/* One pattern of --exclude. */
static bool exclude(struct search *s, const char *text, const struct target_list *targets, struct err *e)
{
    struct engine *g = s->engine;
    bool *out = arena_alloc(g->arena, (size_t)(s->count + 1) * sizeof *out);
    const char **names = arena_alloc(g->arena, (size_t)(s->count + 1) * sizeof *names);
    struct target_name name;
    int count = 0;

    if (!target_parse(g->arena, text, &name, e) ||
        !pattern_exclude(g->session, g->arena, &name, targets, out, e))
        return false;
    for (int i = 0; i < s->count; i++)
        if (out[i] && !s->excluded[i]) {
            s->excluded[i] = true;
            names[count++] = s->list[i].target.name;
        }
    if (!tells(g))
        return true;
    if (count == 0)
        tell_notice(g, NULL, "--exclude %s leaves nothing out", text);
    else
        find_tell_list(g, arena_printf(g->arena, "left out, --exclude %s", text), count, names);
    return true;
}

static bool exclude_all(struct search *s, struct err *e)
{
    struct engine *g = s->engine;
    struct target *targets = arena_alloc(g->arena, (size_t)(s->count + 1) * sizeof *targets);
    const struct target_list all = {.count = s->count, .list = targets};
    const char *rest = g->settings->exclude, *text;

    s->excluded = arena_alloc(g->arena, (size_t)(s->count + 1) * sizeof *s->excluded);
    for (int i = 0; i < s->count; i++)
        targets[i] = s->list[i].target;
    while ((text = target_next(g->arena, &rest)))
        if (!exclude(s, text, &all, e))
            return false;
    if (*g->settings->exclude && *g->arguments) {
        g->arguments = arena_printf(g->arena, "%s --exclude", g->arguments);
        add_argument(g, g->settings->exclude);
    }
    return true;
}

/* A line for each reason, with all the tables that it is true of. */
static void tell_left_out(struct search *s)
{
    struct engine *g = s->engine;
    const char **names = arena_alloc(g->arena, (size_t)(s->count + 1) * sizeof *names);

    for (int i = 0; i < s->count; i++) {
        const char *reason = s->list[i].left_out;
        int count = 0;

        if (!reason || s->excluded[i])
            continue;
        for (int j = i; j < s->count; j++)
            if (s->list[j].left_out && !s->excluded[j] && strcmp(s->list[j].left_out, reason) == 0) {
                names[count++] = s->list[j].target.name;
                s->excluded[j] = true;
            }
        if (tells(g))
            find_tell_list(g, arena_printf(g->arena, "left out, %s", reason), count, names);
    }
}

/* Before any of them is looked up: what can't be parsed is a usage error, whatever the database says. */
static bool parse_all(struct search *s, struct err *e)
{
    struct engine *g = s->engine;
    const struct engine_request *r = g->request;
    const char *rest = g->settings->exclude, *text;
    struct target_name ignored;

    s->names = arena_alloc(g->arena, (size_t)(r->target_count + 1) * sizeof *s->names);
    for (int i = 0; i < r->target_count; i++)
        if (!target_parse(g->arena, r->targets[i], &s->names[i], e))
            return false;
    while ((text = target_next(g->arena, &rest)))
        if (!target_parse(g->arena, text, &ignored, e))
            return err_prefix(e, "option --exclude");
    return true;
}

static bool find_all(struct search *s, struct err *e)
{
    const struct engine_request *r = s->engine->request;

    for (int i = 0; i < r->target_count; i++) {
        bool ok = target_is_pattern(&s->names[i]) ? find_matches(s, &s->names[i], e)
                                                  : find_name(s, &s->names[i], e);

        if (!ok)
            return false;
    }
    return true;
}

bool find_targets(struct engine *g, struct found_list *out, struct err *e)
{
    struct search s = {.engine = g,
                       .scoped = g->request->command == COMMAND_ABORT ||
                                 g->request->command == COMMAND_CLEANUP ||
                                 engine_steers(g->request->command)};
    bool exists;

    if (!parse_all(&s, e) || !state_exists(g->session, &exists, e))
        return false;
    if (s.scoped &&
        !state_open(g->session, g->arena, g->settings->forget, &s.scope.relids, &s.scope.attnames, e))
        return false;
    if (!find_all(&s, e) || !exclude_all(&s, e))
        return false;
    tell_left_out(&s);
    *out = (struct found_list){.list = s.list};
    for (int i = 0; i < s.count; i++)
        if (!s.excluded[i])
            s.list[out->count++] = s.list[i];
    return true;
}
