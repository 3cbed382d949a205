/*
 * A client for a server that sends lines back, with gethostbyname.
 * The bug: an address is taken for granted. Where there is none the result is a null pointer.
 */
#include <arpa/inet.h>
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

static int dial(const char *port)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};
    const struct hostent *host = gethostbyname("localhost");

    if (FIXED && host == NULL)
        errx(1, "localhost: %s", hstrerror(h_errno));
    memcpy(&to.sin_addr, host->h_addr_list[0], sizeof to.sin_addr);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) < 0)
        err(1, "connect");
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
