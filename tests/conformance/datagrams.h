/* What the twins of datagrams share: UDP's in datagrams.c, AF_UNIX's in messages.c. */
#ifndef SOCKFAULT_TESTS_CONFORMANCE_DATAGRAMS_H
#define SOCKFAULT_TESTS_CONFORMANCE_DATAGRAMS_H

#include "tests/conformance/before.h"

OP op_sendto(struct twin *t)
{
    twin_say("sendto", sendto(t->fd, "xyz", 3, 0, (struct sockaddr *)&t->address, t->address_len));
}

/* What the peer got, and whether it learnt of an error. */
OP op_peer(struct twin *t)
{
    char buf[8];
    ssize_t n = -1;
    int count = 0;
    while (t->peer >= 0 && (n = recv(t->peer, buf, sizeof buf, MSG_DONTWAIT)) >= 0)
        count++;
    printf(" peer=%d", count);
    if (t->peer >= 0)
        twin_say("peer", n);
}

__attribute__((unused)) static twin_op *const ops[] = {
    op_recv, op_peek,     op_read,     op_poll,    op_edge,    op_level,  op_error, op_pending,
    op_send, op_peername, op_sockname, op_connect, op_recvmsg, op_select, op_peer};
enum { OPS = sizeof ops / sizeof *ops };

/* The largest message that passes, and one byte more. */
__attribute__((unused)) static void say_largest(struct twin *t, size_t largest, bool to)
{
    static char message[1 << 20];
    const struct sockaddr *address = to ? (const struct sockaddr *)&t->address : NULL;
    for (size_t more = 0; more < 2; more++) {
        ssize_t sent = sendto(t->fd, message, largest + more, 0, address, to ? t->address_len : 0);
        twin_say("sent", sent < 0 ? sent : sent - (ssize_t)largest);
        op_poll(t);
        op_edge(t);
        op_error(t);
    }
    printf("\n");
}

#endif
