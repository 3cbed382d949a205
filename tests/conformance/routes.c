/*
 * What befalls datagrams on their way: lost, doubled, overtaken, damaged.
 *
 * EVENT: receive (the program's side receives), told (after a wait told of it) or send, then what befalls:
 * +lost, +doubled, +overtaken, +damaged; +second: not the first but the second; +two: overtaken by two
 * others; +large: longer than what is checked on arrival; +unchecked: no checksum; +unconnected; +blocking;
 * +alone: only one is there at first. VARIANT: udp4, udp6, or mapped (IPv4 by an IPv6 socket).
 */
#include "tests/conformance/routes.h"

static void set_options(const struct twin_run *run, int fd, bool ip6)
{
    struct timeval timeout = {.tv_usec = TIMEOUT_MS * 1000};
    if (ip6)
        MUST(setsockopt(fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, &(int){1}, sizeof(int)));
    else
        MUST(setsockopt(fd, IPPROTO_IP, IP_RECVTTL, &(int){1}, sizeof(int)));
    if (twin_has(run, "unchecked"))
        MUST(setsockopt(fd, SOL_SOCKET, SO_NO_CHECK, &(int){1}, sizeof(int)));
    if (!twin_has(run, "blocking"))
        return;
    MUST(fcntl(fd, F_SETFL, 0));
    MUST(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout));
}

/* The program's socket and the peer's, with the way between them. */
static void set_out(const struct twin_run *run, struct twin *t)
{
    int domain = strcmp(run->variant, "udp4") == 0 ? AF_INET : AF_INET6;
    struct sockaddr_storage name;
    *t = (struct twin){0};
    MUST(t->peer = socket(domain, SOCK_DGRAM | SOCK_NONBLOCK, 0));
    take_socket(t, domain, SOCK_DGRAM | SOCK_NONBLOCK);
    in_port_t peer_port = way_bind(run->variant, t->peer), own_port = way_bind(run->variant, t->fd);
    virtual_len = way_address(&virtual_address, run->variant, false, peer_port);
    socklen_t len = way_address(&name, run->variant, false, own_port);
    MUST(connect(t->peer, (struct sockaddr *)&name, len));
    is_connected = !twin_has(run, "unconnected");
    if (is_connected)
        MUST(connect(t->fd, (struct sockaddr *)&virtual_address, virtual_len));
    set_options(run, t->fd, domain == AF_INET6);
    if (twin_has(run, "unchecked"))
        MUST(setsockopt(t->peer, SOL_SOCKET, SO_NO_CHECK, &(int){1}, sizeof(int)));
    sent_count = 0;
    base_len = twin_has(run, "large") ? LARGE : SMALL;
    way.to_port = strncmp(run->event, "send", 4) == 0 ? peer_port : own_port;
    way.seen = 0;
    way.held.len = 0;
    twin_watch(t);
}

static void set_fate(const struct twin_run *run)
{
    way.nth = twin_has(run, "second") ? 2 : 1;
    way.behind = twin_has(run, "two") ? 2 : 1;
    way.damage = SMALL;
    way.fate = !run->real                   ? WAY_PASSES
               : twin_has(run, "lost")      ? WAY_LOST
               : twin_has(run, "doubled")   ? WAY_DOUBLED
               : twin_has(run, "overtaken") ? WAY_OVERTAKEN
                                            : WAY_DAMAGED;
}

/* The blocking ones wait for SO_RCVTIMEO; the other families differ in little. */
static int depth_of(const struct twin_run *run)
{
    return twin_has(run, "blocking") || strcmp(run->variant, "udp4") != 0 ? 1 : run->depth;
}

/* Three come before the program looks, and one after: nothing may be left behind. */
static void received(const struct twin_run *run)
{
    int depth = depth_of(run);
    way_open(&way);
    for (int first = 0; first < FINDERS; first++)
        for (int i = 0; i < twin_sequences(RECEIVE_OPS, depth); i++) {
            struct twin t;
            set_out(run, &t);
            set_fate(run);
            for (int n = 0; n < (twin_has(run, "alone") ? 1 : 3); n++)
                op_more(&t);
            finders[first](&t);
            for (int n = 0, rest = i; n < depth; n++, rest /= RECEIVE_OPS)
                receive_ops[rest % RECEIVE_OPS](&t);
            op_more(&t);
            op_edge(&t);
            op_poll(&t);
            op_take_rest(&t);
            op_edge(&t);
            op_poll(&t);
            twin_sequence(&t, receive_ops, RECEIVE_OPS, 0, 0);
            finish(&t);
        }
}

/* A wait told of it, for a program that was expected to call recv (as it did before) and now calls read. */
static void told(const struct twin_run *run)
{
    static twin_op *const waits[] = {op_poll, op_select, op_edge, op_level};
    way_open(&way);
    for (size_t first = 0; first < sizeof waits / sizeof *waits; first++)
        for (int i = 0; i < RECEIVE_OPS; i++) {
            struct twin t;
            set_out(run, &t);
            set_fate(run);
            way.heralded = true;
            op_more(&t);
            op_take(&t);
            op_more(&t);
            waits[first](&t);
            op_take_read(&t);
            receive_ops[i](&t);
            op_more(&t);
            op_poll(&t);
            op_take_rest(&t);
            op_edge(&t);
            twin_sequence(&t, receive_ops, RECEIVE_OPS, 0, 0);
            finish(&t);
        }
}

static void sent(const struct twin_run *run)
{
    int depth = depth_of(run);
    way_open(&way);
    for (int first = 0; first < SENDERS; first++)
        for (int i = 0; i < twin_sequences(SEND_OPS, depth); i++) {
            struct twin t;
            set_out(run, &t);
            set_fate(run);
            senders[first](&t);
            for (int n = 0, rest = i; n < depth; n++, rest /= SEND_OPS)
                send_ops[rest % SEND_OPS](&t);
            op_give(&t);
            op_give(&t);
            op_reconnect(&t);
            op_other_end(&t);
            op_edge(&t);
            twin_sequence(&t, send_ops, SEND_OPS, 0, 0);
            finish(&t);
        }
}

TWIN_MAIN({"receive", received}, {"told", told}, {"send", sent})
