/*
 * All clients in one thread, with epoll. Level-triggered it is poll that remembers what to watch.
 * Edge-triggered it says once that something changed, so everything must be taken until EAGAIN, or nobody
 * will ever say it again.
 */
#include "reference/report.h"
#include "reference/server_connection.h"
#include "reference/signals.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { EVENTS_MAX = 64, STEPS_MAX = 64 };

struct loop {
    struct server *server;
    int epoll;
    bool edge;
    uint32_t listening; /* the events the listener is watched for */
    struct connections all;
};

/* Who an event is about: a connection, the server for its listener, NULL for the self-pipe. To add one may
   fail, for want of memory or of watches; to change what one is watched for takes neither, and cannot. */
static int watch(const struct loop *l, int operation, int fd, uint32_t events, void *who)
{
    struct epoll_event event = {.events = events, .data.ptr = who};

    return epoll_ctl(l->epoll, operation, fd, &event);
}

/* Stops or resumes listening. To set the events anew also gives the edge back for what came meanwhile. */
static void watch_listener(struct loop *l)
{
    bool open = l->all.count < CONNECTIONS_MAX && l->server->resume == 0 && !signals_stopping();
    uint32_t events = open ? EPOLLIN | (l->edge ? EPOLLET : 0) : 0;

    if (events != l->listening)
        watch(l, EPOLL_CTL_MOD, l->server->listener, events, l->server);
    l->listening = events;
}

/* Tells epoll what c waits for, if that is something else than before or the edge is needed again. */
static int watch_connection(const struct loop *l, struct connection *c, int operation, bool again)
{
    uint32_t events = l->edge ? EPOLLIN | EPOLLOUT | EPOLLET : c->sending ? EPOLLOUT : EPOLLIN;

    if (events == c->events && !again)
        return 0;
    c->events = events;
    return watch(l, operation, c->client.fd, events, c);
}

/* Level: one step, epoll will say it again. Edge: until the socket has no more, but for one that always has
   more: the others must have their turn, so it is left after a while and its edge asked for again. */
static void drive(struct loop *l, struct connection *c)
{
    enum step step;
    int steps = 0;

    do
        step = connection_step(c, &l->server->options);
    while (l->edge && step == STEP_MORE && ++steps < STEPS_MAX);

    if (step == STEP_END)
        connections_close(&l->all, c);
    else
        watch_connection(l, c, EPOLL_CTL_MOD, l->edge && step == STEP_MORE);
}

static int accept_some(struct loop *l)
{
    struct connection *c;
    int got;

    do {
        got = connections_accept(&l->all, l->server, &c);
        if (got > 0 && watch_connection(l, c, EPOLL_CTL_ADD, true) != 0) {
            report("%s: epoll_ctl: %s", c->client.peer, strerror(errno));
            connections_close(&l->all, c);
        }
    } while (got > 0 && l->edge);
    return got;
}

static int handle(struct loop *l, const struct epoll_event *event)
{
    int result = 0;

    if (event->data.ptr == NULL)
        signals_drain();
    else if (event->data.ptr != l->server)
        drive(l, event->data.ptr);
    else if (l->server->options.type == SOCK_DGRAM)
        answer_datagrams(l->server);
    else
        result = accept_some(l);
    watch_listener(l); /* there may be room again, or none, or a pause */
    return result < 0 ? -1 : 0;
}

static int run(struct loop *l)
{
    struct epoll_event events[EVENTS_MAX];
    int status = 0;

    while (status == 0 && connections_tend(&l->all)) {
        int timeout = connections_timeout(&l->all, l->server);
        watch_listener(l);
        /* -1 is EINTR, and nothing to handle: unlike poll, which needs memory, this has no other way to fail.
         */
        int ready = epoll_wait(l->epoll, events, EVENTS_MAX, timeout);
        for (int i = 0; i < ready && status == 0; i++)
            status = handle(l, &events[i]);
    }
    return status;
}

int serve_epoll(struct server *s)
{
    struct loop l = {.server = s, .edge = s->options.model == MODEL_EPOLL_ET};
    int status = -1;

    l.epoll = epoll_create1(EPOLL_CLOEXEC);
    if (l.epoll >= 0 && watch(&l, EPOLL_CTL_ADD, signals_pipe(), EPOLLIN, NULL) == 0 &&
        watch(&l, EPOLL_CTL_ADD, s->listener, 0, s) == 0)
        status = run(&l);
    else
        report("epoll: %s", strerror(errno));
    connections_close_all(&l.all);
    if (l.epoll >= 0)
        close(l.epoll);
    return status;
}
