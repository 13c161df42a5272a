/* support.h: texts, files, time, and the program as a child process. */
#include "support.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

void pause_ms(int ms)
{
    struct timespec t = {ms / 1000, (long)(ms % 1000) * 1000000};

    while (nanosleep(&t, &t) != 0 && errno == EINTR)
        ;
}

static char *text_format_v(const char *fmt, va_list args)
{
    char *text;

    if (vasprintf(&text, fmt, args) < 0)
        abort();
    return text;
}

char *text_format(const char *fmt, ...)
{
    va_list args;
    char *text;

    va_start(args, fmt);
    text = text_format_v(fmt, args);
    va_end(args);
    return text;
}

char *file_read(const char *path)
{
    FILE *file = fopen(path, "re");
    char *text = NULL;
    size_t size = 0;

    cr_assert(file != NULL, "%s: %s", path, strerror(errno));
    if (getdelim(&text, &size, '\0', file) < 0 && text == NULL)
        text = strdup("");
    fclose(file);
    return text;
}

/* The lines of text into lines[], which is NULL at first; text is cut up. */
static int text_lines(char *text, char ***lines)
{
    int count = 0;

    for (char *line = strsep(&text, "\n"); line != NULL; line = strsep(&text, "\n")) {
        *lines = realloc(*lines, sizeof(char *) * (size_t)(count + 1));
        (*lines)[count++] = line;
    }
    return count;
}

static int line_compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

char *text_diff(const char *before, const char *after)
{
    char *copies[2] = {strdup(before), strdup(after)}, **lines[2] = {NULL, NULL}, *diff = NULL;
    int count[2], i = 0, j = 0;
    size_t size;
    FILE *out = open_memstream(&diff, &size);

    for (int k = 0; k < 2; k++) {
        count[k] = text_lines(copies[k], &lines[k]);
        qsort(lines[k], (size_t)count[k], sizeof(char *), line_compare);
    }
    while (i < count[0] || j < count[1]) {
        int c = i == count[0] ? 1 : j == count[1] ? -1 : strcmp(lines[0][i], lines[1][j]);

        if (c != 0)
            fprintf(out, "%c %s\n", c < 0 ? '-' : '+', c < 0 ? lines[0][i] : lines[1][j]);
        i += c <= 0;
        j += c >= 0;
    }
    fclose(out);
    for (int k = 0; k < 2; k++) {
        free(lines[k]);
        free(copies[k]);
    }
    return diff;
}

/* --- the program --- */

/*
 * The sanitizer's look for leaks at a program's end takes longer than its start: one start in four is looked
 * at, others in each process.
 */
static char *sanitizer_options(void)
{
    static char options[1024];
    static unsigned calls;
    const char *ours = getenv("ASAN_OPTIONS");
    bool leaks = ((unsigned)getpid() + calls++) % 4 == 0;

    snprintf(options, sizeof options, "ASAN_OPTIONS=%s%s", ours == NULL ? "" : ours,
             leaks ? "" : ":detect_leaks=0");
    return options;
}

/* The environment of a child: ours, with the database and the program's directory first in PATH. */
static char **child_environment(const struct db *db)
{
    static char *env[512], database[128], path[4096];
    const char *slash = strrchr(PGWIDEN, '/');
    int n = 0;

    snprintf(database, sizeof database, "PGDATABASE=%s", db == NULL ? "postgres" : db_name(db));
    snprintf(path, sizeof path, "PATH=%.*s:%s", (int)(slash - PGWIDEN), PGWIDEN, getenv("PATH"));
    for (char **e = environ; *e != NULL && n < 500; e++)
        if (strncmp(*e, "PGDATABASE=", 11) != 0 && strncmp(*e, "PATH=", 5) != 0 &&
            strncmp(*e, "ASAN_OPTIONS=", 13) != 0)
            env[n++] = *e;
    env[n++] = sanitizer_options();
    env[n++] = database;
    env[n++] = path;
    env[n] = NULL;
    return env;
}

void program_start_v(struct program *p, const struct db *db, const char *command)
{
    char *script = text_format("exec env %s", command);
    char *argv[] = {"sh", "-c", script, NULL};
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    sigset_t all;
    int rc;

    snprintf(p->command, sizeof p->command, "%s", command);
    p->out = memfd_create("stdout", MFD_CLOEXEC);
    p->err = memfd_create("stderr", MFD_CLOEXEC);
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&files, p->out, 1);
    posix_spawn_file_actions_adddup2(&files, p->err, 2);
    posix_spawnattr_init(&attributes);
    sigfillset(&all); /* the tests may run with signals ignored or blocked, as a background job does */
    posix_spawnattr_setsigdefault(&attributes, &all);
    sigemptyset(&all);
    posix_spawnattr_setsigmask(&attributes, &all);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
    p->started = now();
    rc = posix_spawn(&p->pid, "/bin/sh", &files, &attributes, argv, child_environment(db));
    cr_assert(rc == 0, "can't start %s: %s", command, strerror(rc));
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attributes);
    free(script);
}

void program_start(struct program *p, const struct db *db, const char *fmt, ...)
{
    va_list args;
    char *command;

    va_start(args, fmt);
    command = text_format_v(fmt, args);
    va_end(args);
    program_start_v(p, db, command);
    free(command);
}

static char *memory_read(int fd)
{
    off_t size = lseek(fd, 0, SEEK_END);
    char *text = calloc(1, (size_t)size + 1);

    if (pread(fd, text, (size_t)size, 0) != size)
        abort();
    return text;
}

char *program_output(const struct program *p)
{
    return memory_read(p->out);
}

char *program_errors(const struct program *p)
{
    return memory_read(p->err);
}

bool program_runs(const struct program *p)
{
    siginfo_t info = {0};

    return waitid(P_PID, (id_t)p->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == 0;
}

void program_signal(const struct program *p, int signal)
{
    cr_assert(kill(p->pid, signal) == 0, "%s is gone: %s", p->command, strerror(errno));
}

struct outcome program_await(struct program *p, double seconds)
{
    struct outcome o = {0};
    bool late = false;
    int status;

    while (program_runs(p) && !late) {
        pause_ms(5);
        late = now() - p->started > seconds;
    }
    if (late)
        kill(p->pid, SIGKILL);
    waitpid(p->pid, &status, 0);
    o.seconds = now() - p->started;
    o.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    o.out = memory_read(p->out);
    o.err = memory_read(p->err);
    close(p->out);
    close(p->err);
    cr_assert(!late, "%s: not done after %.0f s\n%s\n%s", p->command, seconds, o.out, o.err);
    return o;
}

struct outcome program_run(const struct db *db, const char *fmt, ...)
{
    struct program p;
    va_list args;
    char *command;

    va_start(args, fmt);
    command = text_format_v(fmt, args);
    va_end(args);
    program_start_v(&p, db, command);
    free(command);
    return program_await(&p, 120);
}

void outcome_free(struct outcome *o)
{
    free(o->out);
    free(o->err);
    o->out = o->err = NULL;
}

void program_expect(const struct db *db, int status, const char *fmt, ...)
{
    struct program p;
    struct outcome o;
    va_list args;
    char *command;

    va_start(args, fmt);
    command = text_format_v(fmt, args);
    va_end(args);
    program_start_v(&p, db, command);
    o = program_await(&p, 120);
    cr_assert(o.status == status, "%s: exit status %d, not %d\n%s\n%s", command, o.status, status, o.out,
              o.err);
    outcome_free(&o);
    free(command);
}
