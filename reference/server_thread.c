/* A thread for each client. */
#include "reference/report.h"
#include "reference/server.h"
#include "reference/signals.h"

#include <pthread.h>
#include <string.h>
#include <unistd.h>

struct worker {
    bool started; /* and not joined yet; the main thread's own */
    bool serving; /* the client's descriptor is open; under the lock */
    pthread_t thread;
    struct pool *pool;
    struct accepted client;
};

struct pool {
    pthread_mutex_t lock;
    const struct options *options;
    struct worker workers[CONNECTIONS_MAX];
};

static void *work(void *argument)
{
    struct worker *w = argument;

    serve_connection(w->pool->options, &w->client);
    /* Under the lock, so that stop() cannot shut down a number that was closed and means something else. */
    pthread_mutex_lock(&w->pool->lock);
    close(w->client.fd);
    w->serving = false;
    pthread_mutex_unlock(&w->pool->lock);
    signals_wake();
    return NULL;
}

/* Joins the threads that have finished. Returns a worker that is free, or NULL. */
static struct worker *collect(struct pool *p)
{
    struct worker *free_one = NULL;

    pthread_mutex_lock(&p->lock);
    for (struct worker *w = p->workers; w < p->workers + CONNECTIONS_MAX; w++) {
        if (w->started && !w->serving) {
            pthread_join(w->thread, NULL); /* it has nothing left to do that needs the lock */
            w->started = false;
        }
        if (!w->started)
            free_one = w;
    }
    pthread_mutex_unlock(&p->lock);
    return free_one;
}

static int serve_next(struct server *s, struct worker *w)
{
    int got = listener_accept(s, 0, &w->client);

    if (got <= 0)
        return got;
    w->serving = true;
    int error = pthread_create(&w->thread, NULL, work, w);
    w->started = error == 0;
    if (error != 0) {
        report("%s: pthread_create: %s", w->client.peer, strerror(error));
        close(w->client.fd);
    }
    return 0;
}

/* Ends what the workers would wait for, and joins them: none can take longer than its exchange may. */
static void stop(struct pool *p)
{
    pthread_mutex_lock(&p->lock);
    for (struct worker *w = p->workers; w < p->workers + CONNECTIONS_MAX; w++)
        if (w->started && w->serving)
            shutdown(w->client.fd, SHUT_RD);
    pthread_mutex_unlock(&p->lock);
    for (struct worker *w = p->workers; w < p->workers + CONNECTIONS_MAX; w++)
        if (w->started)
            pthread_join(w->thread, NULL);
}

int serve_thread(struct server *s)
{
    struct pool pool = {.lock = PTHREAD_MUTEX_INITIALIZER, .options = &s->options};
    int ready = 0;

    for (struct worker *w = pool.workers; w < pool.workers + CONNECTIONS_MAX; w++)
        w->pool = &pool;
    while (ready >= 0 && !signals_stopping()) {
        struct worker *w = collect(&pool);
        ready = listener_wait(s, w != NULL);
        if (ready > 0)
            ready = serve_next(s, w);
    }
    stop(&pool);
    return ready < 0 ? -1 : 0;
}
