/* Datagrams: an answer that is an ICMP error, a receiver that is gone. */
#include "tests/conformance/before.h"

/* The answer to a datagram is an ICMP error: once, at whatever call comes first. */
static void refused(const struct twin_run *run)
{
    static twin_op *const ops[] = {op_recv, op_peek, op_poll, op_error, op_pending, op_peername, op_level};
    enum { OPS = sizeof ops / sizeof *ops };
    for (int i = 0; i < twin_sequences(OPS, run->depth); i++) {
        struct twin t = {.peer = -1};
        int peer = bind_silent(SOCK_DGRAM, &t);
        if (run->real)
            MUST(close(peer));
        t.peer = run->real ? -1 : peer;
        take_socket(&t, AF_INET, SOCK_DGRAM | SOCK_NONBLOCK);
        MUST(connect(t.fd, (struct sockaddr *)&t.address, t.address_len));
        twin_watch(&t);
        op_send(&t);
        if (run->real)
            CHECK(wait_for(t.fd, POLLERR), "no ICMP error");
        op_recv(&t);
        twin_sequence(&t, ops, OPS, run->depth, i);
        finish(&t);
    }
}

static void peer_gone(const struct twin_run *run)
{
    static twin_op *const ops[] = {op_send,  op_write,   op_recv,     op_poll,
                                   op_error, op_pending, op_peername, op_level};
    enum { OPS = sizeof ops / sizeof *ops };
    for (int i = 0; i < twin_sequences(OPS, run->depth); i++) {
        struct twin t = {.address_len = sizeof t.address};
        struct sockaddr_un name = {.sun_family = AF_UNIX};
        MUST(t.peer = socket(AF_UNIX, SOCK_DGRAM, 0));
        MUST(bind(t.peer, (struct sockaddr *)&name, sizeof(sa_family_t)));
        MUST(getsockname(t.peer, (struct sockaddr *)&t.address, &t.address_len));
        take_socket(&t, AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK);
        MUST(connect(t.fd, (struct sockaddr *)&t.address, t.address_len));
        twin_watch(&t);
        if (run->real) {
            MUST(close(t.peer));
            t.peer = -1;
        }
        op_send(&t);
        twin_sequence(&t, ops, OPS, run->depth, i);
        finish(&t);
    }
}

TWIN_MAIN({"refused", refused}, {"peer-gone", peer_gone})
