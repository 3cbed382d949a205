/* Datagrams: answers that are ICMP errors, routes and filters that refuse, messages too large, receivers that
 * are gone. */
#include "tests/conformance/datagrams.h"
#include "tests/conformance/icmp.h"
#include "tests/conformance/machine.h"

#include <netinet/udp.h>

OP op_error_queue(struct twin *t)
{
    char buf[512];
    struct msghdr msg = {.msg_control = buf, .msg_controllen = sizeof buf};
    twin_say("errqueue", recvmsg(t->fd, &msg, MSG_ERRQUEUE));
}

/* After the event nothing is sent any more. */
static twin_op *const silent_ops[] = {op_recv,     op_peek,   op_poll,       op_edge,
                                      op_level,    op_error,  op_pending,    op_peername,
                                      op_sockname, op_select, op_error_queue};
enum { SILENT_OPS = sizeof silent_ops / sizeof *silent_ops };

static twin_op *const receives[] = {op_recv, op_peek, op_read, op_recvmsg};
static twin_op *const sends[] = {op_send, op_write, op_sendmsg, op_sendfile, op_splice};

static bool is_ipv6(const struct twin_run *run)
{
    return strcmp(run->variant, "udp6") == 0;
}

/* A socket of IPv6 whose datagrams go by IPv4. */
static bool is_mapped(const struct twin_run *run)
{
    return strcmp(run->variant, "mapped") == 0;
}

static void bind_loopback(const struct twin_run *run, int fd, struct sockaddr_storage *name, socklen_t *len)
{
    struct sockaddr_in in = loopback();
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_addr = in6addr_loopback};
    if (is_mapped(run))
        MUST(inet_pton(AF_INET6, "::ffff:127.0.0.1", &in6.sin6_addr));
    if (is_ipv6(run) || is_mapped(run))
        MUST(bind(fd, (struct sockaddr *)&in6, sizeof in6));
    else
        MUST(bind(fd, (struct sockaddr *)&in, sizeof in));
    *len = sizeof *name;
    MUST(getsockname(fd, (struct sockaddr *)name, len));
}

/* Two sockets, bound; fd connected to peer, too, and the other way round. */
static void make_pair_udp(const struct twin_run *run, struct twin *t)
{
    int domain = is_ipv6(run) || is_mapped(run) ? AF_INET6 : AF_INET;
    *t = (struct twin){.peer = -1};
    MUST(t->peer = socket(domain, SOCK_DGRAM | SOCK_NONBLOCK, 0));
    bind_loopback(run, t->peer, &t->address, &t->address_len);
    take_socket(t, domain, SOCK_DGRAM | SOCK_NONBLOCK);
    bind_loopback(run, t->fd, &t->own, &t->own_len);
    MUST(connect(t->fd, (struct sockaddr *)&t->address, t->address_len));
    MUST(connect(t->peer, (struct sockaddr *)&t->own, t->own_len));
}

/* As a router (or the peer's host) would answer what fd has sent. */
static void answer_unreachable(const struct twin *t, uint8_t code)
{
    const struct sockaddr_in *own = (const struct sockaddr_in *)&t->own;
    const struct sockaddr_in *peer = (const struct sockaddr_in *)&t->address;
    struct {
        struct iphdr ip;
        struct udphdr udp;
    } sent = {
        .ip = {.version = 4, .ihl = 5, .ttl = 64, .protocol = IPPROTO_UDP, .tot_len = htons(29)},
        .udp = {.source = own->sin_port, .dest = peer->sin_port, .len = htons(9)},
    };
    sent.ip.saddr = own->sin_addr.s_addr;
    sent.ip.daddr = peer->sin_addr.s_addr;
    icmp_unreachable(code, &sent, sizeof sent);
}

/* The code of RFC 792 or RFC 1812 that the event is called by; -1: the peer's port is closed for real. */
static int code_of(const struct twin_run *run)
{
    if (twin_has(run, "protocol"))
        return ICMP_PROT_UNREACH;
    if (twin_has(run, "network"))
        return ICMP_NET_ANO;
    return twin_has(run, "host") ? ICMP_HOST_ANO : ICMP_PORT_UNREACH;
}

/* The answer to a datagram is an ICMP error: once, at whatever call comes first. Data that was there stays.
 */
static void refused_at(const struct twin_run *run, twin_op *first, int i)
{
    struct twin t;
    make_pair_udp(run, &t);
    op_send(&t);
    twin_watch(&t); /* after the send, which is an edge of its own */
    if (twin_has(run, "queued"))
        MUST(send(t.peer, "abcdef", 6, 0));
    if (run->real) {
        answer_unreachable(&t, (uint8_t)code_of(run));
        CHECK(wait_for(t.fd, POLLERR), "no ICMP error");
    }
    first(&t);
    twin_sequence(&t, ops, OPS, run->depth, i);
    finish(&t);
}

static void refused_receive(const struct twin_run *run)
{
    for (size_t first = 0; first < sizeof receives / sizeof *receives; first++)
        for (int i = 0; i < twin_sequences(OPS, run->depth); i++)
            refused_at(run, receives[first], i);
}

/* A wait that would tell of what is queued finds the error besides. */
static void refused_receive_at_wait(const struct twin_run *run)
{
    static twin_op *const waits[] = {op_poll, op_select, op_level, op_edge};
    for (size_t first = 0; first < sizeof waits / sizeof *waits; first++)
        for (int i = 0; i < twin_sequences(OPS, run->depth); i++)
            refused_at(run, waits[first], i);
}

static void refused_send(const struct twin_run *run)
{
    for (size_t first = 0; first < sizeof sends / sizeof *sends; first++)
        for (int i = 0; i < twin_sequences(OPS, run->depth); i++)
            refused_at(run, sends[first], i);
}

/* The same by a port that is closed; what is sent later would be refused again, so nothing is. The error
 * queue of IPv6 is not that of IPv4, whatever family the socket is of. */
static void closed(const struct twin_run *run)
{
    for (int i = 0; i < twin_sequences(SILENT_OPS, run->depth); i++) {
        struct twin t;
        make_pair_udp(run, &t);
        if (is_mapped(run))
            MUST(setsockopt(t.fd, IPPROTO_IPV6, IPV6_RECVERR, &(int){1}, sizeof(int)));
        if (run->real) {
            close(t.peer);
            t.peer = -1;
        }
        op_send(&t);
        if (run->real)
            CHECK(wait_for(t.fd, POLLERR), "no ICMP error");
        op_recv(&t);
        twin_watch(&t);
        twin_sequence(&t, silent_ops, SILENT_OPS, run->depth, i);
        finish(&t);
    }
}

/* With IP_RECVERR the error stands in a queue as well; nothing is injected there. */
static void not_with_error_queue(const struct twin_run *run)
{
    struct twin t;
    make_pair_udp(run, &t);
    MUST(setsockopt(t.fd, IPPROTO_IP, IP_RECVERR, &(int){1}, sizeof(int)));
    twin_watch(&t);
    op_send(&t);
    op_recv(&t);
    op_poll(&t);
    op_error_queue(&t);
    twin_sequence(&t, silent_ops, SILENT_OPS, 0, 0);
    finish(&t);
}

/* A network in which the way to 10.8.0.0/16 can be closed. */
static void way(const char *arguments)
{
    char command[64];
    snprintf(command, sizeof command, "route replace %s", arguments);
    machine_ip(command);
}

static const char *closed_way(const struct twin_run *run)
{
    if (twin_has(run, "prohibited"))
        return "prohibit 10.8.0.0/16";
    return twin_has(run, "unreachable") ? "unreachable 10.8.0.0/16" : "throw 10.8.0.0/16";
}

static twin_op *const routed_ops[] = {op_recv,   op_poll,    op_edge,     op_level,  op_error,
                                      op_sendto, op_pending, op_peername, op_select, op_sendmsg};
enum { ROUTED_OPS = sizeof routed_ops / sizeof *routed_ops };

/* The way is closed when the socket is connected already, or has yet to be used. */
static void unroutable(const struct twin_run *run)
{
    struct sockaddr_in far = {.sin_family = AF_INET, .sin_port = htons(7)};
    bool connected = strcmp(run->variant, "connected") == 0;
    inet_pton(AF_INET, "10.8.0.1", &far.sin_addr);
    twin_own_network();
    machine_ip("address add 10.2.0.1/24 dev lo");
    for (int i = 0; i < ROUTED_OPS; i++) {
        struct twin t = {.peer = -1, .address_len = sizeof far};
        memcpy(&t.address, &far, sizeof far);
        way("10.8.0.0/16 dev lo");
        take_socket(&t, AF_INET, SOCK_DGRAM | SOCK_NONBLOCK);
        if (connected)
            MUST(connect(t.fd, (struct sockaddr *)&far, sizeof far));
        twin_watch(&t);
        if (run->real)
            way(closed_way(run));
        if (connected) {
            op_sendmsg(&t);
            op_send(&t);
            op_write(&t);
            op_sendfile(&t);
            op_splice(&t);
        }
        op_sendto(&t);
        twin_sequence(&t, routed_ops, ROUTED_OPS, 1, i);
        finish(&t);
    }
}

/* A packet filter drops what is sent: the sender is told, the peer never sees it. */
static void send_under_filter(const struct twin_run *run, const char *group)
{
    machine_refuse(group, BPF_PROG_TYPE_CGROUP_SKB, BPF_CGROUP_INET_EGRESS);
    for (size_t first = 0; first < sizeof sends / sizeof *sends; first++)
        for (int i = 0; i < twin_sequences(OPS, run->depth); i++) {
            struct twin t;
            make_pair_udp(run, &t);
            twin_watch(&t);
            sends[first](&t);
            twin_sequence(&t, ops, OPS, run->depth, i);
            finish(&t);
        }
}

static void filtered(const struct twin_run *run)
{
    machine_with_filter(run, send_under_filter);
}

static void too_large(const struct twin_run *run)
{
    struct twin t;
    bool whole = twin_has(run, "whole"), to = twin_has(run, "to");
    size_t headers = is_ipv6(run) ? 48 : 28;
    twin_own_network();
    make_pair_udp(run, &t);
    if (whole) {
        machine_ip("link set lo mtu 1400");
        MUST(is_ipv6(run)
                 ? setsockopt(t.fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, &(int){IPV6_PMTUDISC_DO}, sizeof(int))
                 : setsockopt(t.fd, IPPROTO_IP, IP_MTU_DISCOVER, &(int){IP_PMTUDISC_DO}, sizeof(int)));
    }
    if (to)
        MUST(connect(t.fd, &(struct sockaddr){.sa_family = AF_UNSPEC}, sizeof(struct sockaddr)));
    MUST(setsockopt(t.fd, SOL_SOCKET, SO_SNDBUF, &(int){200000}, sizeof(int)));
    twin_watch(&t);
    say_largest(&t, whole ? 1400 - headers : is_ipv6(run) ? 65535 - 8 : 65535 - 28, to);
    finish(&t);
}

/*
 * The queue of the device is full: told only with IP_RECVERR. One datagram goes, the next would in three
 * minutes: the queue stays full for as long as this takes.
 */
static void device_full(const struct twin_run *run)
{
    static const char block[1000];
    twin_own_network();
    fflush(stdout);
    if (run->real && system("tc qdisc add dev lo root tbf rate 40bit burst 1100 limit 4000") != 0)
        twin_skip("no tc(8) that may change a network of its own");
    for (int i = 0; i < twin_sequences(SILENT_OPS, run->depth); i++) {
        struct twin t;
        make_pair_udp(run, &t);
        MUST(setsockopt(t.fd, IPPROTO_IP, IP_RECVERR, &(int){1}, sizeof(int)));
        for (int n = 0; run->real && n < 100 && send(t.fd, block, sizeof block, 0) > 0; n++) {
        }
        twin_watch(&t);
        ssize_t sent = send(t.fd, block, sizeof block, 0);
        twin_say("send", sent);
        twin_sequence(&t, silent_ops, SILENT_OPS, run->depth, i);
        finish(&t);
    }
}

/* Arrives from the peer, and is found out to be damaged when it is received. */
static void send_damaged(const struct twin *t)
{
    const struct sockaddr_in *own = (const struct sockaddr_in *)&t->own;
    const struct sockaddr_in *peer = (const struct sockaddr_in *)&t->address;
    struct {
        struct udphdr udp;
        char data[200];
    } damaged = {
        .udp = {.source = peer->sin_port, .dest = own->sin_port, .len = htons(208), .check = 0x1234}};
    struct sockaddr_in to = *own;
    int raw = icmp_open(IPPROTO_UDP);
    to.sin_port = 0;
    MUST(sendto(raw, &damaged, sizeof damaged, 0, (struct sockaddr *)&to, sizeof to));
    close(raw);
}

static twin_op *const waits[] = {op_poll, op_select, op_level, op_edge};

/* A wait tells of it, the receive finds nothing; then another comes. */
static void damaged(const struct twin_run *run)
{
    for (size_t first = 0; first < sizeof waits / sizeof *waits; first++)
        for (int i = 0; i < twin_sequences(OPS, run->depth); i++) {
            struct twin t;
            make_pair_udp(run, &t);
            twin_watch(&t);
            if (run->real)
                send_damaged(&t);
            else
                MUST(send(t.peer, "abc", 3, 0));
            waits[first](&t);
            op_recv(&t);
            if (run->real)
                MUST(send(t.peer, "abc", 3, 0));
            CHECK(wait_for(t.fd, POLLIN), "the next did not come");
            twin_sequence(&t, ops, OPS, run->depth, i);
            finish(&t);
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
    for (int i = 0; i < twin_sequences(OBSERVE, run->depth); i++) {
        struct twin t;
        make_pair_udp(run, &t);
        MUST(setsockopt(t.fd, SOL_SOCKET, SO_ZEROCOPY, &(int){1}, sizeof(int)));
        twin_watch(&t);
        twin_say("send", send(t.fd, page, sizeof page, MSG_ZEROCOPY));
        twin_sequence(&t, observe, OBSERVE, run->depth, i);
        finish(&t);
    }
}

TWIN_MAIN({"unpinned", unpinned}, {"refused-receive-at-wait", refused_receive_at_wait},
          {"refused-receive", refused_receive}, {"refused-send", refused_send}, {"closed", closed},
          {"not-with-error-queue", not_with_error_queue}, {"unroutable", unroutable}, {"filtered", filtered},
          {"too-large", too_large}, {"device-full", device_full}, {"damaged", damaged})
