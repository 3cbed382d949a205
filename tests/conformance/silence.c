/*
 * Half-open: from the first receive (or send) on, nothing that comes the program's way arrives any more, and
 * nobody says so. What the program sends still does. +queued: the peer sends something before, which is lost
 * with the rest, +empty: behind an empty datagram, +told: unless the program knows of it. TCP_USER_TIMEOUT
 * ends it: both ends give up.
 */
#include "tests/conformance/ways.h"

#include <netinet/tcp.h>

enum { USER_TIMEOUT_MS = 150, TICK_MS = 5 };

static struct way way;

static bool is_tcp(const struct twin_run *run)
{
    return strncmp(run->variant, "tcp", 3) == 0;
}

/* Carries what is sent until fd has one of the events; whether it came to that. */
static bool carry_until(int fd, short events)
{
    struct pollfd polled = {.fd = fd, .events = events};
    for (int i = 0; i < CHECK_DEADLINE_MS / TICK_MS; i++) {
        way_carry(&way);
        if (poll(&polled, 1, TICK_MS) > 0)
            return true;
    }
    return false;
}

OP op_from_peer(struct twin *t)
{
    twin_say("peer-sends", send(t->peer, "abcd", 4, MSG_NOSIGNAL));
    way_carry(&way);
}

OP op_to_peer(struct twin *t)
{
    twin_say("send", send(t->fd, "xyz", 3, 0));
    way_carry(&way);
}

OP op_finish(struct twin *t)
{
    twin_say("SHUT_WR", shutdown(t->fd, SHUT_WR));
    way_carry(&way);
}

OP op_peer_has(struct twin *t)
{
    char buf[64];
    twin_say("peer-has", recv(t->peer, buf, sizeof buf, MSG_DONTWAIT));
}

/* With something unanswered a connection dies; without, nothing ever happens. */
OP op_death(struct twin *t)
{
    twin_say("send", send(t->fd, "?", 1, 0));
    CHECK(carry_until(t->fd, 0) && wait_for_all(t->fd, POLLERR | POLLHUP), "the connection does not end");
    op_poll(t);
    op_edge(t);
    op_level(t);
    op_recv(t);
    op_recv(t);
    op_send(t);
    op_peername(t);
    op_error(t);
    op_poll(t);
}

static twin_op *const ops[] = {op_recv,      op_peek,    op_poll,   op_edge,    op_level,
                               op_select,    op_error,   op_write,  op_read,    op_pending,
                               op_from_peer, op_to_peer, op_finish, op_peer_has};
enum { OPS = sizeof ops / sizeof *ops };

static void connect_tcp(struct twin *t, int listener)
{
    int timeout = USER_TIMEOUT_MS;
    CHECK(connect(t->fd, (struct sockaddr *)&t->address, t->address_len) < 0 && errno == EINPROGRESS,
          "connected without being carried");
    CHECK(carry_until(t->fd, POLLOUT), "not connected");
    MUST(t->peer = accept4(listener, NULL, NULL, SOCK_NONBLOCK));
    MUST(close(listener));
    MUST(setsockopt(t->fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout, sizeof timeout));
    MUST(setsockopt(t->fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int)));
}

/* The program's end at fd, the other at peer, connected by the way. */
static void set_out(const struct twin_run *run, struct twin *t)
{
    int type = (is_tcp(run) ? SOCK_STREAM : SOCK_DGRAM) | SOCK_NONBLOCK;
    int domain = run->variant[3] == '4' ? AF_INET : AF_INET6, there;
    struct sockaddr_storage name;
    *t = (struct twin){0};
    MUST(there = socket(domain, type, 0));
    take_socket(t, domain, type);
    in_port_t port = way_bind(run->variant, there), own_port = way_bind(run->variant, t->fd);
    t->address_len = way_address(&t->address, run->variant, false, port);
    way.fate = WAY_PASSES;
    way.to_port = own_port;
    if (is_tcp(run)) {
        MUST(listen(there, 1));
        connect_tcp(t, there);
    } else {
        socklen_t len = way_address(&name, run->variant, false, own_port);
        MUST(connect(t->fd, (struct sockaddr *)&t->address, t->address_len));
        MUST(connect(there, (struct sockaddr *)&name, len));
        t->peer = there;
    }
    twin_watch(t);
}

/* What the program knows of has come; of the rest it cannot be told whether it has. */
static void queue(const struct twin_run *run, struct twin *t)
{
    bool told = twin_has(run, "told");
    if (twin_has(run, "queued") && told) {
        op_from_peer(t);
        op_poll(t);
    }
    if (run->real)
        way.fate = WAY_CLOSED;
    if (twin_has(run, "queued") && !told) {
        op_recv(t); /* whatever a wait told of was before this */
        if (twin_has(run, "empty"))
            twin_say("peer-sends", send(t->peer, "", 0, MSG_NOSIGNAL));
        op_from_peer(t);
    }
}

static void fall_silent(const struct twin_run *run)
{
    bool by_sending = strncmp(run->event, "send", 4) == 0;
    way_open(&way);
    for (int i = 0; i < OPS; i++) {
        struct twin t;
        set_out(run, &t);
        queue(run, &t);
        (by_sending ? op_to_peer : op_recv)(&t);
        op_from_peer(&t);
        ops[i](&t);
        op_from_peer(&t);
        op_recv(&t);
        if (is_tcp(run))
            op_death(&t);
        op_peer_has(&t);
        twin_sequence(&t, ops, OPS, 0, 0);
        finish(&t);
    }
}

TWIN_MAIN({"receive", fall_silent}, {"send", fall_silent})
