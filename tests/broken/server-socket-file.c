/*
 * A server that sends one line back to one client, on a Unix domain socket, and ends.
 * The bug: when the client fails, it ends without removing the socket's file, and the next one cannot bind to
 * it.
 */
#include <err.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#ifndef FIXED
#define FIXED 0
#endif

static int listen_on(const char *path)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    if (strlen(path) >= sizeof at.sun_path)
        errx(1, "%s: too long for the name of a socket", path);
    strcpy(at.sun_path, path);
    if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof at) < 0 || listen(fd, 16) < 0)
        err(1, "%s", path);
    return fd;
}

static int accept_one(int listener)
{
    int fd;

    while ((fd = accept(listener, NULL, NULL)) < 0) { /* something is short: not for ever */
        warn("accept");
        poll(NULL, 0, 50);
    }
    return fd;
}

static size_t receive_line(int fd, char *line, size_t size)
{
    size_t used = 0;

    while (used == 0 || line[used - 1] != '\n') {
        if (used == size)
            errx(1, "the line is too long");
        ssize_t n = recv(fd, line + used, size - used, 0);
        if (n < 0)
            err(1, "recv");
        if (n == 0)
            errx(1, "the client has gone");
        used += (size_t)n;
    }
    return used;
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

int main(int argc, char **argv)
{
    char line[4096];

    if (argc != 2)
        errx(2, "usage: %s PATH", argv[0]);
    int listener = listen_on(argv[1]);
    int fd = accept_one(listener);
    if (FIXED)
        unlink(argv[1]); /* nobody else is to come */
    size_t length = receive_line(fd, line, sizeof line);
    if (!FIXED)
        unlink(argv[1]);
    send_all(fd, line, length);
    return 0;
}
