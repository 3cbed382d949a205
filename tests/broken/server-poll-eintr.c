/*
 * A server that sends back what it receives, one client after the other. SIGHUP asks it to say how many it
 * has served, with a handler that restarts the call it interrupts (SA_RESTART). The bug: it trusts in that
 * for poll too, which is never restarted, and ends when a signal interrupts it.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef FIXED
#define FIXED 0
#endif

static volatile sig_atomic_t report_wanted;

static void on_hup(int number)
{
    (void)number;
    report_wanted = 1;
}

static int listen_on(const char *port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), on = 1;

    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0 ||
        bind(fd, (struct sockaddr *)&at, sizeof at) < 0 || listen(fd, 16) < 0)
        err(1, "port %s", port);
    return fd;
}

static int send_all(int fd, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t n = send(fd, bytes, length, MSG_NOSIGNAL);
        if (n < 0)
            return -1;
        bytes += n;
        length -= (size_t)n;
    }
    return 0;
}

static void serve(int fd)
{
    char bytes[4096];
    ssize_t n;

    while ((n = recv(fd, bytes, sizeof bytes, 0)) > 0 && send_all(fd, bytes, (size_t)n) == 0)
        ;
    if (n != 0)
        warn("client");
    close(fd);
}

/* Serves one client, if there is one. */
static unsigned long accept_and_serve(int listener)
{
    int fd = accept(listener, NULL, NULL);

    if (fd >= 0) {
        serve(fd);
        return 1;
    }
    if (errno != EAGAIN) { /* this client is gone, or something is short: neither is for ever */
        warn("accept");
        poll(NULL, 0, 50);
    }
    return 0;
}

int main(int argc, char **argv)
{
    struct sigaction action = {.sa_handler = on_hup, .sa_flags = SA_RESTART};
    unsigned long served = 0;

    if (argc != 2)
        errx(2, "usage: %s PORT", argv[0]);
    if (sigaction(SIGHUP, &action, NULL) < 0)
        err(1, "sigaction");
    struct pollfd watched = {.fd = listen_on(argv[1]), .events = POLLIN};

    for (;;) {
        int ready = poll(&watched, 1, -1);
        if (report_wanted)
            fprintf(stderr, "%lu served\n", served);
        report_wanted = 0;
        if (ready < 0 && !(FIXED && errno == EINTR))
            err(1, "poll");
        if (ready > 0)
            served += accept_and_serve(watched.fd);
    }
}
