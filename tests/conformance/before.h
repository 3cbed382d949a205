/* What the twins of events before there is a connection, and of datagrams, share. */
#ifndef SOCKFAULT_TESTS_CONFORMANCE_BEFORE_H
#define SOCKFAULT_TESTS_CONFORMANCE_BEFORE_H

#include "tests/conformance/twin.h"

#include <arpa/inet.h>

__attribute__((unused)) static struct sockaddr_in loopback(void)
{
    return (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

/* Whoever connects to a port that is bound but not listened on is refused. Nobody else can take it meanwhile.
 */
__attribute__((unused)) static int bind_silent(int type, struct twin *t)
{
    struct sockaddr_in name = loopback();
    int fd;
    t->address_len = sizeof name;
    MUST(fd = socket(AF_INET, type, 0));
    MUST(bind(fd, (struct sockaddr *)&name, sizeof name));
    MUST(getsockname(fd, (struct sockaddr *)&t->address, &t->address_len));
    return fd;
}

__attribute__((unused)) static void take_socket(struct twin *t, int domain, int type)
{
    int fd;
    t->own_len = sizeof t->own;
    MUST(fd = socket(domain, type, 0));
    MUST(t->fd = dup2(fd, TWIN_FD));
    MUST(close(fd));
    MUST(getsockname(t->fd, (struct sockaddr *)&t->own, &t->own_len));
}

__attribute__((unused)) static void finish(struct twin *t)
{
    close(t->edge);
    close(t->level);
    if (t->peer >= 0)
        close(t->peer);
}

__attribute__((unused)) static twin_op *const after_connect[] = {
    op_recv,   op_peek,     op_send,     op_poll,        op_edge,       op_level,
    op_error,  op_pending,  op_peername, op_sockname,    op_connect,    op_select,
    op_option, op_end_both, op_write,    op_end_writing, op_end_reading};
enum { AFTER_CONNECT = sizeof after_connect / sizeof *after_connect };

__attribute__((unused)) static int connect_client(const struct sockaddr_in *name)
{
    int fd;
    MUST(fd = socket(AF_INET, SOCK_STREAM, 0));
    MUST(connect(fd, (struct sockaddr *)name, sizeof *name));
    return fd;
}

#endif
