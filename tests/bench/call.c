/*
 * call WHAT: nanoseconds a call takes, the fastest of some rounds, for run.sh to compare under different
 * conditions. The loop around it and the function pointer are the same everywhere.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { ROUNDS = 12, BATCH = 16384 };
static int ends[2], file;
static char *bytes;

static double now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void nothing(void) {}

/* Enough for a whole batch, so that the sending is not measured. */
static void fill(void)
{
    for (ssize_t sent = 0, n; sent < BATCH; sent += n)
        if ((n = send(ends[1], bytes, (size_t)(BATCH - sent), 0)) < 0)
            exit(1);
}

static void one_recv(void)
{
    char byte;
    if (recv(ends[0], &byte, 1, 0) != 1)
        exit(1);
}

static void one_send(void)
{
    if (send(ends[1], "x", 1, 0) != 1)
        exit(1);
}

/* The cheapest thing the kernel does: it looks at the number and says EBADF. */
static void one_refused(void)
{
    char byte;
    recv(-1, &byte, 1, 0);
}

static void one_fcntl(void)
{
    if (fcntl(ends[0], F_GETFD) < 0)
        exit(1);
}

static void one_dup_close(void)
{
    if (close(dup(file)) < 0)
        exit(1);
}

static void one_poll(void)
{
    struct pollfd readable = {.fd = ends[0], .events = POLLIN};
    if (poll(&readable, 1, 0) < 0)
        exit(1);
}

static const struct {
    const char *name;
    int count;
    void (*before)(void), (*call)(void), (*after)(void);
} calls[] = {
    {"empty", 1 << 20, nothing, one_refused, nothing}, /* with lib/empty.c preloaded: no kernel at all */
    {"refused", 1 << 16, nothing, one_refused, nothing},
    {"fcntl", 1 << 16, nothing, one_fcntl, nothing},
    {"recv", BATCH, fill, one_recv, nothing},
    {"send", 128, nothing, one_send, nothing}, /* more would fill the buffer with its overhead */
    {"poll", 1 << 15, nothing, one_poll, nothing},
    {"dup+close", 1 << 14, nothing, one_dup_close, nothing},
};

static double once(size_t i, int count)
{
    calls[i].before();
    double start = now_ns();
    for (int k = 0; k < count; k++)
        calls[i].call();
    double took = now_ns() - start;
    calls[i].after();
    return took / count;
}

/* call WHAT [DIVISOR]: so many times fewer calls, where each takes very long */
int main(int argc, char **argv)
{
    int divisor = argc > 2 ? atoi(argv[2]) : 1;
    file = open("/dev/null", O_RDONLY);
    bytes = calloc(1, BATCH);
    for (size_t i = 0; argc > 1 && i < sizeof calls / sizeof *calls; i++) {
        double best = 1e18;
        if (strcmp(argv[1], calls[i].name) != 0)
            continue;
        for (int round = 0; round < ROUNDS; round++) {
            if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) < 0)
                return 1;
            double ns = once(i, calls[i].count / divisor);
            best = ns < best ? ns : best;
            close(ends[0]);
            close(ends[1]);
        }
        printf("%.2f\n", best);
        return 0;
    }
    fprintf(stderr, "usage: %s WHAT [DIVISOR]\n", argv[0]);
    return 2;
}
