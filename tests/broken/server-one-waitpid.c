/*
 * A server that sends back what it receives, with a process for each client.
 * The bug: one child is waited for when SIGCHLD came. While it is blocked, the signal is remembered once,
 * however many children have ended: the others stay zombies.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef FIXED
#define FIXED 0
#endif

static volatile sig_atomic_t child_ended;

static void on_child(int number)
{
    (void)number;
    child_ended = 1;
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

static void reap(void)
{
    child_ended = 0;
    while (waitpid(-1, NULL, WNOHANG) > 0)
        if (!FIXED)
            return;
}

static void accept_client(int listener)
{
    int fd = accept(listener, NULL, NULL);

    if (fd < 0 && errno == EAGAIN)
        return;
    if (fd < 0) { /* this client is gone, or something is short: neither is for ever */
        warn("accept");
        poll(NULL, 0, 50);
        return;
    }
    pid_t child = fork();
    if (child == 0) {
        close(listener);
        serve(fd);
        _exit(0);
    }
    if (child < 0)
        warn("fork");
    close(fd);
}

int main(int argc, char **argv)
{
    struct sigaction action = {.sa_handler = on_child};
    sigset_t chld, open;

    if (argc != 2)
        errx(2, "usage: %s PORT", argv[0]);
    sigemptyset(&chld);
    sigaddset(&chld, SIGCHLD);
    if (sigprocmask(SIG_BLOCK, &chld, &open) < 0 || sigaction(SIGCHLD, &action, NULL) < 0)
        err(1, "signals");
    struct pollfd watched = {.fd = listen_on(argv[1]), .events = POLLIN};

    for (;;) {
        int ready = ppoll(&watched, 1, NULL, &open); /* the one place where SIGCHLD can come */
        if (ready < 0 && errno != EINTR)
            err(1, "ppoll");
        if (child_ended)
            reap();
        if (ready > 0)
            accept_client(watched.fd);
    }
}
