/*
 * A server that sends back what it receives, one client after the other, without ever blocking in send: it
 * gives up on a client that takes nothing for a second. The bug: it gives up at once. EAGAIN means that the
 * buffer is full for now, not that the client is bad.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>
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

static bool ready_for(int fd, short event, int milliseconds)
{
    struct pollfd watched = {.fd = fd, .events = event};
    int ready = poll(&watched, 1, milliseconds);

    if (ready < 0)
        err(1, "poll");
    return ready > 0;
}

static int send_all(int fd, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t n = send(fd, bytes, length, MSG_NOSIGNAL);
        if (FIXED && n < 0 && errno == EAGAIN && ready_for(fd, POLLOUT, 1000))
            continue;
        if (n < 0)
            return -1;
        bytes += n;
        length -= (size_t)n;
    }
    return 0;
}

/* Returns as recv does, but waits. */
static ssize_t receive(int fd, char *bytes, size_t size)
{
    ssize_t n;

    do {
        ready_for(fd, POLLIN, -1);
        n = recv(fd, bytes, size, 0);
    } while (n < 0 && errno == EAGAIN);
    return n;
}

static void serve(int fd)
{
    char bytes[4096];
    ssize_t n;

    while ((n = receive(fd, bytes, sizeof bytes)) > 0 && send_all(fd, bytes, (size_t)n) == 0)
        ;
    if (n != 0)
        warn("client");
    close(fd);
}

int main(int argc, char **argv)
{
    if (argc != 2)
        errx(2, "usage: %s PORT", argv[0]);
    int listener = listen_on(argv[1]);

    for (;;) {
        int fd = accept(listener, NULL, NULL);
        if (fd < 0) { /* this client is gone, or something is short: neither is for ever */
            warn("accept");
            poll(NULL, 0, 50);
            continue;
        }
        if (fcntl(fd, F_SETFL, O_NONBLOCK) < 0)
            err(1, "fcntl");
        serve(fd);
    }
}
