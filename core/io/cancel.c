#include "io/cancel.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

/* Its end is the matter of the loop, which was told; or of the thread, when it was forgotten before. */
struct cancel {
    PGcancel *request;
    uv_async_t *answer; /* the loop's; freed in its close callback */
    void (*made)(void *context);
    void *context;
    pthread_mutex_t lock; /* of what follows, and of telling the loop */
    bool told, forgotten;
};

static void destroy(struct cancel *c)
{
    PQfreeCancel(c->request);
    pthread_mutex_destroy(&c->lock);
    free(c);
}

static void *make(void *context)
{
    struct cancel *c = context;
    char message[256];

    /* a failure is no one's loss: it is asked for again */
    (void)PQcancel(c->request, message, sizeof(message));
    pthread_mutex_lock(&c->lock);
    bool forgotten = c->forgotten;
    c->told = !forgotten;
    if (c->told)
        uv_async_send(c->answer);
    pthread_mutex_unlock(&c->lock);
    if (forgotten)
        destroy(c);
    return NULL;
}

static void free_answer(uv_handle_t *handle)
{
    free(handle);
}

void cancel_forget(struct cancel *c)
{
    if (c == NULL)
        return;
    pthread_mutex_lock(&c->lock);
    bool told = c->told;
    c->forgotten = true;
    uv_close((uv_handle_t *)c->answer, free_answer);
    pthread_mutex_unlock(&c->lock);
    if (told)
        destroy(c);
}

static void answer_cb(uv_async_t *answer)
{
    struct cancel *c = answer->data;
    void (*made)(void *context) = c->made;
    void *context = c->context;

    cancel_forget(c);
    made(context);
}

static bool start(struct cancel *c)
{
    pthread_t thread;

    if (pthread_create(&thread, NULL, make, c) != 0)
        return false;
    pthread_detach(thread);
    return true;
}

struct cancel *cancel_begin(uv_loop_t *uv, PGconn *conn, void (*made)(void *context), void *context)
{
    struct cancel *c = calloc(1, sizeof(*c));
    uv_async_t *answer = calloc(1, sizeof(*answer));

    if (c == NULL || answer == NULL || uv_async_init(uv, answer, answer_cb) != 0) {
        free(c);
        free(answer);
        return NULL;
    }
    answer->data = c;
    *c = (struct cancel){.request = PQgetCancel(conn), .answer = answer, .made = made, .context = context};
    pthread_mutex_init(&c->lock, NULL);
    if (c->request != NULL && start(c))
        return c;
    uv_close((uv_handle_t *)answer, free_answer);
    destroy(c);
    return NULL;
}
