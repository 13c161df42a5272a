/*
 * What loop.c shows to the other files of core/io, and to nobody else.
 */
#ifndef IO_LOOP_PRIVATE_H
#define IO_LOOP_PRIVATE_H

#include "io/loop.h"

#include <uv.h>

/* Embedded in whatever lives on the loop (a session). A hook may take its own member or another one away. */
struct loop_member {
    struct loop_member *next;
    void (*tick)(struct loop_member *m);      /* with each tick, and soon after loop_soon */
    void (*interrupt)(struct loop_member *m); /* at the second signal and each one after it */
};

uv_loop_t *loop_uv(struct loop *l);
void loop_join(struct loop *l, struct loop_member *m);
void loop_leave(struct loop *l, struct loop_member *m);
/* Nobody waits for the server any more: each member hears of it in its tick hook. At the third signal, or
 * when a member says so. */
void loop_give_up(struct loop *l);
bool loop_gave_up(const struct loop *l);
bool loop_has_members(const struct loop *l);
/* The members' tick hooks run in the loop's next round. */
void loop_soon(struct loop *l);

#endif
