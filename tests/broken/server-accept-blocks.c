/*
 * A server that sends back what it receives, with two workers that share a listener and wait with poll.
 * The bug: the listener blocks. Both are told of a client, one takes it, and the other waits in accept for
 * the next, whatever its own clients want meanwhile.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef FIXED
#define FIXED 0
#endif

enum { WORKERS = 2, CLIENTS = 8 };

static int listen_on(const char *port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};
    int fd = socket(AF_INET, SOCK_STREAM | (FIXED ? SOCK_NONBLOCK : 0), 0), on = 1;

    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0 ||
        bind(fd, (struct sockaddr *)&at, sizeof at) < 0 || listen(fd, 16) < 0)
        err(1, "port %s", port);
    return fd;
}

/* Sends back what has come; false when the connection is over. */
static bool echo(int fd)
{
    char bytes[4096];
    ssize_t n = recv(fd, bytes, sizeof bytes, 0);

    if (n < 0)
        warn("client");
    return n > 0 && send(fd, bytes, (size_t)n, MSG_NOSIGNAL) == n;
}

static int accept_client(int listener)
{
    int fd = accept(listener, NULL, NULL);

    if (fd < 0 && errno != EAGAIN)
        warn("accept");
    return fd;
}

/* The listener and the clients of one worker. */
static void work(int listener)
{
    struct pollfd watched[1 + CLIENTS] = {{.fd = listener, .events = POLLIN}};

    for (int i = 1; i <= CLIENTS; i++)
        watched[i] = (struct pollfd){.fd = -1, .events = POLLIN};
    for (;;) {
        if (poll(watched, 1 + CLIENTS, -1) < 0)
            err(1, "poll");
        for (int i = 1; i <= CLIENTS; i++) {
            if (watched[i].fd >= 0 && watched[i].revents != 0 && !echo(watched[i].fd)) {
                close(watched[i].fd);
                watched[i].fd = -1;
            } else if (watched[i].fd < 0 && watched[0].revents != 0) {
                watched[i].fd = accept_client(listener);
                watched[0].revents = 0;
            }
        }
    }
}

int main(int argc, char **argv)
{
    if (argc != 2)
        errx(2, "usage: %s PORT", argv[0]);
    int listener = listen_on(argv[1]);

    for (int i = 0; i < WORKERS; i++)
        if (fork() == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            work(listener);
        }
    wait(NULL);
    errx(1, "a worker has ended");
}
