#include "cmd/message.h"

#include "cmd/json_value.h"
#include "cmd/text.h"

#include <jansson.h>

/* The colors of PostgreSQL's programs */
static const struct {
    const char *name, *color;
    const char *prefix;
} levels[] = {
    [MESSAGE_ERROR] = {"error",   "01;31", "error: "  },
    [MESSAGE_WARNING] = {"warning", "01;35", "warning: "},
    [MESSAGE_NOTICE] = {"info",    "",      ""         },
    [MESSAGE_PROGRESS] = {"info",    "",      ""         },
    [MESSAGE_STATEMENT] = {"debug",   "",      ""         },
};

static bool is_given(const char *s)
{
    return s != NULL && *s != '\0';
}

static void put_part(FILE *err, const char *label, const char *text)
{
    if (!is_given(text))
        return;
    fprintf(err, "%-9s", label);
    text_lines(err, text, 9);
}

/* A line that a log can be searched in: time and target first. */
static void put_line_head(struct view *v, const struct message *m)
{
    char buf[TEXT_TIME_MAX];
    fprintf(v->err, "%s ", text_time(m->time, false, buf, sizeof(buf)));
    if (is_given(m->target)) {
        text_put(v->err, m->target);
        fputc(' ', v->err);
    }
}

static void put_text(struct view *v, const struct message *m)
{
    const char *color = levels[m->level].color;
    bool colored = v->color && *color != '\0';
    if (m->level == MESSAGE_PROGRESS)
        put_line_head(v, m);
    else if (m->level <= MESSAGE_NOTICE)
        fprintf(v->err, "%spgwiden: %s", v->color ? "\033[01m" : "", v->color ? "\033[0m" : "");
    fprintf(v->err,
            colored ? "\033[%s"
                      "m%s\033[0m"
                    : "%s%s",
            colored ? color : "", levels[m->level].prefix);
    if (m->level == MESSAGE_STATEMENT)
        fputs(m->primary, v->err); /* as it was sent */
    else
        text_put(v->err, m->primary);
    if (is_given(m->code))
        fprintf(v->err, " [%s]", m->code);
    else if (is_given(m->sqlstate) && v->options->settings.verbose > 0)
        fprintf(v->err, " [%s]", m->sqlstate);
    fputc('\n', v->err);
    put_part(v->err, "DETAIL:", m->detail);
    put_part(v->err, "HINT:", m->hint);
}

static void add_part(json_t *object, const char *key, const char *text)
{
    if (is_given(text))
        json_object_set_new(object, key, json_value_text(text));
}

static void put_json(struct view *v, const struct message *m)
{
    json_t *object = json_object();
    json_object_set_new(object, "time", json_value_time(m->time));
    json_object_set_new(object, "level", json_string(levels[m->level].name));
    json_object_set_new(object, "message", json_value_text(m->primary));
    add_part(object, "target", m->target);
    add_part(object, "code", m->code);
    add_part(object, "sqlstate", m->sqlstate);
    add_part(object, "detail", m->detail);
    add_part(object, "hint", m->hint);
    json_value_line(v->err, object);
}

void message_put(struct view *v, const struct message *m)
{
    live_clear(v);
    if (v->options->log_format == LOG_FORMAT_JSON)
        put_json(v, m);
    else
        put_text(v, m);
    fflush(v->err);
}
