/*
 * A UDP server that sends back what it receives, and waits with poll.
 * The bug: it was told of a datagram, so it asks until there is one. One that was damaged is never there.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
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

static void answer(int fd)
{
    static char bytes[65536];
    struct sockaddr_in from;
    socklen_t length;
    ssize_t n;

    do {
        length = sizeof from;
        n = recvfrom(fd, bytes, sizeof bytes, 0, (struct sockaddr *)&from, &length);
    } while (n < 0 && errno == EAGAIN && !FIXED);
    if (n < 0 && errno != EAGAIN)
        warn("recvfrom");
    if (n >= 0 && sendto(fd, bytes, (size_t)n, 0, (struct sockaddr *)&from, length) < 0)
        warn("sendto");
}

int main(int argc, char **argv)
{
    if (argc != 2)
        errx(2, "usage: %s PORT", argv[0]);
    struct pollfd watched = {.fd = bind_to(argv[1]), .events = POLLIN};

    for (;;) {
        if (poll(&watched, 1, -1) < 0 && errno != EINTR)
            err(1, "poll");
        if (watched.revents != 0)
            answer(watched.fd);
    }
}
