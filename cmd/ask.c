#include "cmd/ask.h"

#include "cmd/show.h"
#include "cmd/text.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <termios.h>
#include <unistd.h>

enum { POLL_MS = 100 };

static void ending_signals(sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, SIGINT);
    sigaddset(set, SIGTERM);
    sigaddset(set, SIGHUP);
}

static bool is_ending(void)
{
    sigset_t pending;
    sigpending(&pending);
    return sigismember(&pending, SIGINT) == 1 || sigismember(&pending, SIGTERM) == 1 ||
           sigismember(&pending, SIGHUP) == 1;
}

/* One line without its end, from a terminal. The ending signals are blocked: one that comes ends the wait and
 * stays pending for whoever handles it. */
static bool read_line(int fd, char *line, size_t size)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    size_t used = 0;
    while (!is_ending()) {
        if (poll(&p, 1, POLL_MS) <= 0)
            continue;
        ssize_t n = read(fd, line + used, size - 1 - used);
        if (n <= 0)
            return false;
        used += (size_t)n;
        line[used] = '\0';
        char *end = memchr(line, '\n', used);
        if (end != NULL) {
            *end = '\0';
            return true;
        }
        if (used + 1 >= size)
            return false;
    }
    return false;
}

static void ask(struct view *v, const char *target)
{
    live_clear(v);
    view_flush(v);
    if (!v->question.asked) {
        tcflush(STDIN_FILENO, TCIFLUSH); /* what was typed before the question is no answer to it */
        v->question.used = 0;
    }
    fputs(v->options->settings.rehearse ? "rehearse the swap of " : "swap ", v->err);
    text_put(v->err, target);
    fputs(v->options->settings.rehearse ? " now (it takes the lock, and is rolled back)? [y/N] "
                                        : " now? [y/N] ",
          v->err);
    fflush(v->err);
    v->question.open = v->question.asked = true;
}

/* What has been typed meanwhile; a line that is no yes, or the end of the input, is a no. */
static enum decision read_answer(struct view *v)
{
    struct pollfd p = {.fd = STDIN_FILENO, .events = POLLIN};
    char *line = v->question.line;
    size_t room = sizeof(v->question.line) - 1 - v->question.used;
    if (poll(&p, 1, POLL_MS) <= 0)
        return DECISION_PENDING;
    ssize_t n = read(STDIN_FILENO, line + v->question.used, room);
    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return DECISION_PENDING;
    if (n <= 0)
        return DECISION_NO;
    v->question.used += (size_t)n;
    line[v->question.used] = '\0';
    char *end = memchr(line, '\n', v->question.used);
    if (end == NULL)
        return (size_t)n < room ? DECISION_PENDING : DECISION_NO;
    *end = '\0';
    v->question.open = false;
    if (strlen(line) != (size_t)(end - line)) /* a null byte: more than a yes */
        return DECISION_NO;
    return strcasecmp(line, "y") == 0 || strcasecmp(line, "yes") == 0 ? DECISION_GO : DECISION_NO;
}

void question_end(struct view *v)
{
    if (v->question.open)
        fputc('\n', v->err);
    v->question.open = false;
}

enum decision ask_swap(void *context, const char *target)
{
    struct view *v = context;
    enum decision decision;
    if (target == NULL) {
        if (v->question.asked)
            tcflush(STDIN_FILENO, TCIFLUSH);
        question_end(v);
        v->question.asked = false;
        return DECISION_NO;
    }
    if (isatty(STDIN_FILENO) != 1 || isatty(STDERR_FILENO) != 1)
        return DECISION_NOBODY;
    if (!v->question.open)
        ask(v, target);
    decision = read_answer(v);
    if (decision == DECISION_PENDING)
        return decision;
    question_end(v);
    v->question.asked = false;
    return decision;
}

/* With echo off; the signals stay blocked until it is on again. */
static bool read_secret(int fd, char *line, size_t size)
{
    struct termios before, silent;
    sigset_t ending, mask;
    ending_signals(&ending);
    sigprocmask(SIG_BLOCK, &ending, &mask);
    bool known = tcgetattr(fd, &before) == 0;
    if (known) {
        silent = before;
        silent.c_lflag &= ~(tcflag_t)ECHO;
        tcsetattr(fd, TCSAFLUSH, &silent);
    }
    bool got = read_line(fd, line, size);
    if (known)
        tcsetattr(fd, TCSAFLUSH, &before);
    sigprocmask(SIG_SETMASK, &mask, NULL);
    return got;
}

bool ask_password(struct arena *a, const char **password, struct err *e)
{
    static const char question[] = "Password: ";
    char line[ANSWER_MAX];
    int fd = open("/dev/tty", O_RDWR | O_CLOEXEC);
    if (fd < 0) {
        err_set(e, ERR_FAILED, "could not open /dev/tty to ask for the password: %s", strerror(errno));
        return err_hint(e, "Without a terminal use PGPASSWORD, PGPASSFILE or .pgpass instead of -W.");
    }
    bool got = write(fd, question, sizeof(question) - 1) > 0 && read_secret(fd, line, sizeof(line));
    bool ended = write(fd, "\n", 1) == 1;
    close(fd);
    if (got && ended)
        *password = arena_strdup(a, line);
    explicit_bzero(line, sizeof(line));
    return got && ended ? true : err_set(e, ERR_FAILED, "no password was given");
}
