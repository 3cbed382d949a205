/* All clients in one thread, with poll. */
#include "reference/report.h"
#include "reference/server_connection.h"
#include "reference/signals.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

/* What to wait for: 0 the self-pipe, 1 the listener, then the connections as in their table. */
static nfds_t fill(struct pollfd *watched, const struct server *s, const struct connections *all)
{
    bool open = all->count < CONNECTIONS_MAX && s->resume == 0 && !signals_stopping();

    watched[0] = (struct pollfd){.fd = signals_pipe(), .events = POLLIN};
    watched[1] = (struct pollfd){.fd = open ? s->listener : -1, .events = POLLIN};
    for (size_t i = 0; i < all->count; i++) {
        const struct connection *c = all->table[i];
        /* POLLOUT only with something to send: a socket can nearly always be written to, and poll would never
         * wait. */
        watched[2 + i] = (struct pollfd){.fd = c->client.fd, .events = c->sending ? POLLOUT : POLLIN};
    }
    return 2 + all->count;
}

static int handle(const struct pollfd *watched, struct server *s, struct connections *all)
{
    struct connection *new_one;

    if (watched[0].revents != 0)
        signals_drain();
    for (size_t i = all->count; i-- > 0;) /* backwards: closing moves the last one, which was handled */
        /* Any event, not only the one asked for: after POLLHUP or POLLERR the call tells what it was. */
        if (watched[2 + i].revents != 0 && connection_step(all->table[i], &s->options) == STEP_END)
            connections_close(all, all->table[i]);
    if (watched[1].revents == 0)
        return 0;
    if (s->options.type == SOCK_DGRAM)
        answer_datagrams(s);
    else if (connections_accept(all, s, &new_one) < 0)
        return -1;
    return 0;
}

int serve_poll(struct server *s)
{
    struct connections all = {.count = 0};
    struct pollfd watched[2 + CONNECTIONS_MAX];
    int status = 0;

    while (status == 0 && connections_tend(&all)) {
        int timeout = connections_timeout(&all, s);
        int ready = poll(watched, fill(watched, s, &all), timeout);
        if (ready > 0)
            status = handle(watched, s, &all);
        else if (ready < 0 && errno != EINTR) {
            report("poll: %s", strerror(errno));
            status = -1;
        }
    }
    connections_close_all(&all);
    return status;
}
