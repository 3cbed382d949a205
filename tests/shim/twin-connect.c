/*
 * twin-connect CASE real|injected DEPTH: as twin, for what happens before there is a connection, and to
 * datagrams. For real a port where nobody listens, a client that goes away, a limit of descriptors, a signal;
 * injected, a rule.
 */
#include "tests/shim/twin.h"

#include <arpa/inet.h>
#include <sys/resource.h>
#include <sys/time.h>

static bool real;
static int depth;

static struct sockaddr_in loopback(void)
{
    return (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

/* Whoever connects to a port that is bound but not listened on is refused. Nobody else can take it meanwhile.
 */
static int bind_silent(int type, struct twin *t)
{
    struct sockaddr_in name = loopback();
    int fd;
    t->address_len = sizeof name;
    MUST(fd = socket(AF_INET, type, 0));
    MUST(bind(fd, (struct sockaddr *)&name, sizeof name));
    MUST(getsockname(fd, (struct sockaddr *)&t->address, &t->address_len));
    return fd;
}

static void take_socket(struct twin *t, int domain, int type)
{
    int fd;
    t->own_len = sizeof t->own;
    MUST(fd = socket(domain, type, 0));
    MUST(t->fd = dup2(fd, TWIN_FD));
    MUST(close(fd));
    MUST(getsockname(t->fd, (struct sockaddr *)&t->own, &t->own_len));
}

static void finish(struct twin *t)
{
    close(t->edge);
    close(t->level);
    if (t->peer >= 0)
        close(t->peer);
}

static twin_op *const after_connect[] = {op_recv,        op_peek,       op_send,    op_poll,     op_edge,
                                         op_level,       op_error,      op_pending, op_peername, op_sockname,
                                         op_connect,     op_select,     op_option,  op_end_both, op_write,
                                         op_end_writing, op_end_reading};
enum { AFTER_CONNECT = sizeof after_connect / sizeof *after_connect };

static void connect_refused(bool blocking)
{
    for (int i = 0; i < twin_sequences(AFTER_CONNECT, depth); i++) {
        struct twin t = {.peer = -1};
        int silent = bind_silent(SOCK_STREAM, &t);
        take_socket(&t, AF_INET, SOCK_STREAM);
        MUST(fcntl(t.fd, F_SETFL, blocking ? 0 : O_NONBLOCK));
        twin_watch(&t);
        op_connect(&t);
        MUST(fcntl(t.fd, F_SETFL, O_NONBLOCK)); /* no sequence may hang */
        if (!blocking)
            CHECK(wait_for(t.fd, POLLRDHUP), "the refusal did not come");
        twin_run(&t, after_connect, AFTER_CONNECT, depth, i);
        finish(&t);
        close(silent);
    }
}

static void refused_blocking(void)
{
    connect_refused(true);
}

static void refused_later(void)
{
    connect_refused(false);
}

static int connect_client(const struct sockaddr_in *name)
{
    int fd;
    MUST(fd = socket(AF_INET, SOCK_STREAM, 0));
    MUST(connect(fd, (struct sockaddr *)name, sizeof *name));
    return fd;
}

static void reset_now(int fd)
{
    struct linger now = {.l_onoff = 1, .l_linger = 0};
    MUST(setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now));
    MUST(close(fd));
}

/* The client resets while it waits to be accepted. */
static void dead_on_arrival(void)
{
    struct sockaddr_in name;
    int listener = make_listener(&name, 8);
    for (int i = 0; i < twin_sequences(AFTER_CONNECT, depth); i++) {
        struct twin t = {
            .peer = connect_client(&name), .own_len = sizeof t.own, .address_len = sizeof t.address};
        struct sockaddr_storage told = {0};
        socklen_t len = sizeof told;
        MUST(getsockname(t.peer, (struct sockaddr *)&t.address, &t.address_len));
        if (real) {
            reset_now(t.peer);
            t.peer = -1;
        }
        CHECK(wait_for(listener, POLLIN), "no connection to accept");
        t.fd = accept(listener, (struct sockaddr *)&told, &len);
        printf(" accept=%s", t.fd < 0 ? strerrorname_np(errno) : "ok");
        twin_say_name("address", t.fd < 0, &told, &t.address, len);
        MUST(getsockname(t.fd, (struct sockaddr *)&t.own, &t.own_len));
        MUST(fcntl(t.fd, F_SETFL, O_NONBLOCK));
        twin_watch(&t);
        op_edge(&t);
        twin_run(&t, after_connect, AFTER_CONNECT, depth, i);
        finish(&t);
    }
}

/* The limit is reached for real by lowering it to the next number. */
static void limit_descriptors(bool on)
{
    static struct rlimit before;
    struct rlimit now;
    int next;
    if (!real)
        return;
    if (on) {
        MUST(getrlimit(RLIMIT_NOFILE, &before));
        MUST(next = dup(0));
        close(next);
        now = before;
        now.rlim_cur = (rlim_t)next;
    }
    MUST(setrlimit(RLIMIT_NOFILE, on ? &now : &before));
}

static void op_accept(struct twin *t)
{
    int fd = accept(t->fd, NULL, NULL);
    twin_say("accept", fd < 0 ? -1 : 0);
    if (fd < 0)
        return;
    char buf[8];
    twin_say("its data", recv(fd, buf, sizeof buf, 0));
    close(fd);
}

static void watched_listener(struct twin *t, struct sockaddr_in *name)
{
    t->fd = make_listener(name, 8);
    MUST(fcntl(t->fd, F_SETFL, O_NONBLOCK));
    twin_watch(t);
}

static void out_of_descriptors(void)
{
    struct sockaddr_in name;
    struct twin t;
    int clients[2];
    watched_listener(&t, &name);
    for (int i = 0; i < 2; i++) {
        clients[i] = connect_client(&name);
        MUST(send(clients[i], "hello", 5, 0));
        op_edge(&t);
        limit_descriptors(true);
        op_accept(&t); /* the connection stays queued: level tells of it, edge does not */
        op_poll(&t);
        op_level(&t);
        op_edge(&t);
        limit_descriptors(false);
    }
    op_accept(&t);
    op_accept(&t);
    op_accept(&t);
    op_level(&t);
    printf("\n");
}

/* The descriptor is wanted before the queue is looked at: EMFILE, not EAGAIN. */
static void out_of_descriptors_empty(void)
{
    struct sockaddr_in name;
    struct twin t;
    watched_listener(&t, &name);
    limit_descriptors(true);
    op_accept(&t);
    limit_descriptors(false);
    op_accept(&t);
    printf("\n");
}

static void on_alarm(int sig)
{
    (void)sig;
}

/* Connections nobody accepts, until the kernel ignores one more. Returns how many there are. */
static int fill_backlog(const struct sockaddr_in *name, int clients[16])
{
    for (int i = 0; i < 16; i++) {
        struct pollfd done = {.events = POLLOUT};
        MUST(clients[i] = done.fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
        if (connect(done.fd, (const struct sockaddr *)name, sizeof *name) < 0 && poll(&done, 1, 100) == 0)
            return i + 1;
    }
    return 16;
}

/* Makes room; what was accepted stays open. */
static void empty_backlog(int listener, const int clients[16], int count)
{
    struct pollfd waiting = {.fd = listener, .events = POLLIN};
    while (poll(&waiting, 1, 0) == 1)
        MUST(accept(listener, NULL, NULL));
    for (int i = 0; i < count; i++)
        close(clients[i]);
}

/* A timer fires again and again: one signal could come before the call, and then nothing would end it. */
static void interrupt(bool on)
{
    struct itimerval timer = {.it_interval.tv_usec = 20000, .it_value.tv_usec = on ? 20000 : 0};
    struct sigaction action = {.sa_handler = on_alarm};
    if (!real)
        timer = (struct itimerval){0};
    MUST(sigaction(SIGALRM, &action, NULL));
    MUST(setitimer(ITIMER_REAL, &timer, NULL));
}

static void connect_interrupted(bool blocking)
{
    int clients[16], count = 0;
    struct sockaddr_in name;
    struct twin t = {.peer = -1, .address_len = sizeof name};
    int listener = make_listener(&name, 1);
    memcpy(&t.address, &name, sizeof name);
    take_socket(&t, AF_INET, SOCK_STREAM);
    if (real)
        count = fill_backlog(&name, clients);
    interrupt(true);
    op_connect(&t);
    interrupt(false);
    op_error(&t);
    empty_backlog(listener, clients, count);
    if (!blocking) {
        MUST(fcntl(t.fd, F_SETFL, O_NONBLOCK));
        CHECK(wait_for(t.fd, POLLOUT), "it did not go on by itself");
    }
    op_connect(&t);
    op_connect(&t);
    op_poll(&t);
    op_send(&t);
    op_peername(&t);
    op_close(&t);
    printf("\n");
}

static void interrupted_blocking(void)
{
    connect_interrupted(true);
}

static void interrupted_polling(void)
{
    connect_interrupted(false);
}

/* The answer to a datagram is an ICMP error: once, at whatever call comes first. */
static void datagram_refused(void)
{
    static twin_op *const ops[] = {op_recv, op_peek, op_poll, op_error, op_pending, op_peername, op_level};
    enum { OPS = sizeof ops / sizeof *ops };
    for (int i = 0; i < twin_sequences(OPS, depth); i++) {
        struct twin t;
        int peer = bind_silent(SOCK_DGRAM, &t);
        if (real)
            MUST(close(peer));
        t.peer = real ? -1 : peer;
        take_socket(&t, AF_INET, SOCK_DGRAM | SOCK_NONBLOCK);
        MUST(connect(t.fd, (struct sockaddr *)&t.address, t.address_len));
        twin_watch(&t);
        op_send(&t);
        if (real)
            CHECK(wait_for(t.fd, POLLERR), "no ICMP error");
        op_recv(&t);
        twin_run(&t, ops, OPS, depth, i);
        finish(&t);
    }
}

static void datagram_peer_gone(void)
{
    static twin_op *const ops[] = {op_send,  op_write,   op_recv,     op_poll,
                                   op_error, op_pending, op_peername, op_level};
    enum { OPS = sizeof ops / sizeof *ops };
    for (int i = 0; i < twin_sequences(OPS, depth); i++) {
        struct twin t = {.address_len = sizeof t.address};
        struct sockaddr_un name = {.sun_family = AF_UNIX};
        MUST(t.peer = socket(AF_UNIX, SOCK_DGRAM, 0));
        MUST(bind(t.peer, (struct sockaddr *)&name, sizeof(sa_family_t)));
        MUST(getsockname(t.peer, (struct sockaddr *)&t.address, &t.address_len));
        take_socket(&t, AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK);
        MUST(connect(t.fd, (struct sockaddr *)&t.address, t.address_len));
        twin_watch(&t);
        if (real) {
            MUST(close(t.peer));
            t.peer = -1;
        }
        op_send(&t);
        twin_run(&t, ops, OPS, depth, i);
        finish(&t);
    }
}

static const struct check_case cases[] = {
    {"refused-blocking", refused_blocking},
    {"refused-later", refused_later},
    {"dead-on-arrival", dead_on_arrival},
    {"out-of-descriptors", out_of_descriptors},
    {"out-of-descriptors-empty", out_of_descriptors_empty},
    {"interrupted-blocking", interrupted_blocking},
    {"interrupted-polling", interrupted_polling},
    {"datagram-refused", datagram_refused},
    {"datagram-peer-gone", datagram_peer_gone},
};

int main(int argc, char **argv)
{
    if (argc != 4) {
        printf("# usage: %s CASE real|injected DEPTH\n", argv[0]);
        return CHECK_FAILED;
    }
    real = strcmp(argv[2], "real") == 0;
    depth = atoi(argv[3]);
    twin_catch_pipes();
    return check_main(2, argv, cases, sizeof cases / sizeof *cases);
}
