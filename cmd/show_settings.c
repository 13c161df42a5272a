/*
 * The report of `set`: the settings of each conversion, and who changed which.
 */
#include "cmd/show.h"
#include "cmd/text.h"

#include <string.h>

enum { NAME_WIDTH = 20, VALUE_WIDTH = 14 };

static void put_setting(FILE *out, const struct setting_report *s)
{
    fputs("  ", out);
    text_cell(out, s->name, NAME_WIDTH);
    if (*s->set_by != '\0')
        text_cell(out, s->value, text_width(s->value) > VALUE_WIDTH ? text_width(s->value) : VALUE_WIDTH);
    else
        text_put(out, s->value);
    if (*s->set_by != '\0') {
        fputs("  set by ", out);
        text_put(out, s->set_by);
    }
    if (*s->set_at != '\0')
        fprintf(out, ", %s", s->set_at);
    fputc('\n', out);
}

void text_settings(struct view *v, const struct engine_report *report)
{
    for (int i = 0; i < report->settings_count; i++) {
        const struct settings_report *s = &report->settings[i];
        text_put(v->out, s->target);
        fputs(s->running ? "  " : "  nobody runs it", v->out);
        text_put(v->out, s->who);
        fputc('\n', v->out);
        if (*s->paused_at != '\0') {
            fprintf(v->out, "  paused since %s by ", s->paused_at);
            text_put(v->out, s->paused_by);
            fputc('\n', v->out);
        }
        for (int j = 0; j < s->count; j++)
            put_setting(v->out, &s->settings[j]);
    }
}
