/*
 * A client for a server that sends lines back. It waits for a server that is not up yet: it connects without
 * blocking and tries again when that fails.
 * The bug: it tries again on the same socket. After a failed connect its state is unspecified (POSIX); Linux
 * answers the next one with ECONNABORTED.
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

enum { TRIES = 20, PAUSE = 50 /* ms */ };

/* 0, or the errno of a connect that failed after it had begun. */
static int try_once(int fd, const struct sockaddr_in *to)
{
    struct pollfd watched = {.fd = fd, .events = POLLOUT};
    int error = 0;
    socklen_t length = sizeof error;

    if (connect(fd, (const struct sockaddr *)to, sizeof *to) < 0 && errno != EINPROGRESS)
        err(1, "connect");
    if (poll(&watched, 1, -1) < 0 || getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) < 0)
        err(1, "wait");
    return error;
}

static int dial(const char *port)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};
    int fd = -1, error = -1;

    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    for (int i = 0; i < TRIES && error != 0; i++) {
        if (i > 0)
            poll(NULL, 0, PAUSE);
        if (FIXED && fd >= 0) {
            close(fd);
            fd = -1;
        }
        if (fd < 0 && (fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0)) < 0)
            err(1, "socket");
        error = try_once(fd, &to);
    }
    errno = error;
    if (error != 0 || fcntl(fd, F_SETFL, 0) < 0)
        err(1, "connect");
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
