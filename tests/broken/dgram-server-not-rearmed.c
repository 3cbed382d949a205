/*
 * A UDP server that sends back what it receives, and waits with epoll for one event at a time (EPOLLONESHOT).
 * The bug: where there was nothing to receive it forgets to ask for the next event.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#ifndef FIXED
#define FIXED 0
#endif

static int bind_to(const char *port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);

    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof at) < 0)
        err(1, "port %s", port);
    return fd;
}

static bool answer(int fd)
{
    static char bytes[65536];
    struct sockaddr_in from;
    socklen_t length = sizeof from;
    ssize_t n = recvfrom(fd, bytes, sizeof bytes, 0, (struct sockaddr *)&from, &length);

    if (n < 0 && errno == EAGAIN)
        return false;
    if (n < 0)
        warn("recvfrom");
    else if (sendto(fd, bytes, (size_t)n, 0, (struct sockaddr *)&from, length) < 0)
        warn("sendto");
    return true;
}

int main(int argc, char **argv)
{
    if (argc != 2)
        errx(2, "usage: %s PORT", argv[0]);
    int fd = bind_to(argv[1]), epoll = epoll_create1(0);
    struct epoll_event once = {.events = EPOLLIN | EPOLLONESHOT, .data.fd = fd}, event;

    if (epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &once) < 0)
        err(1, "epoll");
    for (;;) {
        int n = epoll_wait(epoll, &event, 1, -1);
        if (n < 0 && errno != EINTR)
            err(1, "epoll_wait");
        if (n == 1 && (answer(fd) || FIXED) && epoll_ctl(epoll, EPOLL_CTL_MOD, fd, &once) < 0)
            err(1, "epoll_ctl");
    }
}
