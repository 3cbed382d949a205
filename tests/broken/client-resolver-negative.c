/*
 * A client for a server that sends lines back.
 * The bug: only what is above 0 counts as an error, as with an errno; those of getaddrinfo are below.
 */
#include <err.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef FIXED
#define FIXED 0
#endif

static struct addrinfo *look_up(const char *port)
{
    struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM}, *found = NULL;
    int error = getaddrinfo("localhost", port, &hints, &found);

    if (FIXED ? error != 0 : error > 0)
        errx(1, "localhost: %s", error == EAI_SYSTEM ? strerror(errno) : gai_strerror(error));
    return found;
}

static int dial(const char *port)
{
    struct addrinfo *found = look_up(port);
    int fd = socket(found->ai_family, found->ai_socktype, 0);

    if (fd < 0 || connect(fd, found->ai_addr, found->ai_addrlen) < 0)
        err(1, "connect");
    freeaddrinfo(found);
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
