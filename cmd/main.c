#include "cmd/arguments.h"
#include "cmd/ask.h"
#include "cmd/figures.h"
#include "cmd/help.h"
#include "cmd/show.h"

#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/*
 * A closed standard descriptor would become that of the first socket. stdout is opened for reading only: what
 * is written there is lost, and the exit status has to say so.
 */
static void open_standard_files(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) == -1 && open("/dev/null", fd == STDERR_FILENO ? O_WRONLY : O_RDONLY) != fd)
            _exit(ERR_FAILED);
}

static int run(struct arena *a, struct options *o, struct view *v)
{
    struct engine_report report = {0};
    struct figures_file file;
    struct err e;
    if (o->ask_password && !ask_password(a, &o->settings.password, &e)) {
        view_error(v, &e);
        return view_finish(v, NULL, (int)e.kind);
    }
    struct engine_request request = {
        .command = o->command->command,
        .command_line = o->command_line,
        .target_count = o->target_count,
        .targets = o->targets,
        .check = o->check,
        .given = o->given,
        .assignment_count = o->assignment_count,
        .assignments = o->assignments,
        .settings = &o->settings,
        .listener = view_event,
        .decide = ask_swap,
        .context = v,
    };
    if (!figures_read(a, o->settings.rehearsed, &request, &e) || !figures_open(o, &file, &e)) {
        view_error(v, &e);
        return view_finish(v, NULL, (int)e.kind);
    }
    int status = engine_run(&request, a, &report);
    if (!figures_close(&file, &report, o, &e)) {
        view_error(v, &e);
        status = status == 0 ? (int)e.kind : status;
    }
    return view_finish(v, &report, status);
}

int main(int argc, char **argv)
{
    struct options o;
    struct view v;
    struct err e;
    open_standard_files();
    setlocale(LC_CTYPE, "");  /* and no more: numbers are written with a point */
    signal(SIGPIPE, SIG_IGN); /* a reader that went away ends no conversion; view_finish tells */
    struct arena *a = arena_new();
    bool parsed = arguments_parse(a, argc, argv, environ, &o, &e);
    int status = 0;
    view_init(&v, &o, stdout, stderr);
    for (int i = 0; i < o.warning_count; i++)
        view_warning(&v, o.warnings[i]);
    if (!parsed) {
        view_error(&v, &e);
        status = view_finish(&v, NULL, (int)e.kind);
    } else if (o.version || o.help) {
        o.json = false;
        o.version ? help_version(stdout) : help_print(stdout, o.command);
        status = view_finish(&v, NULL, 0);
    } else {
        status = run(a, &o, &v);
    }
    arena_free(a);
    return status;
}
