/*
 * A client for a server that sends lines back.
 * The bug: it waits without limit. When the server's machine is gone, nobody will ever say so.
 */
#include <arpa/inet.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#ifndef FIXED
#define FIXED 0
#endif

static int dial(const char *port)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};
    struct timeval patience = {.tv_usec = 300000};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) < 0)
        err(1, "connect");
    if (FIXED && setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) < 0)
        err(1, "setsockopt");
    return fd;
}

/* Sends the line and prints the one that comes back. */
static void talk(int fd, const char *line)
{
    char byte;

    if (send(fd, line, strlen(line), MSG_NOSIGNAL) < 0 || send(fd, "\n", 1, MSG_NOSIGNAL) < 0)
        err(1, "send");
    do {
        if (recv(fd, &byte, 1, 0) != 1)
            errx(1, "no reply");
        putchar(byte);
    } while (byte != '\n');
}

int main(int argc, char **argv)
{
    if (argc != 3)
        errx(2, "usage: %s PORT MESSAGE", argv[0]);
    int fd = dial(argv[1]);

    talk(fd, argv[2]);
    close(fd);
    return fflush(stdout) == 0 ? 0 : 1;
}
