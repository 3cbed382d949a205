/*
 * A server that sends back what it receives, for several clients at once, with poll.
 * The bug: whatever fails is closed and forgotten, the listener too. The server lives on and serves nobody.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef FIXED
#define FIXED 0
#endif

enum { SOCKETS = 64 };

struct server {
    struct pollfd sockets[SOCKETS]; /* the first is the listener */
    nfds_t count;
};

static int listen_on(const char *port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), on = 1;

    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0 ||
        bind(fd, (struct sockaddr *)&at, sizeof at) < 0 || listen(fd, 16) < 0)
        err(1, "port %s", port);
    return fd;
}

static int send_all(int fd, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t n = send(fd, bytes, length, MSG_NOSIGNAL);
        if (n < 0)
            return -1;
        bytes += n;
        length -= (size_t)n;
    }
    return 0;
}

/* false: there will be no more from this listener. */
static bool accept_client(struct server *s)
{
    int fd = accept(s->sockets[0].fd, NULL, NULL);

    if (fd < 0 && errno != EAGAIN) {
        warn("accept");
        if (!FIXED)
            return false;
        poll(NULL, 0, 50); /* something is short: not for ever */
    }
    if (fd >= 0 && s->count == SOCKETS) {
        warnx("too many clients");
        close(fd);
    } else if (fd >= 0) {
        s->sockets[s->count++] = (struct pollfd){.fd = fd, .events = POLLIN};
    }
    return true;
}

/* Sends back what has come. false: that was the end. */
static bool echo(int fd)
{
    char bytes[4096];
    ssize_t n = recv(fd, bytes, sizeof bytes, 0);

    if (n > 0 && send_all(fd, bytes, (size_t)n) == 0)
        return true;
    if (n != 0)
        warn("client");
    return false;
}

static void step(struct server *s, nfds_t i)
{
    if (s->sockets[i].revents == 0 || (i == 0 ? accept_client(s) : echo(s->sockets[i].fd)))
        return;
    close(s->sockets[i].fd);
    s->sockets[i].fd = -1; /* poll looks past it */
}

static void forget_closed(struct server *s)
{
    nfds_t kept = 1;

    for (nfds_t i = 1; i < s->count; i++)
        if (s->sockets[i].fd >= 0)
            s->sockets[kept++] = s->sockets[i];
    s->count = kept;
}

int main(int argc, char **argv)
{
    static struct server server;

    if (argc != 2)
        errx(2, "usage: %s PORT", argv[0]);
    server.sockets[0] = (struct pollfd){.fd = listen_on(argv[1]), .events = POLLIN};
    server.count = 1;

    for (;;) {
        if (poll(server.sockets, server.count, -1) < 0)
            err(1, "poll");
        nfds_t polled = server.count; /* those that are accepted now were not */
        for (nfds_t i = 0; i < polled; i++)
            step(&server, i);
        forget_closed(&server);
    }
}
