/*
 * A client for a server that sends lines back. When the connection is lost it makes another one, and asks
 * again. The bug is in what it does then: one receive is taken for the whole reply.
 */
#include <arpa/inet.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef FIXED
#define FIXED 0
#endif

static int dial(const char *port)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) < 0)
        err(1, "connect");
    return fd;
}

static int ask(int fd, const char *line)
{
    char text[256];
    size_t length = (size_t)snprintf(text, sizeof text, "%s\n", line), sent = 0;

    while (sent < length) {
        ssize_t n = send(fd, text + sent, length - sent, MSG_NOSIGNAL);
        if (n < 0)
            return -1;
        sent += (size_t)n;
    }
    return 0;
}

/* The reply's length, or -1: the connection is lost. */
static ssize_t receive_line(int fd, char *line, size_t size)
{
    size_t used = 0;

    while (used < size && (used == 0 || line[used - 1] != '\n')) {
        ssize_t n = recv(fd, line + used, size - used, 0);
        if (n <= 0)
            return -1;
        used += (size_t)n;
    }
    return (ssize_t)used;
}

static ssize_t receive_again(int fd, char *line, size_t size)
{
    if (FIXED)
        return receive_line(fd, line, size);
    return recv(fd, line, size, 0);
}

int main(int argc, char **argv)
{
    char reply[256];
    ssize_t n = -1;

    if (argc != 3)
        errx(2, "usage: %s PORT LINE", argv[0]);
    int fd = dial(argv[1]);
    if (ask(fd, argv[2]) == 0)
        n = receive_line(fd, reply, sizeof reply);
    if (n < 0) {
        close(fd);
        fd = dial(argv[1]);
        if (ask(fd, argv[2]) < 0 || (n = receive_again(fd, reply, sizeof reply)) <= 0)
            errx(1, "the server closed the connection");
    }
    fwrite(reply, 1, (size_t)n, stdout);
    close(fd);
    return 0;
}
