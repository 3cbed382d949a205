/*
 * A client that exchanges 40 lines with a server that sends lines back.
 * The bug takes two faults: once a line has come in pieces, a receive that a signal interrupts is not made
 * again.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LINES = 40 };

static void ignore(int signal)
{
    (void)signal;
}

static int dial(const char *port)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) < 0)
        err(1, "connect");
    return fd;
}

static void exchange(int fd, bool *pieces)
{
    static const char line[] = "hello\n";
    const size_t length = sizeof line - 1;
    char reply[sizeof line];

    for (size_t sent = 0; sent < length;) {
        ssize_t n = send(fd, line + sent, length - sent, MSG_NOSIGNAL);
        if (n < 0 && errno != EINTR)
            err(1, "send");
        sent += n < 0 ? 0 : (size_t)n;
    }
    for (size_t got = 0; got < length;) {
        ssize_t n = recv(fd, reply + got, length - got, 0);
        if (n < 0 && errno == EINTR && !*pieces)
            continue;
        if (n <= 0)
            err(3, "recv");
        got += (size_t)n;
        *pieces = *pieces || got < length;
    }
    if (memcmp(line, reply, length) != 0)
        errx(1, "another line came back");
}

int main(int argc, char **argv)
{
    struct sigaction action = {.sa_handler = ignore};
    bool pieces = false;

    if (argc != 2)
        errx(2, "usage: %s PORT", argv[0]);
    sigaction(SIGUSR1, &action, NULL);
    int fd = dial(argv[1]);
    for (int i = 0; i < LINES; i++)
        exchange(fd, &pieces);
    close(fd);
    return puts("done") < 0;
}
