/*
 * A server that sends back what it receives, one client after the other.
 * The bug: it waits for a client without limit, and one whose machine is gone keeps it from all others.
 */
#include <arpa/inet.h>
#include <err.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#ifndef FIXED
#define FIXED 0
#endif

static int listen_on(const char *port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};
    int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;

    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0 ||
        bind(fd, (struct sockaddr *)&at, sizeof at) < 0 || listen(fd, 16) < 0)
        err(1, "port %s", port);
    return fd;
}

static void serve(int fd)
{
    struct timeval patience = {.tv_usec = 300000};
    char bytes[4096];
    ssize_t n;

    if (FIXED && setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) < 0)
        warn("setsockopt");
    while ((n = recv(fd, bytes, sizeof bytes, 0)) > 0)
        if (send(fd, bytes, (size_t)n, MSG_NOSIGNAL) != n) {
            warn("client");
            return;
        }
    if (n < 0)
        warn("client");
}

int main(int argc, char **argv)
{
    if (argc != 2)
        errx(2, "usage: %s PORT", argv[0]);
    int listener = listen_on(argv[1]);

    for (;;) {
        int fd = accept(listener, NULL, NULL);
        if (fd < 0) {
            warn("accept");
            sleep(1);
            continue;
        }
        serve(fd);
        close(fd);
    }
}
