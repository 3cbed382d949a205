/*
 * Everybody sleeps, and a timer of the kernel's, which no clock of ours moves, will end it, in the way that
 * is asked for. Each wait has a timeout of a minute besides: who jumps past the kernel's timer makes that one
 * end it, and this exit with 1.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

static struct sockaddr_in address = {.sin_family = AF_INET};

static void must(int holds, const char *what)
{
    if (!holds)
        err(1, "%s", what);
}

static void set(int fd, int level, int option, int value)
{
    must(setsockopt(fd, level, option, &value, sizeof value) == 0, "setsockopt");
}

static void patient(int fd)
{
    struct timeval minute = {.tv_sec = 60};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &minute, sizeof minute);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &minute, sizeof minute);
}

static int listens(int backlog)
{
    socklen_t len = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    must(bind(fd, (void *)&address, sizeof address) == 0 && listen(fd, backlog) == 0, "listen");
    must(getsockname(fd, (void *)&address, &len) == 0, "getsockname");
    return fd;
}

static int dials(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    patient(fd);
    must(connect(fd, (void *)&address, sizeof address) == 0, "connect");
    return fd;
}

static void connected(int ends[2])
{
    int listener = listens(1);
    ends[0] = dials();
    must((ends[1] = accept(listener, NULL, NULL)) >= 0, "accept");
    patient(ends[1]);
    close(listener);
}

static void deafen(int fd)
{
    struct sock_filter nothing = {BPF_RET | BPF_K, 0, 0, 0};
    struct sock_fprog filter = {1, &nothing};
    must(setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter) == 0, "SO_ATTACH_FILTER");
}

static void hear(int fd)
{
    set(fd, SOL_SOCKET, SO_DETACH_FILTER, 0);
}

static void full(int fd, int flags, size_t len)
{
    char bytes[256];
    for (size_t got = 0; got < len;) {
        ssize_t n = recv(fd, bytes, len - got, flags);
        must(n > 0, "recv");
        got += (size_t)n;
    }
}

static void ends_well(pid_t pid)
{
    int status;
    must(waitpid(pid, &status, 0) == pid && status == 0, "the other process");
}

/* A head and a body, sent one by one: the body waits until the head has been acknowledged, and that until the
 * other side has something to say, or 40 ms. */
static void nagle(void)
{
    int ends[2];
    connected(ends);
    pid_t pid = fork();
    for (int i = 0; pid == 0 && i < 20; i++) {
        full(ends[1], 0, 200);
        must(send(ends[1], "answer", 6, 0) == 6, "send");
    }
    for (int i = 0; pid != 0 && i < 20; i++) {
        static const char bytes[100];
        must(send(ends[0], bytes, 100, 0) == 100 && send(ends[0], bytes, 100, 0) == 100, "send");
        full(ends[0], 0, 6);
    }
    if (pid == 0)
        _exit(0);
    ends_well(pid);
}

/* The other side hears nothing; that is found out by the kernel alone. */
static void user_timeout(void)
{
    int ends[2];
    char byte;
    connected(ends);
    set(ends[0], IPPROTO_TCP, TCP_USER_TIMEOUT, 300);
    deafen(ends[1]);
    must(send(ends[0], "x", 1, 0) == 1, "send");
    must(recv(ends[0], &byte, 1, 0) < 0 && errno == ETIMEDOUT, "ETIMEDOUT");
}

/* 0 asks for what there is without: the kernel sends again for a quarter of an hour, and the minute of our
 * own is over long before. A rule makes the first recv the last that hears anything. */
static void no_user_timeout(void)
{
    int ends[2];
    char byte;
    connected(ends);
    set(ends[0], IPPROTO_TCP, TCP_USER_TIMEOUT, 0);
    must(recv(ends[1], &byte, 1, MSG_DONTWAIT) < 0 && errno == EAGAIN, "EAGAIN");
    must(send(ends[0], "x", 1, 0) == 1, "send");
    must(recv(ends[0], &byte, 1, 0) < 0 && errno == EAGAIN, "EAGAIN after a minute");
}

static void keepalive(void)
{
    int ends[2];
    char byte;
    connected(ends);
    set(ends[0], SOL_SOCKET, SO_KEEPALIVE, 1);
    set(ends[0], IPPROTO_TCP, TCP_KEEPIDLE, 1);
    set(ends[0], IPPROTO_TCP, TCP_KEEPINTVL, 1);
    set(ends[0], IPPROTO_TCP, TCP_KEEPCNT, 1);
    deafen(ends[1]);
    must(recv(ends[0], &byte, 1, 0) < 0 && errno == ETIMEDOUT, "ETIMEDOUT");
}

/* What was lost is sent again, also when who sent it has closed its socket. */
static void sent_again(int closes)
{
    int ends[2];
    connected(ends);
    deafen(ends[1]);
    must(send(ends[0], "hello", 5, 0) == 5, "send");
    if (closes)
        close(ends[0]);
    hear(ends[1]);
    full(ends[1], 0, 5);
}

static void retransmission(void)
{
    sent_again(0);
}

static void retransmission_of_closed(void)
{
    sent_again(1);
}

/* The end of the stream was lost. */
static void lost_end(void)
{
    int ends[2];
    char byte;
    connected(ends);
    deafen(ends[1]);
    close(ends[0]);
    hear(ends[1]);
    must(recv(ends[1], &byte, 1, 0) == 0, "recv");
}

/* A connection that brings no data is told of when the kernel is tired of waiting. */
static void defer_accept(void)
{
    int listener = listens(1);
    set(listener, IPPROTO_TCP, TCP_DEFER_ACCEPT, 1);
    patient(listener);
    pid_t pid = fork();
    if (pid == 0) {
        full(dials(), 0, 5);
        _exit(0);
    }
    int fd = accept(listener, NULL, NULL);
    must(fd >= 0, "accept");
    must(send(fd, "hello", 5, 0) == 5, "send");
    ends_well(pid);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*way)(void);
    } ways[] = {
        {"nagle", nagle},
        {"user-timeout", user_timeout},
        {"no-user-timeout", no_user_timeout},
        {"keepalive", keepalive},
        {"retransmission", retransmission},
        {"retransmission-of-closed", retransmission_of_closed},
        {"lost-end", lost_end},
        {"defer-accept", defer_accept},
    };
    for (size_t i = 0; argc == 2 && i < sizeof ways / sizeof *ways; i++)
        if (strcmp(ways[i].name, argv[1]) == 0) {
            ways[i].way();
            return 0;
        }
    errx(2, "usage: kernel_waits WAY");
}
