/*
 * A client for a server that sends lines back.
 * The bug: a lookup that fails for now is tried again at once, and again.
 */
#include <err.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef FIXED
#define FIXED 0
#endif

enum { TRIES = FIXED ? 5 : 5000, PAUSE = FIXED ? 20000 : 0 /* us */ };

static struct addrinfo *look_up(const char *port)
{
    struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM}, *found = NULL;
    int error = EAI_AGAIN;

    for (int i = 0; i < TRIES && error == EAI_AGAIN; i++) {
        error = getaddrinfo("localhost", port, &hints, &found);
        if (error == EAI_AGAIN && PAUSE > 0)
            usleep(PAUSE);
    }
    if (error != 0)
        errx(1, "localhost: %s", gai_strerror(error));
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
