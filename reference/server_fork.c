/* A process for each client. */
#include "reference/report.h"
#include "reference/server.h"
#include "reference/signals.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct children {
    pid_t pids[CONNECTIONS_MAX];
    size_t count;
};

/* Takes the status of every child that has ended: until then it is a zombie. All of them at each look, since
   signals are not counted: two children may end for one SIGCHLD. */
static void reap(struct children *c)
{
    for (size_t i = c->count; i-- > 0;)
        if (waitpid(c->pids[i], NULL, WNOHANG) != 0)
            c->pids[i] = c->pids[--c->count];
}

/* In the child: what belongs to the parent is closed, then the client served. */
static _Noreturn void serve_and_exit(struct server *s, const struct accepted *client)
{
    signals_shut_on_stop(client->fd, SHUT_RD);
    signals_close_pipe();
    close(s->listener);
    serve_connection(&s->options, client);
    signals_shut_on_stop(-1, 0);
    close(client->fd);
    exit(EXIT_SUCCESS); /* stdout was flushed before fork, so nothing is written twice */
}

static int serve_next(struct server *s, struct children *c)
{
    struct accepted client;
    int got = listener_accept(s, 0, &client);

    if (got <= 0)
        return got;
    pid_t pid = fork();
    if (pid == 0)
        serve_and_exit(s, &client);
    if (pid > 0)
        c->pids[c->count++] = pid;
    else
        report("%s: fork: %s", client.peer, strerror(errno));
    close(client.fd); /* the child has its own: while this one is open too, the client would see no end */
    return 0;
}

/* Tells the children, and waits for them: none can take longer than its exchange may. */
static void stop_children(struct server *s, struct children *c)
{
    for (size_t i = 0; i < c->count; i++)
        kill(c->pids[i], SIGTERM);
    for (reap(c); c->count > 0 && listener_wait(s, false) >= 0; reap(c))
        ;
}

int serve_fork(struct server *s)
{
    struct children c = {.count = 0};
    int ready = 0;

    signals_catch(SIGCHLD);
    while (ready >= 0 && !signals_stopping()) {
        ready = listener_wait(s, c.count < CONNECTIONS_MAX);
        reap(&c);
        if (ready > 0)
            ready = serve_next(s, &c);
    }
    stop_children(s, &c);
    return ready < 0 ? -1 : 0;
}
