/* The server: socket, bind, listen; then a model accepts, exchanges and closes. */
#include "reference/server.h"
#include "reference/report.h"
#include "reference/signals.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int set_options(int fd, const struct options *o)
{
    int on = 1;

    /* Connections of an earlier server may still be in TIME_WAIT: they must not keep the port. Not for
       datagrams, where it would let two servers have the same port at once. */
    if (o->domain != AF_UNIX && o->type == SOCK_STREAM &&
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0)
        return -1;
    /* Otherwise :: takes the IPv4 port too, or does not, as the machine is set up. */
    return o->domain == AF_INET6 ? setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) : 0;
}

/* socket, bind, listen. */
static int open_listener(struct server *s)
{
    const struct options *o = &s->options;
    const char *problem = address_resolve(o, &s->address);
    char text[ADDRESS_TEXT];

    if (problem != NULL) {
        report("%s: %s", o->domain == AF_UNIX ? o->path : o->host, problem);
        return -1;
    }
    address_text(&s->address, text);

    const char *step = "socket for";
    /* Non-blocking: readiness is only a hint, and whoever it was may be gone when accept or recvfrom is
     * called. */
    s->listener = socket(o->domain, o->type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (s->listener < 0)
        goto failed;
    step = "options for";
    if (set_options(s->listener, o) != 0)
        goto failed;
    step = "bind to";
    if (bind_address(s) != 0)
        goto failed;
    step = "listen on";
    if (o->type != SOCK_DGRAM && listen(s->listener, SOMAXCONN) != 0)
        goto failed;
    return 0;

failed:
    report("%s %s: %s", step, text, strerror(errno));
    return -1;
}

static int announce(struct server *s)
{
    char text[ADDRESS_TEXT];

    s->address.length = sizeof s->address.room;
    if (getsockname(s->listener, &s->address.any, &s->address.length) ==
        0) { /* the kernel chose the port if it was 0 */
        address_text(&s->address, text);
        if (printf("listening on %s\n", text) > 0 && fflush(stdout) == 0)
            return 0;
    }
    report("cannot say where it listens: %s", strerror(errno));
    return -1;
}

static int prepare(struct server *s)
{
    bool datagrams = s->options.type == SOCK_DGRAM;

    signals_install();
    if (signals_open_pipe() == 0 &&
        (!datagrams || message_init(&s->datagram, s->options.protocol, true) == 0))
        return 0;
    report("start: %s", strerror(errno));
    return -1;
}

int main(int argc, char **argv)
{
    static int (*const models[])(struct server *) = {
        [MODEL_ITERATIVE] = serve_iterative, [MODEL_FORK] = serve_fork,   [MODEL_THREAD] = serve_thread,
        [MODEL_POLL] = serve_poll,           [MODEL_EPOLL] = serve_epoll, [MODEL_EPOLL_ET] = serve_epoll,
    };
    struct server s = {.listener = -1};
    int status = -1;

    options_for_server(&s.options, argc, argv);
    if (prepare(&s) == 0 && open_listener(&s) == 0 && announce(&s) == 0)
        status = models[s.options.model](&s);

    remove_file(&s);
    if (s.listener >= 0)
        close(s.listener);
    message_free(&s.datagram);
    signals_close_pipe();
    return status == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
