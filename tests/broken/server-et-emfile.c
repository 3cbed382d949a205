/*
 * A server that sends back what it receives, for several clients at once; epoll tells it once of each new
 * connection (edge-triggered).
 * The bug: when there is no descriptor to be had at the moment it waits for the next edge. None comes for the
 * client that is in the queue already.
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

/* Accepts all there are. Returns how long to wait until the next try, in ms; -1: until somebody comes. */
static int accept_clients(int epoll, int listener)
{
    int fd;

    while ((fd = accept(listener, NULL, NULL)) >= 0)
        watch(epoll, fd, EPOLLIN);
    if (errno == EAGAIN)
        return -1;
    warn("accept");
    return FIXED ? 50 : -1;
}

int main(int argc, char **argv)
{
    struct epoll_event events[16];
    int epoll = epoll_create1(0), patience = -1;

    if (argc != 2)
        errx(2, "usage: %s PORT", argv[0]);
    int listener = listen_on(argv[1]);
    if (epoll < 0)
        err(1, "epoll_create1");
    watch(epoll, listener, EPOLLIN | EPOLLET);

    for (;;) {
        int n = epoll_wait(epoll, events, 16, patience);
        if (n < 0 && errno != EINTR)
            err(1, "epoll_wait");
        bool due = patience >= 0; /* what failed is tried again, whatever it was that woke us */
        for (int i = 0; i < n; i++)
            if (events[i].data.fd == listener)
                due = true;
            else
                echo(events[i].data.fd);
        if (due)
            patience = accept_clients(epoll, listener);
    }
}
