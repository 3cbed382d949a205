/* One client after the other. */
#include "reference/server.h"
#include "reference/signals.h"

#include <unistd.h>

static int serve_next(struct server *s)
{
    struct accepted client;
    int got = listener_accept(s, 0, &client);

    if (got > 0) {
        signals_shut_on_stop(client.fd, SHUT_RD); /* so that a stop ends a recv it would wait in */
        serve_connection(&s->options, &client);
        signals_shut_on_stop(-1, 0);
        close(client.fd);
    }
    return got;
}

int serve_iterative(struct server *s)
{
    while (!signals_stopping()) {
        int ready = listener_wait(s, true);
        if (ready > 0 && s->options.type == SOCK_DGRAM)
            answer_datagrams(s);
        else if (ready < 0 || (ready > 0 && serve_next(s) < 0))
            return -1;
    }
    return 0;
}
