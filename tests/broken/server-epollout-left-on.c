/*
 * A server that sends back what it receives, for several clients at once, with level-triggered epoll. What a
 * client does not take now is kept, and sent when epoll says that there is room.
 * The bug: when all is sent, epoll goes on to be asked for room. There nearly always is some, so no wait
 * waits.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef FIXED
#define FIXED 0
#endif

struct client {
    int fd; /* first: the listener is one of these without the rest */
    char bytes[4096];
    size_t used, sent;
    bool over;
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

static void watch(int epoll, int operation, struct client *c, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = c};

    if (epoll_ctl(epoll, operation, c->fd, &event) < 0)
        err(1, "epoll_ctl");
}

static void accept_client(int epoll, int listener)
{
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);

    if (fd < 0 && errno == EAGAIN)
        return;
    if (fd < 0) { /* this client is gone, or something is short: neither is for ever */
        warn("accept");
        poll(NULL, 0, 50);
        return;
    }
    struct client *c = calloc(1, sizeof *c);
    if (c == NULL)
        err(1, "calloc");
    c->fd = fd;
    watch(epoll, EPOLL_CTL_ADD, c, EPOLLIN);
}

static void receive(struct client *c)
{
    ssize_t n = recv(c->fd, c->bytes, sizeof c->bytes, 0);

    c->sent = 0;
    c->used = n > 0 ? (size_t)n : 0;
    c->over = n == 0 || (n < 0 && errno != EAGAIN);
}

/* Sends what is left; -1 when it cannot be sent, EAGAIN included. */
static int send_rest(struct client *c)
{
    while (c->sent < c->used) {
        ssize_t n = send(c->fd, c->bytes + c->sent, c->used - c->sent, MSG_NOSIGNAL);
        if (n < 0)
            return -1;
        c->sent += (size_t)n;
    }
    return 0;
}

static void step(int epoll, struct client *c)
{
    bool waited = c->sent < c->used;

    if (!waited)
        receive(c);
    if (send_rest(c) < 0 && errno != EAGAIN)
        c->over = true;
    if (c->over) {
        close(c->fd);
        free(c);
    } else if (c->sent < c->used) {
        watch(epoll, EPOLL_CTL_MOD, c, EPOLLOUT);
    } else if (waited) {
        watch(epoll, EPOLL_CTL_MOD, c, FIXED ? EPOLLIN : EPOLLIN | EPOLLOUT);
    }
}

int main(int argc, char **argv)
{
    struct epoll_event events[16];
    struct client listener;
    int epoll = epoll_create1(0);

    if (argc != 2)
        errx(2, "usage: %s PORT", argv[0]);
    listener.fd = listen_on(argv[1]);
    if (epoll < 0)
        err(1, "epoll_create1");
    watch(epoll, EPOLL_CTL_ADD, &listener, EPOLLIN);

    for (;;) {
        int n = epoll_wait(epoll, events, 16, -1);
        if (n < 0 && errno != EINTR)
            err(1, "epoll_wait");
        for (int i = 0; i < n; i++)
            if (events[i].data.ptr == &listener)
                accept_client(epoll, listener.fd);
            else
                step(epoll, events[i].data.ptr);
    }
}
