/*
 * A way to the server that can be made worse: a socket in a directory of its own, to be given as PGHOST.
 */
#ifndef TESTS_PROXY_H
#define TESTS_PROXY_H

struct proxy;

struct proxy *proxy_start(void);
const char *proxy_host(const struct proxy *p);
/* All but the first `count` are answered as by a server that is shutting down. */
void proxy_refuse_after(struct proxy *p, int count);
/* As a pooler: the server's process is not the one that the client is told of. */
void proxy_pool(struct proxy *p);
/* Nothing is read or written any more, by either side; nothing is closed either. */
void proxy_stall(struct proxy *p);
/* Closes everything. */
void proxy_stop(struct proxy *p);

#endif
