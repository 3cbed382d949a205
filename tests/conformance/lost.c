/*
 * A connection that is lost while something is unanswered: the peer is deaf (a socket filter drops all that
 * comes) until TCP_USER_TIMEOUT is over. If an ICMP error came back meanwhile, that is what the connection
 * dies of.
 *
 * EVENT: timeout, or what the ICMP error says (host, network, port, protocol); then +at-send to find it out
 * by sending, +half when the peer had ended its side before, +finished when the program had, +queued when
 * data waits.
 */
#include "tests/conformance/pairs.h"

#include <linux/filter.h>
#include <netinet/icmp6.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/ip_icmp.h>
#include <netinet/tcp.h>
#include <sys/resource.h>

enum { USER_TIMEOUT_MS = 150, FIRST_PORT = 20000, NONE = -1 };

static const struct cause {
    const char *name;
    int code, code6; /* of destination unreachable; NONE: no ICMP error */
} causes[] = {
    {"timeout", NONE, NONE},
    {"host", ICMP_HOST_UNREACH, ICMP6_DST_UNREACH_ADDR},
    {"network", ICMP_NET_UNREACH, ICMP6_DST_UNREACH_NOROUTE},
    {"port", ICMP_PORT_UNREACH, ICMP6_DST_UNREACH_NOPORT},
    {"protocol", ICMP_PROT_UNREACH, NONE},
};

static int code_of(const struct twin_run *run, bool ip6)
{
    size_t len = strcspn(run->event, "+");
    for (size_t i = 0; i < sizeof causes / sizeof *causes; i++)
        if (strlen(causes[i].name) == len && strncmp(causes[i].name, run->event, len) == 0)
            return ip6 ? causes[i].code6 : causes[i].code;
    return NONE;
}

/* What a router would have seen of the segment: its addresses, ports and sequence number. */
struct quoted {
    union {
        struct iphdr ip;
        struct ip6_hdr ip6;
    };
    size_t ip_len;
    struct tcphdr tcp;
};

static uint16_t checksum(const void *data, size_t len)
{
    const unsigned char *bytes = data;
    uint32_t sum = 0;
    for (size_t i = 0; i < len; i++)
        sum += i % 2 ? bytes[i] : (uint32_t)bytes[i] << 8;
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return htons((uint16_t)~sum);
}

static int open_raw(bool ip6, int protocol)
{
    int fd = socket(ip6 ? AF_INET6 : AF_INET, SOCK_RAW, protocol);
    if (fd < 0 && errno == EPERM)
        twin_skip("no raw sockets here");
    MUST(fd);
    return fd;
}

/* Reads what passes until the segment with data from that port comes by. */
static void capture(int raw, bool ip6, uint16_t port, struct quoted *ret)
{
    char packet[2048];
    ssize_t len;
    do {
        CHECK(wait_for(raw, POLLIN), "the segment did not come by");
        MUST(len = recv(raw, packet, sizeof packet, 0));
        ret->ip_len = ip6 ? 0 : sizeof ret->ip;
        memcpy(&ret->ip, packet, ret->ip_len);
        memcpy(&ret->tcp, packet + ret->ip_len, sizeof ret->tcp);
    } while (ret->tcp.source != port || (size_t)len <= ret->ip_len + ret->tcp.doff * 4U);
    if (ip6) {
        ret->ip_len = sizeof ret->ip6;
        ret->ip6 = (struct ip6_hdr){.ip6_src = in6addr_loopback, .ip6_dst = in6addr_loopback};
        ret->ip6.ip6_flow = htonl(6U << 28);
        ret->ip6.ip6_plen = htons((uint16_t)len);
        ret->ip6.ip6_nxt = IPPROTO_TCP;
        ret->ip6.ip6_hlim = 64;
    }
}

/* The kernel sums up ICMPv6 itself. */
static void answer(bool ip6, int code, const struct quoted *segment)
{
    unsigned char packet[128] = {ip6 ? ICMP6_DST_UNREACH : ICMP_DEST_UNREACH, (unsigned char)code};
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr_in6 to6 = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    size_t len = 8 + segment->ip_len + sizeof segment->tcp;
    memcpy(packet + 8, &segment->ip, segment->ip_len);
    memcpy(packet + 8 + segment->ip_len, &segment->tcp, sizeof segment->tcp);
    uint16_t sum = ip6 ? 0 : checksum(packet, len);
    memcpy(packet + 2, &sum, sizeof sum);
    int raw = open_raw(ip6, ip6 ? (int)IPPROTO_ICMPV6 : (int)IPPROTO_ICMP);
    if (ip6)
        MUST(sendto(raw, packet, len, 0, (struct sockaddr *)&to6, sizeof to6));
    else
        MUST(sendto(raw, packet, len, 0, (struct sockaddr *)&to, sizeof to));
    close(raw);
}

static void deafen(int fd)
{
    struct sock_filter drop = BPF_STMT(BPF_RET | BPF_K, 0);
    struct sock_fprog all = {.len = 1, .filter = &drop};
    MUST(setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &all, sizeof all));
}

static uint16_t port_of(const struct sockaddr_storage *name)
{
    return name->ss_family == AF_INET6 ? ((const struct sockaddr_in6 *)name)->sin6_port
                                       : ((const struct sockaddr_in *)name)->sin_port;
}

static void send_unanswered(const struct twin_run *run, struct twin *t)
{
    bool ip6 = t->own.ss_family == AF_INET6;
    int code = code_of(run, ip6), raw = -1, timeout = USER_TIMEOUT_MS;
    struct quoted segment;
    if (run->real) {
        deafen(t->peer);
        raw = code == NONE ? -1 : open_raw(ip6, IPPROTO_TCP);
    }
    MUST(send(t->fd, "12345", 5, 0));
    if (raw >= 0) {
        capture(raw, ip6, port_of(&t->own), &segment);
        answer(ip6, code, &segment);
        close(raw);
    }
    if (twin_has(run, "finished"))
        MUST(shutdown(t->fd, SHUT_WR));
    /* Not before: it could be over already, where others have the processor in between. */
    if (run->real)
        MUST(setsockopt(t->fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout, sizeof timeout));
}

static int tcp_state(int fd)
{
    struct tcp_info info = {0};
    socklen_t len = sizeof info;
    MUST(getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len));
    return info.tcpi_state;
}

/* Else the FIN would be sent again, and what is acknowledged with it takes the ICMP error away. */
static void await_acknowledgement_of_end(const struct twin *t)
{
    for (int i = 0; tcp_state(t->peer) != TCP_FIN_WAIT2 && CHECK(i < CHECK_DEADLINE_MS, "no answer to FIN");
         i++) {
        MUST(setsockopt(t->fd, IPPROTO_TCP, TCP_QUICKACK, &(int){1}, sizeof(int)));
        if (i > 0)
            poll(NULL, 0, 1);
    }
}

/* Data and end of file that the program's kernel has before the connection is lost. */
static void prepare(const struct twin_run *run, struct twin *t)
{
    int bytes = 0;
    if (twin_has(run, "queued")) {
        MUST(send(t->peer, "0123456789", 10, 0));
        while (bytes < 10)
            MUST(ioctl(t->fd, FIONREAD, &bytes));
    }
    if (twin_has(run, "half")) {
        MUST(shutdown(t->peer, SHUT_WR));
        await_acknowledgement_of_end(t);
    }
}

static twin_op *const ops[] = {op_recv,  op_peek,     op_send,     op_poll,    op_edge,   op_level,
                               op_error, op_peername, op_sockname, op_connect, op_select, op_end_both};
static twin_op *const receives[] = {op_recv, op_peek, op_pending};
enum { OPS = sizeof ops / sizeof *ops, RECEIVES = sizeof receives / sizeof *receives };

static void finish(const struct twin_run *run, struct twin *t, int i)
{
    static twin_op *const by_receiving[] = {op_recv, op_readv}, *const by_sending[] = {op_send, op_sendmsg},
                          *const by_file[] = {op_sendfile, op_splice};
    twin_op *const *first = twin_has(run, "at-send") ? by_sending : by_receiving;
    (twin_has(run, "by-file") ? by_file : first)[i % 2](t);
    if (twin_has(run, "queued"))
        twin_sequence(t, receives, RECEIVES, run->depth + 2, i / 2);
    else
        twin_sequence(t, ops, OPS, run->depth, i / 2);
    pair_end(t);
}

/* A port of one's own: that of a connection that died would be given out again, and its peer is still there,
 * deaf. */
static void bind_port(const struct twin *t, int port)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
    if (t->address.ss_family == AF_INET)
        MUST(bind(t->fd, (struct sockaddr *)&in, sizeof in));
    else
        MUST(bind(t->fd, (struct sockaddr *)&in6, sizeof in6));
}

/* For real the connections die together, so that their timeouts go by at the same time. */
static void lost(const struct twin_run *run)
{
    int count = 2 * (twin_has(run, "queued") ? twin_sequences(RECEIVES, run->depth + 2)
                                             : twin_sequences(OPS, run->depth));
    struct rlimit limit = {0};
    if (run->real)
        twin_own_network();
    MUST(getrlimit(RLIMIT_NOFILE, &limit));
    limit.rlim_cur = limit.rlim_max;
    MUST(setrlimit(RLIMIT_NOFILE, &limit));
    if (limit.rlim_max < (rlim_t)count * 4 + 200)
        twin_skip("too few descriptors are allowed (ulimit -Hn)");
    int listener = pair_listen(pair_kind(run->variant));
    struct twin *twins = calloc((size_t)count, sizeof *twins);
    MUST(dup2(STDIN_FILENO, TWIN_FD)); /* nothing else may get that number */
    for (int i = 0; twins && i < count; i++) {
        pair_socket(pair_kind(run->variant), listener, &twins[i]);
        if (run->real)
            bind_port(&twins[i], FIRST_PORT + i);
        pair_join(listener, &twins[i]);
        prepare(run, &twins[i]);
        send_unanswered(run, &twins[i]);
        if (run->real) {
            MUST(twins[i].fd = fcntl(TWIN_FD, F_DUPFD, TWIN_FD + 1));
            MUST(dup2(STDIN_FILENO, TWIN_FD));
        } else {
            finish(run, &twins[i], i);
        }
    }
    for (int i = 0; twins && run->real && i < count; i++) {
        CHECK(wait_for_all(twins[i].fd, POLLERR | POLLHUP), "the connection was not lost");
        MUST(dup2(twins[i].fd, TWIN_FD));
        MUST(close(twins[i].fd));
        twins[i].fd = TWIN_FD;
        finish(run, &twins[i], i);
    }
    free(twins);
}

TWIN_MAIN({"timeout", lost}, {"host", lost}, {"network", lost}, {"port", lost}, {"protocol", lost})
