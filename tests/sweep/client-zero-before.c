/*
 * A client for a server that sends lines back.
 * The bug: the result of receive is used as an index before it is looked at. When it is -1, a zero goes in
 * front of the buffer, where malloc keeps a byte that is zero anyway: nothing comes of it that could be seen
 * from outside.
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

enum { ROOM = 64 };

static int dial(const char *port)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) < 0)
        err(1, "connect");
    return fd;
}

/* Up to the line's end, with a zero behind it. */
static void read_line(int fd, char *line)
{
    size_t used = 0;

    do {
        char *rest = line + used;
        ssize_t n = recv(fd, rest, ROOM - used - 1, 0);
        if (FIXED && n < 0)
            err(1, "recv");
        rest[n] = '\0';
        if (n < 0)
            err(1, "recv");
        if (n == 0)
            errx(1, "the server closed the connection");
        used += (size_t)n;
    } while (strchr(line, '\n') == NULL);
}

int main(int argc, char **argv)
{
    if (argc != 2)
        errx(2, "usage: %s PORT", argv[0]);
    int fd = dial(argv[1]);
    char *line = malloc(ROOM);

    if (line == NULL || send(fd, "hello\n", 6, MSG_NOSIGNAL) != 6)
        err(1, "send");
    read_line(fd, line);
    fputs(line, stdout);
    free(line);
    close(fd);
    return fflush(stdout) == 0 ? 0 : 1;
}
