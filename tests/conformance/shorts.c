/*
 * Less than was asked for, or nothing: what had not arrived yet, what there was no room for, a timeout that
 * went by. VARIANT is the kind of socket (pairs.h).
 *
 * EVENT: see the table at the end; waitall and big are told by what cuts them: +handler, +restart (stimuli.h)
 * or +timeout.
 */
#include "tests/conformance/fill.h"
#include "tests/conformance/machine.h"
#include "tests/conformance/stimuli.h"

#include <sys/mman.h>
#include <time.h>

enum { TIMEOUT_MS = 60, PIECE = 36544, BIG = 8 * PIECE };

/* What is in the data: its place, so that nothing can be lost or come twice unseen. */
static char block[2 * BIG];

static void fill_block(void)
{
    for (size_t i = 0; i < sizeof block; i++)
        block[i] = (char)(i % 251);
}

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

static void set_blocking(struct twin *t, bool on)
{
    MUST(fcntl(t->fd, F_SETFL, on ? 0 : O_NONBLOCK));
}

static void set_timeouts(struct twin *t)
{
    struct timeval limit = {.tv_usec = TIMEOUT_MS * 1000};
    MUST(setsockopt(t->fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit));
    MUST(setsockopt(t->fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit));
}

/* A blocking call, and whether it took as long as its timeout, if it has one. */
static void timed(const struct twin_run *run, struct twin *t, twin_op *call)
{
    int64_t began = now_ms();
    set_blocking(t, true);
    call(t);
    set_blocking(t, false);
    if (strstr(run->event, "timeout"))
        printf(" waited=%s", now_ms() - began >= TIMEOUT_MS - 1 ? "yes" : "no");
}

static void peer_sends(struct twin *t, const char *text)
{
    MUST(send(t->peer, text, strlen(text), 0));
    CHECK(wait_for(t->fd, POLLIN), "what was sent did not arrive");
}

static twin_op *const after[] = {op_recv,    op_peek,   op_recv0,   op_send,    op_poll,
                                 op_edge,    op_level,  op_error,   op_pending, op_peername,
                                 op_connect, op_select, op_end_both};
enum { AFTER = sizeof after / sizeof *after };
static twin_op *const by_receiving[] = {op_recv, op_read, op_readv, op_recvmsg, NULL};
static twin_op *const by_peeking[] = {op_recv, op_peek, op_recvmsg, NULL};

/* Each call, followed by every sequence of observations; act does both, and what the peer does about it. */
static void each(const struct twin_run *run, twin_op *const calls[], int depth,
                 void (*act)(const struct twin_run *run, struct twin *t, twin_op *call))
{
    const struct pair_kind *kind = pair_kind(run->variant);
    int listener = pair_listen(kind);
    fill_block();
    stimulus_prepare(run);
    for (int i = 0; calls[i]; i++)
        for (int j = 0; j < twin_sequences(AFTER, depth); j++) {
            struct twin t = {.peer = -1};
            pair_connect(kind, listener, &t);
            t.tell_peer = true;
            act(run, &t, calls[i]);
            twin_sequence(&t, after, AFTER, depth, j);
            pair_end(&t);
        }
}

/* ---- receive ---- */

/* What the edge-triggered epoll has told already does not count: what comes later is to be told again. */
static void take_edges(struct twin *t)
{
    struct epoll_event event;
    while (epoll_wait(t->edge, &event, 1, 0) > 0) {
    }
}

/* "ab" was there, "cd" came later; injected, both are there. */
static void act_short(const struct twin_run *run, struct twin *t, twin_op *call)
{
    peer_sends(t, "ab");
    if (!run->real)
        MUST(send(t->peer, "cdef", 4, 0));
    take_edges(t);
    call(t);
    if (run->real)
        MUST(send(t->peer, "cdef", 4, 0));
    op_pending(t);
}

static void receive_short(const struct twin_run *run)
{
    each(run, by_receiving, run->depth, act_short);
}

static void act_nothing_yet(const struct twin_run *run, struct twin *t, twin_op *call)
{
    op_recv(t);
    if (!run->real)
        MUST(send(t->peer, "abc", 3, 0));
    call(t);
    if (run->real)
        MUST(send(t->peer, "abc", 3, 0));
}

static void nothing_yet(const struct twin_run *run)
{
    each(run, by_peeking, run->depth, act_nothing_yet);
}

/* A child that receives once: for real it takes what the parent has been told of. */
static void child_receives(const struct twin *t)
{
    char scrap[16];
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0)
        _exit(recv(t->fd, scrap, sizeof scrap, 0) == 3 ? 0 : CHECK_FAILED);
    expect_child(pid);
}

static void act_taken(const struct twin_run *run, struct twin *t, twin_op *call)
{
    peer_sends(t, "abc");
    op_poll(t);
    op_edge(t);
    child_receives(t);
    if (!run->real)
        peer_sends(t, "abc");
    take_edges(t);
    call(t);
    if (run->real)
        peer_sends(t, "abc");
}

static void taken_by_another(const struct twin_run *run)
{
    static twin_op *const calls[] = {op_recv, NULL};
    each(run, calls, 1, act_taken);
}

static void act_receive_timeout(const struct twin_run *run, struct twin *t, twin_op *call)
{
    op_recv(t);
    set_timeouts(t);
    if (!run->real)
        MUST(send(t->peer, "abc", 3, 0));
    timed(run, t, call);
    if (run->real)
        MUST(send(t->peer, "abc", 3, 0));
}

static void receive_timeout(const struct twin_run *run)
{
    static twin_op *const calls[] = {op_recv, NULL};
    each(run, calls, 1, act_receive_timeout);
}

static void op_waitall(struct twin *t)
{
    char buf[10];
    twin_say("recv(WAITALL)", recv(t->fd, buf, sizeof buf, MSG_WAITALL));
}

static void act_waitall(const struct twin_run *run, struct twin *t, twin_op *call)
{
    if (twin_has(run, "timeout"))
        set_timeouts(t);
    peer_sends(t, "0123");
    if (!run->real)
        MUST(send(t->peer, "456789", 6, 0));
    pid_t stimulus = twin_has(run, "timeout") ? 0 : stimulus_start(run);
    timed(run, t, call);
    stimulus_end(stimulus);
    if (run->real)
        MUST(send(t->peer, "456789", 6, 0));
}

static void waitall(const struct twin_run *run)
{
    static twin_op *const calls[] = {op_waitall, NULL};
    each(run, calls, 1, act_waitall);
}

/* ---- send ---- */

/* The peer reads until the program's side has room and there is nothing more. Returns how many bytes it got.
 */
static size_t peer_drains(struct twin *t)
{
    static char got[1 << 16];
    size_t total = 0;
    struct pollfd both[] = {{.fd = t->peer, .events = POLLIN}, {.fd = t->fd, .events = POLLOUT}};
    for (;;) {
        ssize_t n = recv(t->peer, got, sizeof got, MSG_DONTWAIT);
        if (n > 0)
            total += (size_t)n;
        else if (poll(both, 2, 300) == 0 || (both[1].revents && !(both[0].revents & POLLIN)))
            return total;
    }
}

/* What a wait told of room is out of date once something was sent. */
static void pair_use(struct twin *t)
{
    char byte;
    int fd;
    MUST(fd = dup(t->fd));
    MUST(send(fd, "x", 1, 0));
    MUST(recv(t->peer, &byte, 1, 0));
    MUST(close(fd));
}

/* Injected there was room all along; after a real one the peer makes it. */
static void act_full(const struct twin_run *run, struct twin *t, twin_op *call)
{
    if (run->real)
        pair_fill(t);
    else
        pair_use(t);
    if (twin_has(run, "timeout")) {
        set_timeouts(t);
        timed(run, t, call);
    } else {
        call(t);
    }
    if (run->real)
        peer_drains(t);
}

static void send_into_full(const struct twin_run *run)
{
    static twin_op *const calls[] = {op_send, op_write, op_sendmsg, NULL};
    static twin_op *const one[] = {op_send, NULL};
    each(run, twin_has(run, "timeout") ? one : calls, 1, act_full);
}

/* How much of it goes, nobody can say before; that all of it and nothing else arrives, can. */
static void op_send_big(struct twin *t)
{
    ssize_t sent = send(t->fd, block, BIG, 0), got = 0;
    size_t drained = 0;
    bool same = true, local = t->address.ss_family == AF_UNIX;
    if (sent < 0) {
        twin_say("send(big)", sent);
        return;
    }
    static char buf[1 << 16];
    while (drained < (size_t)sent && wait_for(t->peer, POLLIN) &&
           (got = recv(t->peer, buf, sizeof buf, 0)) > 0) {
        same = same && memcmp(buf, block + drained, (size_t)got) == 0;
        drained += (size_t)got;
    }
    printf(" send(big)=%s pieces=%s same=%d more=%d", sent < BIG ? "some" : "all",
           local && sent % PIECE ? "broken" : "whole", same && drained == (size_t)sent, (int)peer_drains(t));
}

static void act_big(const struct twin_run *run, struct twin *t, twin_op *call)
{
    bool tcp = t->address.ss_family != AF_UNIX;
    if (tcp)
        MUST(setsockopt(t->fd, SOL_SOCKET, SO_SNDBUF, &(int){16384}, sizeof(int)));
    if (!twin_has(run, "handler") && !twin_has(run, "restart") && !twin_has(run, "stop")) {
        call(t);
        return;
    }
    pid_t stimulus = stimulus_start(run);
    timed(run, t, call);
    stimulus_end(stimulus);
}

static void send_big(const struct twin_run *run)
{
    static twin_op *const calls[] = {op_send_big, NULL};
    each(run, calls, 1, act_big);
}

/* Of a file, over AF_UNIX, what a pipe holds goes at once: where there is room for no more, that and nothing
 * else. */
static void send_file(const struct twin_run *run)
{
    static const off_t starts[] = {0, 1, 5000, 65536};
    int listener = pair_listen(pair_kind(run->variant)), file;
    fill_block();
    MUST(file = memfd_create("file", 0));
    MUST(write(file, block, sizeof block));
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
        struct twin t;
        off_t offset = starts[i];
        pair_connect(pair_kind(run->variant), listener, &t);
        if (run->real)
            MUST(setsockopt(t.fd, SOL_SOCKET, SO_SNDBUF, &(int){20000}, sizeof(int)));
        twin_say("sendfile", sendfile(t.fd, file, &offset, 200000));
        printf(" drained=%zu", (size_t)peer_drains(&t));
        op_poll(&t);
        op_send(&t);
        printf("\n");
        close(t.fd);
        pair_end(&t);
    }
}

/* What is sent from the program's own pages takes memory of the socket's to tell of it later. */
static void unpinned(const struct twin_run *run)
{
    static char page[5000];
    static twin_op *const observe[] = {op_poll, op_edge, op_level, op_error, op_recv, op_send, op_select};
    enum { OBSERVE = sizeof observe / sizeof *observe };
    if (run->real) {
        twin_own_network();
        if (!machine_write("/proc/sys/net/core", "optmem_max", "0"))
            twin_skip("net.core.optmem_max is not the network's own here");
    }
    int listener = pair_listen(pair_kind(run->variant));
    for (int i = 0; i < twin_sequences(OBSERVE, run->depth); i++) {
        struct twin t;
        pair_connect(pair_kind(run->variant), listener, &t);
        MUST(setsockopt(t.fd, SOL_SOCKET, SO_ZEROCOPY, &(int){1}, sizeof(int)));
        twin_watch(&t);
        twin_say("send", send(t.fd, page, sizeof page, MSG_ZEROCOPY));
        twin_say("send", send(t.fd, page, 0, MSG_ZEROCOPY));
        twin_sequence(&t, observe, OBSERVE, run->depth, i);
        pair_end(&t);
    }
}

TWIN_MAIN({"unpinned", unpinned}, {"short", receive_short}, {"nothing-yet", nothing_yet},
          {"taken", taken_by_another}, {"receive-timeout", receive_timeout}, {"waitall", waitall},
          {"full", send_into_full}, {"big", send_big}, {"file", send_file})
