/*
 * A client for a server that sends lines back.
 * The bug: when the connection ends before the newline, the newline is looked for all the same, and where
 * strchr says NULL is written to.
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

/* Reads a line and takes the newline off. */
static void receive_line(int fd, char *line, size_t size)
{
    size_t used = 0;
    ssize_t n = 1;

    line[0] = '\0';
    while (n > 0 && used < size - 1 && strchr(line, '\n') == NULL) {
        n = recv(fd, line + used, size - 1 - used, 0);
        if (n < 0)
            err(1, "recv");
        used += (size_t)n;
        line[used] = '\0';
    }
    char *newline = strchr(line, '\n');
    if (FIXED && newline == NULL)
        errx(1, "the reply has no end");
    *newline = '\0';
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
    receive_line(fd, reply, sizeof reply);
    puts(reply);
    free(request);
    close(fd);
    return fflush(stdout) == 0 ? 0 : 1;
}
