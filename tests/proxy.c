#include "proxy.h"

#include <criterion/criterion.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { PAIRS = 64, PAUSE_MS = 10 };

struct proxy {
    char directory[64], path[sizeof(((struct sockaddr_un *)0)->sun_path)];
    int listener;
    int pairs[PAIRS][2]; /* client and server; -1: closed */
    int count;
    atomic_int connections, most;
    atomic_bool stalled, stopped, pools;
    pthread_t thread;
};

static int open_socket(const char *path, bool listening)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const struct sockaddr *to = (const struct sockaddr *)&address;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    cr_assert((listening ? bind(fd, to, sizeof address) : connect(fd, to, sizeof address)) == 0, "%s", path);
    cr_assert(!listening || listen(fd, PAIRS) == 0);
    return fd;
}

static void close_pair(int *pair)
{
    close(pair[0]);
    close(pair[1]);
    pair[0] = pair[1] = -1;
}

/* FATAL 57P03, in answer to whatever the client begins with. */
static void refuse(int client)
{
    static const char text[] = "SFATAL\0VFATAL\0C57P03\0Mthe database system is shutting down\0";
    unsigned char head[] = {'E', 0, 0, 0, sizeof text + 4};
    char startup[1024];

    if (read(client, startup, sizeof startup) <= 0 || write(client, head, sizeof head) < 0 ||
        write(client, text, sizeof text) < 0)
        perror("proxy");
    close(client);
}

static void take_connection(struct proxy *p)
{
    char server[256];
    int client = accept(p->listener, NULL, NULL);

    if (atomic_fetch_add(&p->connections, 1) >= p->most) {
        refuse(client);
        return;
    }
    cr_assert(p->count < PAIRS);
    snprintf(server, sizeof server, "%s/.s.PGSQL.%s", getenv("PGHOST"), getenv("PGPORT"));
    p->pairs[p->count][0] = client;
    p->pairs[p->count++][1] = open_socket(server, false);
}

/* The process that the client is told of in BackendKeyData becomes another one. */
static void hide_process(char *bytes, size_t count)
{
    static const char head[] = {'K', 0, 0, 0, 12};
    char *found = memmem(bytes, count, head, sizeof head);

    if (found != NULL)
        found[sizeof head] ^= 0x40;
}

/* False: one side has closed. */
static bool pass_on(int from, int to, bool hidden)
{
    char bytes[65536];
    ssize_t got = read(from, bytes, sizeof bytes);

    if (hidden && got > 0)
        hide_process(bytes, (size_t)got);

    for (ssize_t at = 0, put; at < got; at += put)
        if ((put = send(to, bytes + at, (size_t)(got - at), MSG_NOSIGNAL)) < 0)
            return false;
    return got > 0;
}

static void *work(void *context)
{
    struct proxy *p = context;
    struct pollfd polled[PAIRS * 2 + 1];

    while (!p->stopped) {
        int count = p->count;

        for (int i = 0; i < count * 2; i++)
            polled[i] = (struct pollfd){.fd = p->pairs[i / 2][i % 2], .events = POLLIN};
        polled[count * 2] = (struct pollfd){.fd = p->listener, .events = POLLIN};
        if (p->stalled || poll(polled, (nfds_t)count * 2 + 1, PAUSE_MS) <= 0) {
            poll(NULL, 0, PAUSE_MS);
            continue;
        }
        for (int i = 0; i < count * 2; i++)
            if (polled[i].revents != 0 && p->pairs[i / 2][0] >= 0 &&
                !pass_on(p->pairs[i / 2][i % 2], p->pairs[i / 2][1 - i % 2], p->pools && i % 2 == 1))
                close_pair(p->pairs[i / 2]);
        if (polled[count * 2].revents != 0)
            take_connection(p);
    }
    return NULL;
}

struct proxy *proxy_start(void)
{
    struct proxy *p = calloc(1, sizeof *p);
    const char *parent = getenv("TMPDIR");

    snprintf(p->directory, sizeof p->directory, "%s/p.XXXXXX", parent == NULL ? "/tmp" : parent);
    cr_assert(mkdtemp(p->directory) != NULL, "%s", p->directory);
    snprintf(p->path, sizeof p->path, "%s/.s.PGSQL.%s", p->directory, getenv("PGPORT"));
    p->listener = open_socket(p->path, true);
    p->most = INT_MAX;
    cr_assert(pthread_create(&p->thread, NULL, work, p) == 0);
    return p;
}

const char *proxy_host(const struct proxy *p)
{
    return p->directory;
}

void proxy_refuse_after(struct proxy *p, int count)
{
    p->connections = 0;
    p->most = count;
}

void proxy_pool(struct proxy *p)
{
    p->pools = true;
}

void proxy_stall(struct proxy *p)
{
    p->stalled = true;
}

void proxy_stop(struct proxy *p)
{
    p->stopped = true;
    pthread_join(p->thread, NULL);
    for (int i = 0; i < p->count; i++)
        if (p->pairs[i][0] >= 0)
            close_pair(p->pairs[i]);
    close(p->listener);
    unlink(p->path);
    rmdir(p->directory);
    free(p);
}
