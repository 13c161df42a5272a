/*
 * A request for cancelling, made from a thread of its own: PQcancel connects and waits for that, which may
 * never end. So it is no thread of libuv's pool: the end of the program waits for those. For core/io only.
 */
#ifndef IO_CANCEL_H
#define IO_CANCEL_H

#include <libpq-fe.h>
#include <uv.h>

struct cancel;

/* made is called in the loop when the request was made, whether it went well or not. NULL: out of memory. */
struct cancel *cancel_begin(uv_loop_t *uv, PGconn *conn, void (*made)(void *context), void *context);
/* made is called no more; the thread is left to itself. NULL is allowed. */
void cancel_forget(struct cancel *c);

#endif
