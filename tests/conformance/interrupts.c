/*
 * A blocked call that is interrupted. VARIANT is the kind of socket (pairs.h).
 *
 * EVENT: what blocks (receive, send, accept, connect, wait, epoll), then how it is disturbed: +handler, a
 * signal whose handler does without SA_RESTART; +restart, one with it; +stop, stop and continue, no handler
 * at all. +timeout sets SO_RCVTIMEO and SO_SNDTIMEO, which none of these calls lives to see.
 */
#include "tests/conformance/backlog.h"
#include "tests/conformance/fill.h"
#include "tests/conformance/stimuli.h"

#include <time.h>

static void bound(const struct twin_run *run, int fd)
{
    struct timeval limit = {.tv_sec = 20};
    if (!twin_has(run, "timeout"))
        return;
    MUST(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit));
    MUST(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit));
}

static void set_blocking(int fd, bool on)
{
    MUST(fcntl(fd, F_SETFL, on ? 0 : O_NONBLOCK));
}

/* The call, while it is disturbed; afterwards no call may hang. */
static void disturbed(const struct twin_run *run, struct twin *t, twin_op *call)
{
    set_blocking(t->fd, true);
    bound(run, t->fd);
    pid_t stimulus = stimulus_start(run);
    call(t);
    stimulus_end(stimulus);
    set_blocking(t->fd, false);
}

static twin_op *const after[] = {op_recv,        op_send,        op_poll,     op_edge,     op_level,
                                 op_error,       op_pending,     op_peername, op_sockname, op_connect,
                                 op_end_reading, op_end_writing, op_select};
enum { AFTER = sizeof after / sizeof *after };

/* Each call of the family, the first followed by each observation; `before` makes it one that blocks. */
static void all(const struct twin_run *run, twin_op *const calls[], void (*before)(struct twin *t))
{
    int listener = pair_listen(pair_kind(run->variant));
    stimulus_prepare(run);
    for (int i = 0; calls[i]; i++)
        for (int j = i; j < (i == 0 ? AFTER : i + 1); j++) {
            struct twin t = {.peer = -1};
            pair_connect(pair_kind(run->variant), listener, &t);
            t.tell_peer = true;
            if (before)
                before(&t);
            disturbed(run, &t, calls[i]);
            if (!before)
                MUST(send(t.peer, "abc", 3, 0));
            twin_sequence(&t, after, AFTER, 1, j);
            pair_end(&t);
        }
}

static void receive(const struct twin_run *run)
{
    static twin_op *const calls[] = {op_recv, op_read, op_readv, op_recvmsg, op_peek, NULL};
    all(run, calls, NULL);
}

static void send_into_full(const struct twin_run *run)
{
    static twin_op *const calls[] = {op_send, op_write, op_sendmsg, NULL};
    all(run, calls, pair_fill);
}

static void op_accept(struct twin *t)
{
    twin_say("accept", accept(t->fd, NULL, NULL));
}

static void op_accept4(struct twin *t)
{
    twin_say("accept4", accept4(t->fd, NULL, NULL, SOCK_CLOEXEC));
}

/* Then a client comes, and is accepted. */
static void accept_nobody(const struct twin_run *run)
{
    static twin_op *const calls[] = {op_accept, op_accept4};
    const struct pair_kind *kind = pair_kind(run->variant);
    stimulus_prepare(run);
    for (int i = 0; i < 2; i++) {
        struct twin t = {.peer = -1, .address_len = sizeof t.address};
        int client, listener = pair_listen(kind);
        MUST(t.fd = dup2(listener, TWIN_FD));
        MUST(close(listener));
        twin_watch(&t);
        MUST(getsockname(t.fd, (struct sockaddr *)&t.address, &t.address_len));
        disturbed(run, &t, calls[i]);
        MUST(client = socket(kind->domain, kind->type, 0));
        MUST(connect(client, (struct sockaddr *)&t.address, t.address_len));
        op_poll(&t);
        op_edge(&t);
        op_level(&t);
        op_error(&t);
        int fd = accept(t.fd, NULL, NULL);
        twin_say("accept", fd < 0 ? -1 : 0);
        twin_sequence(&t, after, AFTER, 0, 0);
        close(client);
        close(fd);
        pair_end(&t);
    }
}

static void empty_backlog(int listener, const int clients[BACKLOG_MAX])
{
    int fd;
    while ((fd = accept(listener, NULL, NULL)) >= 0)
        close(fd);
    for (int i = 0; i < BACKLOG_MAX; i++)
        close(clients[i]);
}

/* TCP goes on by itself when there is room; AF_UNIX starts over. */
static void connect_full(const struct twin_run *run)
{
    const struct pair_kind *kind = pair_kind(run->variant);
    static twin_op *const meanwhile[] = {op_error, op_sockname, op_poll, op_recv, op_send};
    stimulus_prepare(run);
    for (int i = 0; i < (kind->domain == AF_UNIX ? 5 : 2); i++) { /* a SYN is sent again after a second */
        struct twin t = {.peer = -1, .own_len = sizeof t.own, .address_len = sizeof t.address};
        int fd, listener = pair_listen(kind), clients[BACKLOG_MAX] = {0};
        bool local = kind->domain == AF_UNIX;
        MUST(listen(listener, 0));
        MUST(getsockname(listener, (struct sockaddr *)&t.address, &t.address_len));
        MUST(fd = socket(kind->domain, kind->type, 0));
        MUST(t.fd = dup2(fd, TWIN_FD));
        MUST(close(fd));
        MUST(getsockname(t.fd, (struct sockaddr *)&t.own, &t.own_len));
        twin_watch(&t);
        if (run->real)
            backlog_fill(listener, kind->type, &t.address, t.address_len, clients);
        disturbed(run, &t, op_connect);
        meanwhile[i](&t);
        if (run->real)
            empty_backlog(listener, clients);
        if (local)
            op_connect(&t);
        CHECK(wait_for(t.fd, POLLOUT), "it did not go on by itself");
        op_connect(&t);
        op_connect(&t);
        twin_sequence(&t, after, AFTER, 1, i);
        pair_end(&t);
        close(listener);
    }
}

/* ---- waits ---- */

static void op_poll_for_ever(struct twin *t)
{
    struct pollfd polled = {.fd = t->fd, .events = POLLIN, .revents = POLLPRI};
    twin_say("poll", poll(&polled, 1, 20000));
    twin_say_events("revents", (uint32_t)polled.revents);
}

static void op_ppoll(struct twin *t)
{
    struct pollfd polled = {.fd = t->fd, .events = POLLIN, .revents = POLLPRI};
    sigset_t none;
    sigemptyset(&none);
    twin_say("ppoll", ppoll(&polled, 1, NULL, &none));
    twin_say_events("revents", (uint32_t)polled.revents);
}

static void op_select_for_ever(struct twin *t)
{
    struct timeval rest = {.tv_sec = 20};
    fd_set r;
    FD_ZERO(&r);
    FD_SET(t->fd, &r);
    twin_say("select", select(t->fd + 1, &r, NULL, NULL, &rest));
    printf(" set=%d rest=%d", !!FD_ISSET(t->fd, &r), rest.tv_sec > 15);
}

static void op_pselect(struct twin *t)
{
    fd_set r;
    FD_ZERO(&r);
    FD_SET(t->fd, &r);
    twin_say("pselect", pselect(t->fd + 1, &r, NULL, NULL, NULL, NULL));
    printf(" set=%d", !!FD_ISSET(t->fd, &r));
}

/* An epoll of its own: the others have told of POLLOUT. */
static void wait_on_epoll(struct twin *t, const char *name,
                          int (*wait)(int fd, struct epoll_event *event, int timeout))
{
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = 1}, got = {.data.u64 = 7};
    int fd;
    MUST(fd = epoll_create1(0));
    MUST(epoll_ctl(fd, EPOLL_CTL_ADD, t->fd, &event));
    twin_say(name, wait(fd, &got, 20000));
    printf(" data=%d", (int)got.data.u64);
    close(fd);
}

static int by_epoll_wait(int fd, struct epoll_event *event, int timeout)
{
    return epoll_wait(fd, event, 1, timeout);
}

static int by_epoll_pwait(int fd, struct epoll_event *event, int timeout)
{
    sigset_t none;
    sigemptyset(&none);
    return epoll_pwait(fd, event, 1, timeout, &none);
}

static int by_epoll_pwait2(int fd, struct epoll_event *event, int timeout)
{
    return epoll_pwait2(fd, event, 1, &(struct timespec){.tv_sec = timeout / 1000}, NULL);
}

static void op_epoll_wait(struct twin *t)
{
    wait_on_epoll(t, "epoll_wait", by_epoll_wait);
}

static void op_epoll_pwait(struct twin *t)
{
    wait_on_epoll(t, "epoll_pwait", by_epoll_pwait);
}

static void op_epoll_pwait2(struct twin *t)
{
    wait_on_epoll(t, "epoll_pwait2", by_epoll_pwait2);
}

/* The rule says the first of each call; the observations behind it would be next in its turn. */
static void waits(const struct twin_run *run, twin_op *const calls[])
{
    int listener = pair_listen(pair_kind(run->variant));
    stimulus_prepare(run);
    for (int i = 0; calls[i]; i++) {
        struct twin t = {.peer = -1};
        pair_connect(pair_kind(run->variant), listener, &t);
        disturbed(run, &t, calls[i]);
        MUST(send(t.peer, "abc", 3, 0));
        op_pending(&t);
        twin_sequence(&t, after, AFTER, 1, 0);
        pair_end(&t);
    }
}

static void wait_idle(const struct twin_run *run)
{
    static twin_op *const calls[] = {op_poll_for_ever, op_ppoll,       op_select_for_ever, op_pselect,
                                     op_epoll_wait,    op_epoll_pwait, op_epoll_pwait2,    NULL};
    waits(run, calls);
}

static void epoll_idle(const struct twin_run *run)
{
    static twin_op *const calls[] = {op_epoll_wait, op_epoll_pwait, op_epoll_pwait2, NULL};
    waits(run, calls);
}

/* ---- descheduled ---- */

enum { ABSENCE_MS = 50 };

/* A child that stops its parent for that long. Returns once it is about to, or after it has. */
static pid_t stop_for_a_while(void)
{
    int begun[2];
    char byte;
    pid_t pid, parent = getpid();
    MUST(pipe(begun));
    fflush(stdout);
    MUST(pid = fork());
    if (pid == 0) {
        ssize_t told = write(begun[1], "", 1);
        kill(parent, SIGSTOP);
        poll(NULL, 0, told == 1 ? ABSENCE_MS : 0);
        kill(parent, SIGCONT);
        _exit(0);
    }
    EXPECT(read(begun[0], &byte, 1), 1);
    close_both(begun);
    return pid;
}

/* Any call takes as long as the thread does not run; nothing else is different. */
static void descheduled(const struct twin_run *run)
{
    static twin_op *const calls[] = {op_recv,    op_peek,   op_send,        op_poll,    op_error,
                                     op_pending, op_option, op_end_writing, op_peername};
    int listener = pair_listen(pair_kind(run->variant));
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        struct twin t = {.peer = -1};
        struct timespec began, ended;
        pair_connect(pair_kind(run->variant), listener, &t);
        MUST(send(t.peer, "abcdef", 6, 0));
        CHECK(wait_for(t.fd, POLLIN), "no data");
        clock_gettime(CLOCK_MONOTONIC, &began);
        pid_t pid = run->real ? stop_for_a_while() : 0;
        calls[i](&t);
        if (pid > 0)
            expect_child(pid);
        clock_gettime(CLOCK_MONOTONIC, &ended);
        printf(" late=%s", (ended.tv_sec - began.tv_sec) * 1000 + (ended.tv_nsec - began.tv_nsec) / 1000000 >=
                                   ABSENCE_MS - 1
                               ? "yes"
                               : "no");
        twin_sequence(&t, after, 4, 1, (int)i % 4);
        pair_end(&t);
    }
}

TWIN_MAIN({"descheduled", descheduled}, {"receive", receive}, {"send", send_into_full},
          {"accept", accept_nobody}, {"connect", connect_full}, {"wait", wait_idle}, {"epoll", epoll_idle})
