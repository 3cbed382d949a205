/*
 * A client for a server that sends lines back, on a non-blocking socket with poll.
 * The bug: when nothing more has come for now (EAGAIN), it believes that the server has gone.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
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
    if (fcntl(fd, F_SETFL, O_NONBLOCK) < 0)
        err(1, "fcntl");
    return fd;
}

static void wait_for(int fd, short event)
{
    struct pollfd watched = {.fd = fd, .events = event};

    if (poll(&watched, 1, -1) < 0)
        err(1, "poll");
}

static void send_all(int fd, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t n = send(fd, bytes, length, MSG_NOSIGNAL);
        if (n < 0 && errno != EAGAIN)
            err(1, "send");
        if (n < 0) {
            wait_for(fd, POLLOUT);
            continue;
        }
        bytes += n;
        length -= (size_t)n;
    }
}

/* Waits once, then takes what there is. */
static size_t receive_line(int fd, char *line, size_t size)
{
    size_t used = 0;

    wait_for(fd, POLLIN);
    while (used == 0 || line[used - 1] != '\n') {
        if (used == size)
            errx(1, "the reply is too long");
        ssize_t n = recv(fd, line + used, size - used, 0);
        if (n < 0 && errno != EAGAIN)
            err(1, "recv");
        if (FIXED && n < 0) {
            wait_for(fd, POLLIN);
            continue;
        }
        if (n <= 0)
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
