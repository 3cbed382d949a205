/*
 * A client for a server that sends lines back, which may be at one of two addresses.
 * The bug: on a machine without IPv6 it stops at the first address, because socket() failed for it, though
 * the second would do.
 */
#include <err.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef FIXED
#define FIXED 0
#endif

static int try_address(const struct addrinfo *to)
{
    int fd = socket(to->ai_family, to->ai_socktype, to->ai_protocol);

    if (fd < 0 && !FIXED)
        err(1, "socket");
    if (fd >= 0 && connect(fd, to->ai_addr, to->ai_addrlen) < 0) {
        close(fd);
        fd = -1;
    }
    return fd;
}

static int dial(const char *port)
{
    static const char *const hosts[] = {"::1", "127.0.0.1"};
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV}, *to;
    int fd = -1;

    for (size_t i = 0; i < 2 && fd < 0; i++) {
        int error = getaddrinfo(hosts[i], port, &hints, &to);
        if (error != 0)
            errx(1, "%s: %s", hosts[i], gai_strerror(error));
        fd = try_address(to);
        freeaddrinfo(to);
    }
    if (fd < 0)
        errx(1, "nobody answers on port %s", port);
    return fd;
}

static void send_all(int fd, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t n = send(fd, bytes, length, MSG_NOSIGNAL);
        if (n < 0)
            err(1, "send");
        bytes += n;
        length -= (size_t)n;
    }
}

static size_t receive_line(int fd, char *line, size_t size)
{
    size_t used = 0;

    while (used == 0 || line[used - 1] != '\n') {
        if (used == size)
            errx(1, "the reply is too long");
        ssize_t n = recv(fd, line + used, size - used, 0);
        if (n < 0)
            err(1, "recv");
        if (n == 0)
            errx(1, "the server closed the connection");
        used += (size_t)n;
    }
    return used;
}

int main(int argc, char **argv)
{
    char *request, reply[4096];

    if (argc != 3)
        errx(2, "usage: %s PORT MESSAGE", argv[0]);
    int length = asprintf(&request, "%s\n", argv[2]);
    if (length < 0)
        err(1, "start");
    int fd = dial(argv[1]);

    send_all(fd, request, (size_t)length);
    fwrite(reply, 1, receive_line(fd, reply, sizeof reply), stdout);
    free(request);
    close(fd);
    return fflush(stdout) == 0 ? 0 : 1;
}
