/*
 * Nothing but time: a call that begins late, since the thread was descheduled (delay; for real the process is
 * stopped and continued), or calls and bytes that come at a rate.
 */
#include "tests/conformance/before.h"

#include <netdb.h>
#include <time.h>

enum { STALL_MS = 30, PACE_MS = 25, CALLS = 4 };

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

/* This process is stopped for so long; a child continues it. */
static void stop_for(int ms)
{
    siginfo_t info;
    pid_t self = getpid(), child;
    fflush(stdout);
    MUST(child = fork());
    if (child == 0) {
        char path[40], stat[256];
        snprintf(path, sizeof path, "/proc/%d/stat", (int)self);
        for (int i = 0; i < CHECK_DEADLINE_MS; i++) {
            int fd = open(path, O_RDONLY);
            ssize_t n = read(fd, stat, sizeof stat - 1);
            close(fd);
            stat[n < 0 ? 0 : n] = '\0';
            const char *end = strrchr(stat, ')');
            if (end && end[2] == 'T')
                break;
            poll(NULL, 0, 1);
        }
        poll(NULL, 0, ms);
        kill(self, SIGCONT);
        _exit(0);
    }
    raise(SIGSTOP);
    MUST(waitid(P_PID, (id_t)child, &info, WEXITED));
}

OP op_resolve(struct twin *t)
{
    struct addrinfo *result = NULL;
    (void)t;
    twin_say("getaddrinfo", getaddrinfo("127.0.0.1", "80", NULL, &result));
    freeaddrinfo(result);
}

OP op_setup(struct twin *t)
{
    twin_say("setsockopt", setsockopt(t->fd, SOL_SOCKET, SO_KEEPALIVE, &(int){1}, sizeof(int)));
}

static void make_twin(const struct twin_run *run, struct twin *t)
{
    int ends[2];
    if (strcmp(run->variant, "udp4") == 0)
        make_udp(ends);
    else if (strcmp(run->variant, "tcp4") == 0)
        make_tcp(ends);
    else
        make_pair(SOCK_STREAM, ends);
    *t = (struct twin){.peer = ends[1]};
    MUST(t->fd = dup2(ends[0], TWIN_FD));
    MUST(close(ends[0]));
    t->own_len = t->address_len = sizeof t->own;
    MUST(getsockname(t->fd, (struct sockaddr *)&t->own, &t->own_len));
    MUST(getpeername(t->fd, (struct sockaddr *)&t->address, &t->address_len));
    MUST(fcntl(t->fd, F_SETFL, O_NONBLOCK));
}

static void say_when(int64_t began_ms, int64_t at_least_ms)
{
    printf(" %s", now_ms() - began_ms >= at_least_ms ? "late" : "early");
}

static void delayed(const struct twin_run *run)
{
    static twin_op *const ops[] = {op_recv,  op_read,     op_readv,    op_recvmsg, op_peek, op_send,
                                   op_write, op_sendmsg,  op_poll,     op_select,  op_edge, op_level,
                                   op_error, op_peername, op_sockname, op_connect, op_setup};
    enum { OPS = sizeof ops / sizeof *ops };
    static twin_op *const resolving[] = {op_resolve};
    bool resolves = twin_has(run, "resolve");
    for (int i = 0; i < (resolves ? 1 : OPS); i++) {
        struct twin t;
        make_twin(run, &t);
        twin_watch(&t);
        MUST(send(t.peer, "abcdef", 6, 0));
        int64_t began_ms = now_ms();
        if (run->real)
            stop_for(STALL_MS);
        (resolves ? resolving : ops)[i](&t);
        say_when(began_ms, STALL_MS);
        if (!resolves)
            op_poll(&t);
        twin_sequence(&t, ops, OPS, 0, 0);
        finish(&t);
    }
}

/* The first at once, the others each in its turn. */
static void paced(const struct twin_run *run)
{
    struct twin t;
    make_twin(run, &t);
    for (int i = 0; i < CALLS; i++)
        MUST(send(t.peer, "0123456789", 10, 0));
    int64_t began_ms = now_ms();
    for (int i = 0; i < CALLS; i++) {
        char buf[10];
        if (run->real && i > 0)
            stop_for(PACE_MS);
        twin_say("recv", recv(t.fd, buf, sizeof buf, 0));
        say_when(began_ms, i * PACE_MS);
    }
    printf("\n");
    close(t.fd);
    close(t.peer);
}

TWIN_MAIN({"delay", delayed}, {"calls", paced}, {"bytes", paced})
