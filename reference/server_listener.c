/* The listening socket, the same for every model; for datagrams it is the only socket there is. */
#include "reference/deadline.h"
#include "reference/report.h"
#include "reference/server.h"
#include "reference/signals.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

enum { PAUSE = 100 /* ms */ };

int listener_pause(struct server *s)
{
    int left = s->resume == 0 ? 0 : deadline_left(s->resume);

    if (left > 0)
        return left;
    s->resume = 0;
    return -1;
}

/* The client is still in the queue and the listener still ready: to ask again at once would be to spin, to
   give up would be to lose all clients for a shortage that passes. */
static void pause_listener(struct server *s, const char *what)
{
    report("%s: %s; next try in %d ms", what, strerror(errno), PAUSE);
    s->resume = deadline_after(PAUSE);
}

int listener_wait(struct server *s, bool room)
{
    int pause = listener_pause(s);
    bool open = room && pause < 0;
    struct pollfd watched[] = {
        {.fd = signals_pipe(), .events = POLLIN},
        {.fd = open ? s->listener : -1, .events = POLLIN}}; /* -1: poll looks past it */

    if (poll(watched, 2, pause) < 0) {
        if (errno == EINTR)
            return 0;
        report("poll: %s", strerror(errno));
        return -1;
    }
    if (watched[0].revents != 0)
        signals_drain();
    return watched[1].revents != 0;
}

int listener_accept(struct server *s, int flags, struct accepted *ret_accepted)
{
    struct address peer = {.length = sizeof peer.room};
    int fd = accept4(s->listener, &peer.any, &peer.length, flags | SOCK_CLOEXEC);

    if (fd >= 0) {
        ret_accepted->fd = fd;
        address_text(&peer, ret_accepted->peer);
        return 1;
    }
    if (errno == EAGAIN) /* somebody else took it, or that was the last */
        return 0;
    if (errno == EBADF || errno == EINVAL || errno == ENOTSOCK) { /* it will not get better by waiting */
        report("accept: %s", strerror(errno));
        return -1;
    }
    /* No descriptor or no memory to be had. Or, elsewhere than on Linux, ECONNABORTED: the client is gone
       already. On Linux accept succeeds then, and the first recv says ECONNRESET. */
    pause_listener(s, "accept");
    return 0;
}

/* Sends the datagram back. If that does not work the client, who must reckon with loss anyway, will ask
 * again. */
static void answer(struct server *s, const struct address *client)
{
    char peer[ADDRESS_TEXT];
    const char *problem = NULL;

    if (s->datagram.used == 0 || message_missing(&s->datagram) != 0)
        problem = io_text(IO_MALFORMED);
    else if (sendto(s->listener, s->datagram.bytes, s->datagram.used, 0, &client->any, client->length) < 0)
        problem = strerror(errno);
    if (problem != NULL) {
        address_text(client, peer);
        report("%s: %s", peer, problem);
    }
}

void answer_datagrams(struct server *s)
{
    while (!signals_stopping()) {
        struct address client = {.length = sizeof client.room};
        ssize_t count =
            recvfrom(s->listener, s->datagram.bytes, s->datagram.limit + 1, 0, &client.any, &client.length);

        if (count < 0 && errno == EAGAIN)
            return; /* that was the last, or it was lost between the readiness and the call */
        if (count < 0) {
            pause_listener(s, "receive");
            return;
        }
        s->datagram.used = (size_t)count;
        answer(s, &client);
    }
}
