/*
 * What twins are made of. A program of this folder brings an event about, for real or (a rule does it) not at
 * all, then makes calls by which it could tell one from the other, and prints what came of each: a line a
 * sequence of calls. compare.sh runs it both ways and compares what was printed.
 *
 *   PROGRAM EVENT VARIANT real|injected [DEPTH]
 *
 * EVENT is a name of the program's table, with what the program knows to prepare behind it (reset+finished);
 * VARIANT what rows.txt says (tcp4, or - for none). With status TWIN_SKIPPED the last line says why.
 */
#ifndef SOCKFAULT_TESTS_CONFORMANCE_TWIN_H
#define SOCKFAULT_TESTS_CONFORMANCE_TWIN_H

#include "tests/shim/check.h"

#include <linux/sockios.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/uio.h>
#include <sys/un.h>

/* The rules of these tests say fd=90: the peer's calls, in the same process, are not meant. */
enum {
    TWIN_FD = 90,
    TWIN_DEPTH = 2,
    TWIN_SKIPPED = 77,
    TWIN_EVENTS = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLPRI
};

struct twin {
    int fd, peer, edge, level;
    bool tell_peer;                       /* what the peer sees in the end is told as well */
    struct sockaddr_storage own, address; /* what the program knew of both ends before the event */
    socklen_t own_len, address_len;
};

/* Written by the handler: how many SIGPIPEs, and whether one did not come as the kernel sends it. */
static volatile sig_atomic_t twin_pipes, twin_false_pipes;

static void twin_on_pipe(int sig, siginfo_t *info, void *context)
{
    (void)sig;
    (void)context;
    twin_pipes++;
    twin_false_pipes += info->si_code != SI_USER || info->si_pid != getpid();
}

/* "ECONNRESET", or the number; what was signalled meanwhile behind it. */
static void twin_say(const char *name, long result)
{
    int err = errno;
    printf(" %s=", name);
    if (result < 0)
        printf("%s", strerrorname_np(err));
    else
        printf("%ld", result);
    for (; twin_pipes > 0; twin_pipes--)
        printf("+SIGPIPE%s", twin_false_pipes ? "(forged)" : "");
}

static void twin_say_events(const char *name, uint32_t events)
{
    printf(" %s=%s%s%s%s%s%s", name, events & EPOLLIN ? "I" : "", events & EPOLLPRI ? "P" : "",
           events & EPOLLOUT ? "O" : "", events & EPOLLERR ? "E" : "", events & EPOLLHUP ? "H" : "",
           events & EPOLLRDHUP ? "R" : "");
}

__attribute__((unused)) static void twin_say_name(const char *name, int failed,
                                                  const struct sockaddr_storage *is,
                                                  const struct sockaddr_storage *was, socklen_t len)
{
    if (failed)
        twin_say(name, -1);
    else
        printf(" %s=%s", name, memcmp(is, was, len) == 0 ? "same" : "other");
}

/* The kernel or the machine cannot be brought to do it here. */
__attribute__((noreturn, unused)) static void twin_skip(const char *why)
{
    printf("# %s\n", why);
    exit(TWIN_SKIPPED);
}

/* No program uses all of them. */
#define OP __attribute__((unused)) static void

OP op_recv(struct twin *t)
{
    char buf[4];
    twin_say("recv", recv(t->fd, buf, sizeof buf, 0));
}

OP op_read(struct twin *t)
{
    char buf[4];
    twin_say("read", read(t->fd, buf, sizeof buf));
}

OP op_readv(struct twin *t)
{
    char buf[4];
    struct iovec iov[] = {{buf, 2}, {buf + 2, 2}};
    twin_say("readv", readv(t->fd, iov, 2));
}

OP op_recvmsg(struct twin *t)
{
    char buf[4];
    struct iovec iov = {buf, sizeof buf};
    struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
    twin_say("recvmsg", recvmsg(t->fd, &msg, 0));
}

OP op_peek(struct twin *t)
{
    char buf[4];
    twin_say("peek", recv(t->fd, buf, sizeof buf, MSG_PEEK));
}

OP op_recv0(struct twin *t)
{
    char nothing;
    twin_say("recv0", recv(t->fd, &nothing, 0, 0));
}

OP op_send(struct twin *t)
{
    twin_say("send", send(t->fd, "x", 1, 0));
}

OP op_write(struct twin *t)
{
    twin_say("write", write(t->fd, "xy", 2));
}

OP op_sendmsg(struct twin *t)
{
    struct iovec iov = {(char[]){"z"}, 1};
    struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
    twin_say("sendmsg", sendmsg(t->fd, &msg, MSG_NOSIGNAL));
}

OP op_sendfile(struct twin *t)
{
    int file, err;
    MUST(file = open("/proc/self/exe", O_RDONLY));
    ssize_t sent = sendfile(t->fd, file, NULL, 2);
    err = errno;
    close(file);
    errno = err;
    twin_say("sendfile", sent);
}

OP op_splice(struct twin *t)
{
    int ends[2], err;
    MUST(pipe(ends));
    MUST(write(ends[1], "xy", 2));
    ssize_t sent = splice(ends[0], NULL, t->fd, NULL, 2, 0);
    err = errno;
    close_both(ends);
    errno = err;
    twin_say("splice", sent);
}

OP op_poll(struct twin *t)
{
    struct pollfd poll_fd = {.fd = t->fd, .events = TWIN_EVENTS};
    poll(&poll_fd, 1, 0);
    twin_say_events("poll", (uint32_t)poll_fd.revents);
}

OP op_select(struct twin *t)
{
    fd_set r, w, e;
    FD_ZERO(&r);
    FD_ZERO(&w);
    FD_ZERO(&e);
    FD_SET(t->fd, &r);
    FD_SET(t->fd, &w);
    FD_SET(t->fd, &e);
    select(t->fd + 1, &r, &w, &e, &(struct timeval){0});
    printf(" select=%s%s%s", FD_ISSET(t->fd, &r) ? "r" : "", FD_ISSET(t->fd, &w) ? "w" : "",
           FD_ISSET(t->fd, &e) ? "e" : "");
}

OP op_edge(struct twin *t)
{
    struct epoll_event event = {0};
    epoll_wait(t->edge, &event, 1, 0);
    twin_say_events("edge", event.events);
}

OP op_level(struct twin *t)
{
    struct epoll_event event = {0};
    epoll_wait(t->level, &event, 1, 0);
    twin_say_events("level", event.events);
}

OP op_error(struct twin *t)
{
    int value = 0;
    socklen_t len = sizeof value;
    int failed = getsockopt(t->fd, SOL_SOCKET, SO_ERROR, &value, &len);
    printf(" SO_ERROR=%s", failed ? "failed" : value ? strerrorname_np(value) : "0");
}

OP op_pending(struct twin *t)
{
    int bytes = -1;
    int result = ioctl(t->fd, FIONREAD, &bytes);
    twin_say("FIONREAD", result < 0 ? result : bytes);
}

OP op_unsent(struct twin *t)
{
    int bytes = -1;
    int result = ioctl(t->fd, SIOCOUTQ, &bytes);
    twin_say("SIOCOUTQ", result < 0 ? result : bytes);
}

OP op_peername(struct twin *t)
{
    struct sockaddr_storage name = {0};
    socklen_t len = sizeof name;
    int failed = getpeername(t->fd, (struct sockaddr *)&name, &len);
    twin_say_name("getpeername", failed, &name, &t->address, t->address_len);
}

OP op_sockname(struct twin *t)
{
    struct sockaddr_storage name = {0};
    socklen_t len = sizeof name;
    int failed = getsockname(t->fd, (struct sockaddr *)&name, &len);
    twin_say_name("getsockname", failed, &name, &t->own, t->own_len);
}

OP op_end_reading(struct twin *t)
{
    twin_say("SHUT_RD", shutdown(t->fd, SHUT_RD));
}

OP op_end_writing(struct twin *t)
{
    twin_say("SHUT_WR", shutdown(t->fd, SHUT_WR));
}

OP op_end_both(struct twin *t)
{
    twin_say("SHUT_RDWR", shutdown(t->fd, SHUT_RDWR));
}

OP op_connect(struct twin *t)
{
    twin_say("connect", connect(t->fd, (struct sockaddr *)&t->address, t->address_len));
}

OP op_option(struct twin *t)
{
    twin_say("setsockopt", setsockopt(t->fd, SOL_SOCKET, SO_KEEPALIVE, &(int){1}, sizeof(int)));
}

/* Without waiting: thousands of connections in TIME_WAIT would use up the ports. */
OP op_close(struct twin *t)
{
    struct linger now = {.l_onoff = 1, .l_linger = 0};
    setsockopt(t->fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    twin_say("close", close(t->fd));
    t->fd = -1;
}

typedef void twin_op(struct twin *t);

/* After the event, in any order. */
__attribute__((unused)) static twin_op *const twin_ops[] = {
    op_recv,    op_recv0,    op_peek,     op_send,    op_poll,        op_edge,        op_level,   op_error,
    op_pending, op_peername, op_sockname, op_connect, op_end_reading, op_end_writing, op_end_both};
enum { TWIN_OPS = sizeof twin_ops / sizeof *twin_ops };

/* Two epolls that know the socket from before the event, with their first events taken. */
__attribute__((unused)) static void twin_watch(struct twin *t)
{
    struct epoll_event event = {.events = TWIN_EVENTS | EPOLLET, .data.fd = t->fd};
    t->tell_peer = false; /* unless it is said afterwards */
    MUST(t->edge = epoll_create1(0));
    MUST(t->level = epoll_create1(0));
    MUST(epoll_ctl(t->edge, EPOLL_CTL_ADD, t->fd, &event));
    event.events = TWIN_EVENTS;
    MUST(epoll_ctl(t->level, EPOLL_CTL_ADD, t->fd, &event));
    while (epoll_wait(t->edge, &event, 1, 0) > 0) {
    }
}

/* A network of the program's own, with nothing in it but loopback: what is done to it harms nobody. */
__attribute__((unused)) static void twin_own_network(void)
{
    struct ifreq lo = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
    int fd;
    if (unshare(CLONE_NEWNET) < 0)
        twin_skip("no network namespace of its own here");
    MUST(fd = socket(AF_INET, SOCK_DGRAM, 0));
    MUST(ioctl(fd, SIOCSIFFLAGS, &lo));
    MUST(close(fd));
}

static void twin_catch_pipes(void)
{
    struct sigaction action = {.sa_sigaction = twin_on_pipe, .sa_flags = SA_SIGINFO | SA_RESTART};
    MUST(sigaction(SIGPIPE, &action, NULL));
}

/* What comes to the peer, and how it ends. */
static void twin_say_peer(const struct twin *t)
{
    char buf[64];
    printf(" peer:");
    for (int i = 0; i < 3; i++)
        twin_say("recv", recv(t->peer, buf, sizeof buf, MSG_DONTWAIT));
    twin_say("send", send(t->peer, "x", 1, MSG_NOSIGNAL | MSG_DONTWAIT));
}

/* The i-th sequence of `depth` operations, as digits of i; the socket is closed at the end. */
__attribute__((unused)) static void twin_sequence(struct twin *t, twin_op *const ops[], int count, int depth,
                                                  int i)
{
    for (; depth > 0; depth--, i /= count)
        ops[i % count](t);
    if (t->fd >= 0)
        op_close(t);
    if (t->tell_peer && t->peer >= 0)
        twin_say_peer(t);
    printf("\n");
}

__attribute__((unused)) static int twin_sequences(int count, int depth)
{
    int n = 1;
    while (depth-- > 0)
        n *= count;
    return n;
}

/* What the program was asked for. */
struct twin_run {
    const char *event, *variant;
    bool real;
    int depth;
};

struct twin_event {
    const char *name;
    void (*run)(const struct twin_run *run);
};

/* Whether the event was asked for with that preparation behind it. */
__attribute__((unused)) static bool twin_has(const struct twin_run *run, const char *preparation)
{
    size_t len = strlen(preparation);
    for (const char *plus = strchr(run->event, '+'); plus; plus = strchr(plus + 1, '+'))
        if (strncmp(plus + 1, preparation, len) == 0 && (plus[1 + len] == '+' || plus[1 + len] == '\0'))
            return true;
    return false;
}

/* main() of a program with events. */
static int twin_main(int argc, char **argv, const struct twin_event *events, size_t count)
{
    if (argc < 4) {
        printf("# usage: %s EVENT VARIANT real|injected [DEPTH]\n", argv[0]);
        return CHECK_FAILED;
    }
    struct twin_run run = {.event = argv[1],
                           .variant = argv[2],
                           .real = strcmp(argv[3], "real") == 0,
                           .depth = argc > 4 ? atoi(argv[4]) : TWIN_DEPTH};
    size_t len = strcspn(run.event, "+");
    twin_catch_pipes();
    for (size_t i = 0; i < count; i++)
        if (strlen(events[i].name) == len && strncmp(events[i].name, run.event, len) == 0) {
            events[i].run(&run);
            return check_failures ? CHECK_FAILED : 0;
        }
    printf("# no such event: %s\n", run.event);
    return CHECK_FAILED;
}

#define TWIN_MAIN(...)                                                                                       \
    int main(int argc, char **argv)                                                                          \
    {                                                                                                        \
        static const struct twin_event twin_events[] = {__VA_ARGS__};                                        \
        return twin_main(argc, argv, twin_events, sizeof twin_events / sizeof *twin_events);                 \
    }

#endif
