/*
 * A UDP server that sends back what it receives.
 * The bug: a reply that cannot be sent ends it. It is as good as lost, and a client must reckon with that.
 */
#include <arpa/inet.h>
#include <err.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>

#ifndef FIXED
#define FIXED 0
#endif

static int bind_to(const char *port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};
    int fd = socket(AF_INET, SOCK_DGRAM, 0);

    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof at) < 0)
        err(1, "port %s", port);
    return fd;
}

int main(int argc, char **argv)
{
    static char bytes[65536];

    if (argc != 2)
        errx(2, "usage: %s PORT", argv[0]);
    int fd = bind_to(argv[1]);

    for (;;) {
        struct sockaddr_in from;
        socklen_t length = sizeof from;
        ssize_t n = recvfrom(fd, bytes, sizeof bytes, 0, (struct sockaddr *)&from, &length);
        if (n < 0) { /* something is short: not for ever */
            warn("recvfrom");
            poll(NULL, 0, 50);
            continue;
        }
        n = sendto(fd, bytes, (size_t)n, 0, (struct sockaddr *)&from, length);
        if (n < 0 && !FIXED)
            err(1, "sendto");
        if (n < 0)
            warn("sendto");
    }
}
