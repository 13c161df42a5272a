#include "facts/control.h"

#include "facts/state.h"
#include "sql.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Columns of sql/control/poll.sql. */
enum {
    PAUSED,
    PAUSED_BY,
    STOP_BY,
    SWAP,
    SWAP_BY,
    CLOCK,
    ZONE,
    APPLICATION,
    SYNCHRONOUS,
    NAME,
    VALUE,
    SET_BY
};

static int read_minute(const char *clock)
{
    int hours = 0, minutes = 0;

    (void)sscanf(clock, "%2d:%2d", &hours, &minutes);
    return hours * 60 + minutes;
}

static enum control_swap read_swap(const char *text)
{
    if (*text == '\0')
        return CONTROL_SWAP_UNSAID;
    return strcmp(text, "go") == 0 ? CONTROL_SWAP_GO : CONTROL_SWAP_HOLD;
}

void control_read(const struct rows *r, struct arena *a, struct control *out)
{
    struct control_tuning *list = arena_alloc(a, (size_t)(r->count + 1) * sizeof *list);
    int count = 0;

    for (int i = 0; i < r->count; i++)
        if (!rows_is_null(r, i, NAME))
            list[count++] = (struct control_tuning){.name = arena_strdup(a, rows_text(r, i, NAME)),
                                                    .value = arena_strdup(a, rows_text(r, i, VALUE)),
                                                    .by = arena_strdup(a, rows_text(r, i, SET_BY))};
    *out = (struct control){.paused_since = rows_double(r, 0, PAUSED),
                            .paused_by = arena_strdup(a, rows_text(r, 0, PAUSED_BY)),
                            .stop_by = arena_strdup(a, rows_text(r, 0, STOP_BY)),
                            .swap = read_swap(rows_text(r, 0, SWAP)),
                            .swap_by = arena_strdup(a, rows_text(r, 0, SWAP_BY)),
                            .minute = read_minute(rows_text(r, 0, CLOCK)),
                            .zone = arena_strdup(a, rows_text(r, 0, ZONE)),
                            .awaits_standby = rows_bool(r, 0, SYNCHRONOUS),
                            .tuning_count = count,
                            .tunings = list};
}

bool control_begin(struct session *s, struct arena *a, const struct control_start *start, struct rows *out,
                   struct err *e)
{
    const char *params[] = {arena_printf(a, "%d", start->conversion), start->given,
                            start->held ? "true" : "false"};

    return session_query(s, a, sql_control_begin, 3, params, out, e);
}

bool control_wait(struct session *s, int conversion, const char *what, bool ready, struct err *e)
{
    struct arena *a = arena_new();
    const char *params[] = {arena_printf(a, "%d", conversion), what, ready ? "true" : "false"};
    bool ok = session_query(s, a, sql_control_wait, 3, params, NULL, e);

    arena_free(a);
    return ok;
}

/* Columns of sql/control/list.sql. */
enum { ID, RELID, TARGETS, RELATION, SWAPPED, PAUSED_AT, BY, SAID, PID, WORK, HOST, CONNECTED };

static void fill(struct arena *a, const struct rows *r, int i, struct controlled *c)
{
    *c = (struct controlled){.id = rows_text(r, i, ID),
                             .relid = (uint32_t)rows_int(r, i, RELID),
                             .targets = rows_text(r, i, TARGETS),
                             .relation = rows_text(r, i, RELATION),
                             .swapped = rows_bool(r, i, SWAPPED),
                             .paused_at = rows_text(r, i, PAUSED_AT),
                             .paused_by = rows_text(r, i, BY),
                             .swap = rows_text(r, i, SAID),
                             .pid = (int)rows_int(r, i, PID),
                             .who = ""};
    if (c->pid != 0)
        c->who = arena_printf(a, "%s on %s, server process %d, connected since %s", rows_text(r, i, WORK),
                              rows_text(r, i, HOST), c->pid, rows_text(r, i, CONNECTED));
}

bool control_list(struct session *s, struct arena *a, const char *relids, struct controlled_list *out,
                  struct err *e)
{
    struct rows r;

    if (!session_query(s, a, sql_control_list, 1, &relids, &r, e))
        return false;
    out->count = r.count;
    out->list = arena_alloc(a, (size_t)(r.count + 1) * sizeof *out->list);
    for (int i = 0; i < r.count; i++)
        fill(a, &r, i, &out->list[i]);
    return true;
}

static bool refuse(struct err *e, const char *code, const char *what)
{
    err_set(e, ERR_REFUSED, "%s", what);
    return err_code(e, code);
}

static bool explain(struct err *e)
{
    if (strcmp(e->sqlstate, "25006") == 0) {
        refuse(e, "read-only-server", "the session is read-only: nothing can be asked of a running instance");
        return err_hint(e, "Connect to the primary, without default_transaction_read_only.");
    }
    if (strcmp(e->sqlstate, "42501") != 0)
        return false;
    refuse(e, "privilege-missing", "this role may not write the tables control and tuning of schema pgwiden");
    return err_hint(e, "Run as the owner of schema pgwiden (--role), or have INSERT, UPDATE and DELETE on "
                       "pgwiden.control and pgwiden.tuning granted: RUNBOOK.md.");
}

bool control_change(struct session *s, const char *sql, int n, const char *const *params, bool *changed,
                    struct err *e)
{
    struct arena *a = arena_new();
    struct rows r;
    bool ok = session_query(s, a, sql, n, params, &r, e);

    if (ok)
        *changed = r.count > 0 || r.affected > 0;
    arena_free(a);
    return ok || explain(e);
}

const char *control_whence(struct arena *a)
{
    return arena_printf(a, "%s, process %d", state_client_host(a), (int)getpid());
}
