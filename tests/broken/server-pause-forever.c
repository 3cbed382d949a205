/*
 * A server that sends back what it receives, for several clients at once, with level-triggered epoll. When
 * there is no descriptor to be had at the moment, it takes the listener out of the set for a while. The bug:
 * the flag that says what is in the set is not cleared when the listener is taken out, so that it is never
 * put in again.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef FIXED
#define FIXED 0
#endif

enum { PAUSE = 50 /* ms */ };

struct listener {
    int epoll, fd;
    bool watched;
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

static void watch(int epoll, int fd, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.fd = fd};

    if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) < 0)
        err(1, "epoll_ctl");
}

/* Sends back what has come. The connection blocks, but is only read when there is something to read. */
static void echo(int fd)
{
    char bytes[4096];
    ssize_t n = recv(fd, bytes, sizeof bytes, 0);

    if (n > 0 && send_all(fd, bytes, (size_t)n) == 0)
        return;
    if (n != 0)
        warn("client");
    close(fd);
}

static void watch_listener(struct listener *l)
{
    if (!l->watched)
        watch(l->epoll, l->fd, EPOLLIN);
    l->watched = true;
}

static void pause_listener(struct listener *l)
{
    if (epoll_ctl(l->epoll, EPOLL_CTL_DEL, l->fd, NULL) < 0)
        err(1, "epoll_ctl");
    if (FIXED)
        l->watched = false;
}

/* Returns how long to wait until the listener is put in again, in ms; -1: it is in. */
static int accept_client(struct listener *l)
{
    int fd = accept(l->fd, NULL, NULL);

    if (fd >= 0)
        watch(l->epoll, fd, EPOLLIN);
    if (fd >= 0 || errno == EAGAIN)
        return -1;
    warn("accept");
    pause_listener(l);
    return PAUSE;
}

int main(int argc, char **argv)
{
    struct listener l = {.epoll = epoll_create1(0)};
    struct epoll_event events[16];
    int patience = -1;

    if (argc != 2)
        errx(2, "usage: %s PORT", argv[0]);
    l.fd = listen_on(argv[1]);
    if (l.epoll < 0)
        err(1, "epoll_create1");

    watch_listener(&l);
    for (;;) {
        int n = epoll_wait(l.epoll, events, 16, patience);
        if (n < 0 && errno != EINTR)
            err(1, "epoll_wait");
        watch_listener(&l);
        patience = -1;
        for (int i = 0; i < n; i++)
            if (events[i].data.fd == l.fd)
                patience = accept_client(&l);
            else
                echo(events[i].data.fd);
    }
}
