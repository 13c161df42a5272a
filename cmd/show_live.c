/*
 * One line at the bottom of a terminal, redrawn in place. No escape sequences: a carriage return and blanks
 * do.
 */
#include "cmd/show.h"
#include "cmd/text.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

static int columns_of(const struct view *v)
{
    struct winsize size;
    if (v->columns > 0)
        return v->columns;
    if (ioctl(fileno(v->err), TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return size.ws_col;
    return TEXT_WIDTH;
}

void live_clear(struct view *v)
{
    question_end(v);
    if (v->live_width == 0)
        return;
    fprintf(v->err, "\r%*s\r", v->live_width, "");
    v->live_width = 0;
    fflush(v->err);
}

static void draw(struct view *v, const char *text)
{
    int room = columns_of(v) - 1; /* the last column would wrap */
    int width = text_width(text);
    int before = v->live_width < room ? v->live_width : room; /* the terminal may have become narrower */
    width = width < room ? width : room;
    fputc('\r', v->err);
    text_cell(v->err, text, width > before ? width : before);
    v->live_width = width;
    fflush(v->err);
}

void live_event(struct view *v, const struct event *event)
{
    char *text = NULL;
    size_t size = 0;
    bool begins = event->kind == EVENT_PHASE && !event->u.phase.end;
    if (v->question.open) /* it stands where the live line would */
        return;
    if (!begins && event->kind != EVENT_PROGRESS && event->kind != EVENT_LOCK_WAIT)
        return;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL)
        abort();
    if (event->target != NULL)
        fprintf(out, "%s  ", event->target);
    if (begins)
        fprintf(out, "%s", phase_name(event->u.phase.phase));
    else if (event->kind == EVENT_PROGRESS)
        text_progress(out, event);
    else
        text_lock_wait(out, event);
    fclose(out);
    draw(v, text);
    free(text);
}
