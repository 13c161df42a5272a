#include "cmd/assignments.h"

#include "base/tunable.h"
#include "cmd/nearest.h"

#include <string.h>

/* The '=' that stands outside of a quoted identifier; NULL: it is a TARGET. */
static const char *equals_sign(const char *word)
{
    bool quoted = false;
    for (const char *p = word; *p != '\0'; p++)
        if (*p == '"')
            quoted = !quoted;
        else if (*p == '=' && !quoted)
            return p;
    return NULL;
}

static bool unknown_key(const char *key, struct err *e)
{
    struct nearest n;
    nearest_init(&n, key);
    nearest_offer(&n, "swap");
    for (int i = 0; i < TUNABLE_COUNT; i++)
        nearest_offer(&n, tunables[i].name);
    const char *near = nearest_best(&n);
    err_set(e, ERR_USAGE, "there is no setting \"%s\"", key);
    if (near != NULL)
        return err_hint(e, "Perhaps you meant \"%s\".", near);
    return err_hint(e, "\"pgwiden set\" without values shows the settings.");
}

static bool take_swap(const char *value, struct assignment *out, struct err *e)
{
    *out = (struct assignment){.name = "swap", .value = value};
    if (strcmp(value, "go") == 0 || strcmp(value, "hold") == 0)
        return true;
    err_set(e, ERR_USAGE, "setting \"swap\": \"%s\" is neither go nor hold", value);
    return err_hint(e, "Allowed are go and hold.");
}

/* "default" takes back what `set` said before. */
static bool take(struct arena *a, const char *key, const char *value, struct assignment *out, struct err *e)
{
    const struct tunable *t = tunable_by_name(key);
    struct settings s;
    if (strcmp(key, "swap") == 0)
        return take_swap(value, out, e);
    if (t == NULL)
        return unknown_key(key, e);
    *out = (struct assignment){.name = t->name};
    if (strcmp(value, "default") == 0)
        return true;
    settings_init(&s);
    if (!tunable_set(t, value, &s, a, e))
        return err_prefix(e, "setting \"%s\"", key);
    out->value = tunable_print(t, &s, a);
    return true;
}

/* The swap's row is in a table of its own, which comes last. */
static bool comes_before(const struct assignment *a, const struct assignment *b)
{
    bool swap = strcmp(a->name, "swap") == 0, other = strcmp(b->name, "swap") == 0;
    return swap != other ? other : strcmp(a->name, b->name) < 0;
}

/* All in one order, or two processes could wait for each other; of the same name the last one counts. */
static void sort(struct assignment *list, int count)
{
    for (int i = 1; i < count; i++)
        for (int j = i; j > 0 && comes_before(&list[j], &list[j - 1]); j--) {
            struct assignment swapped = list[j];
            list[j] = list[j - 1];
            list[j - 1] = swapped;
        }
}

bool assignments_take(struct arena *a, struct options *o, struct err *e)
{
    const char **targets = arena_alloc(a, sizeof(*targets) * ((size_t)o->target_count + 1));
    struct assignment *list = arena_alloc(a, sizeof(*list) * ((size_t)o->target_count + 1));
    int count = 0;
    for (int i = 0; i < o->target_count; i++) {
        const char *word = o->targets[i], *sign = equals_sign(word);
        if (sign == NULL)
            targets[count++] = word;
        else if (!take(a, arena_strndup(a, word, (size_t)(sign - word)), sign + 1,
                       &list[o->assignment_count++], e))
            return err_detail(e, "Nothing was changed.");
    }
    sort(list, o->assignment_count);
    o->targets = targets;
    o->target_count = count;
    o->assignments = list;
    return true;
}
