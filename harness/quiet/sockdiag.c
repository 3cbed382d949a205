#include "harness/quiet/sockdiag.h"

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Where those stand in the kernel's struct tcp_info (linux/tcp.h), of which older headers have a part only.
 */
enum {
    INFO_UNACKED = 24,
    INFO_RECEIVED = 128,
    INFO_UNSENT = 144,
    INFO_SENT = 200,
    INFO_RETRANSMITTED = 208,
    INFO_WINDOW = 228
};
enum { TIMER_PROBE = 4 };
/* All but those that are merely bound (13): for them the kernel looks through another, larger table. */
enum { STATES = (1 << 13) - 1 };

static uint32_t get32(const unsigned char *info, size_t len, size_t at)
{
    uint32_t value = 0;
    if (at + sizeof value <= len)
        memcpy(&value, info + at, sizeof value);
    return value;
}

static uint64_t get64(const unsigned char *info, size_t len, size_t at)
{
    uint64_t value = 0;
    if (at + sizeof value <= len)
        memcpy(&value, info + at, sizeof value);
    return value;
}

static void *grow(void *items, size_t count, size_t *capacity, size_t size)
{
    if (count < *capacity)
        return items;
    size_t more = *capacity ? 2 * *capacity : 32;
    void *grown = reallocarray(items, more, size);
    if (grown)
        *capacity = more;
    return grown;
}

static const unsigned char *attribute(const struct nlmsghdr *message, size_t header, int type,
                                      size_t *ret_len)
{
    const char *at = (const char *)NLMSG_DATA(message) + NLMSG_ALIGN(header);
    const char *end = (const char *)message + message->nlmsg_len;
    *ret_len = 0;
    while (at + sizeof(struct nlattr) <= end) {
        const struct nlattr *one = (const struct nlattr *)at;
        if (one->nla_len < sizeof *one || at + one->nla_len > end)
            break;
        if (one->nla_type == type) {
            *ret_len = one->nla_len - NLA_HDRLEN;
            return (const unsigned char *)at + NLA_HDRLEN;
        }
        at += NLA_ALIGN(one->nla_len);
    }
    return NULL;
}

static void take_info(struct diag_socket *socket, const unsigned char *info, size_t len)
{
    socket->unacked = get32(info, len, INFO_UNACKED);
    socket->unsent = get32(info, len, INFO_UNSENT);
    socket->received = get64(info, len, INFO_RECEIVED);
    socket->sent = get64(info, len, INFO_SENT) - get64(info, len, INFO_RETRANSMITTED);
    socket->window_shut = socket->timer == TIMER_PROBE && get32(info, len, INFO_WINDOW) == 0;
}

static bool add_inet(struct diag_table *table, const struct nlmsghdr *message, int protocol)
{
    const struct inet_diag_msg *from = NLMSG_DATA(message);
    struct diag_socket *items = grow(table->sockets, table->count, &table->capacity, sizeof *table->sockets);
    size_t len;
    if (!items || message->nlmsg_len < NLMSG_LENGTH(sizeof *from))
        return false;
    table->sockets = items;
    struct diag_socket *to = &items[table->count++];
    *to = (struct diag_socket){
        .family = from->idiag_family,
        .protocol = protocol,
        .state = from->idiag_state,
        .timer = from->idiag_timer,
        .port = ntohs(from->id.idiag_sport),
        .peer_port = ntohs(from->id.idiag_dport),
        .inode = from->idiag_inode,
    };
    memcpy(to->address, from->id.idiag_src, 16);
    memcpy(to->peer_address, from->id.idiag_dst, 16);
    const unsigned char *info = attribute(message, sizeof *from, INET_DIAG_INFO, &len);
    if (info)
        take_info(to, info, len);
    return true;
}

static bool add_unix(struct diag_table *table, const struct nlmsghdr *message, int protocol)
{
    const struct unix_diag_msg *from = NLMSG_DATA(message);
    size_t len;
    (void)protocol;
    if (message->nlmsg_len < NLMSG_LENGTH(sizeof *from))
        return false;
    const unsigned char *peer = attribute(message, sizeof *from, UNIX_DIAG_PEER, &len);
    struct diag_pair *items =
        grow(table->pairs, table->pair_count, &table->pair_capacity, sizeof *table->pairs);
    if (!items)
        return false;
    table->pairs = items;
    /* Those without another end stand there as well: somebody may be connected to them. */
    items[table->pair_count++] = (struct diag_pair){from->udiag_ino, peer ? get32(peer, len, 0) : 0};
    return true;
}

typedef bool adder(struct diag_table *table, const struct nlmsghdr *message, int protocol);

/* All messages of an answer. */
static bool read_answer(int fd, struct diag_table *table, adder *add, int protocol)
{
    static _Alignas(struct nlmsghdr) char buffer[65536];
    for (;;) {
        ssize_t got = recv(fd, buffer, sizeof buffer, 0);
        if (got <= 0)
            return false;
        size_t left = (size_t)got;
        for (const struct nlmsghdr *message = (void *)buffer; NLMSG_OK(message, left);
             message = NLMSG_NEXT(message, left)) {
            if (message->nlmsg_type == NLMSG_DONE)
                return true;
            if (message->nlmsg_type == NLMSG_ERROR || !add(table, message, protocol))
                return false;
        }
    }
}

static bool ask(int fd, const void *request, size_t len)
{
    _Alignas(struct nlmsghdr) char message[NLMSG_LENGTH(sizeof(struct inet_diag_req_v2))] = {0};
    struct nlmsghdr *header = (void *)message;
    *header = (struct nlmsghdr){.nlmsg_len = (uint32_t)NLMSG_LENGTH(len),
                                .nlmsg_type = SOCK_DIAG_BY_FAMILY,
                                .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP};
    memcpy(NLMSG_DATA(header), request, len);
    return send(fd, message, header->nlmsg_len, 0) == (ssize_t)header->nlmsg_len;
}

static bool read_inet(int fd, struct diag_table *table, int family, int protocol)
{
    struct inet_diag_req_v2 request = {.sdiag_family = (unsigned char)family,
                                       .sdiag_protocol = (unsigned char)protocol,
                                       .idiag_ext = 1 << (INET_DIAG_INFO - 1),
                                       .idiag_states = STATES};
    return ask(fd, &request, sizeof request) && read_answer(fd, table, add_inet, protocol);
}

static bool read_unix(int fd, struct diag_table *table)
{
    struct unix_diag_req request = {
        .sdiag_family = AF_UNIX, .udiag_states = ~0u, .udiag_show = UDIAG_SHOW_PEER};
    return ask(fd, &request, sizeof request) && read_answer(fd, table, add_unix, 0);
}

bool diag_read(struct diag_table *table, bool udp)
{
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
    table->count = table->pair_count = 0;
    bool read = fd >= 0 && read_inet(fd, table, AF_INET, IPPROTO_TCP) &&
                read_inet(fd, table, AF_INET6, IPPROTO_TCP) && read_unix(fd, table);
    if (read && udp)
        read = read_inet(fd, table, AF_INET, IPPROTO_UDP) && read_inet(fd, table, AF_INET6, IPPROTO_UDP);
    if (fd >= 0)
        close(fd);
    return read;
}

void diag_free(struct diag_table *table)
{
    free(table->sockets);
    free(table->pairs);
    *table = (struct diag_table){0};
}

/* ::ffff:1.2.3.4 is the same as 1.2.3.4: the two ends of a connection may be of either family. */
static void plain_address(const struct diag_socket *socket, const unsigned char *address,
                          unsigned char plain[16])
{
    static const unsigned char prefix[12] = {[10] = 0xff, [11] = 0xff};
    memset(plain, 0, 16);
    if (socket->family == AF_INET)
        memcpy(plain, prefix, 12);
    memcpy(plain + (socket->family == AF_INET ? 12 : 0), address, socket->family == AF_INET ? 4 : 16);
}

static bool are_ends(const struct diag_socket *a, const struct diag_socket *b)
{
    unsigned char to[16], from[16];
    plain_address(a, a->peer_address, to);
    plain_address(b, b->address, from);
    return a->peer_port == b->port && memcmp(to, from, 16) == 0;
}

/* Of an address that stands for all of them: 0.0.0.0, or ::, which takes those of IPv4 as well. */
static bool is_any(const struct diag_socket *socket)
{
    static const unsigned char zeros[16];
    return memcmp(socket->address, zeros, socket->family == AF_INET ? 4 : 16) == 0;
}

bool diag_is_for(const struct diag_socket *socket, const struct diag_socket *taker)
{
    unsigned char to[16], at[16];
    plain_address(socket, socket->peer_address, to);
    plain_address(taker, taker->address, at);
    return taker->protocol == socket->protocol && taker->peer_port == 0 && taker->port == socket->peer_port &&
           (is_any(taker) || memcmp(to, at, 16) == 0);
}

const struct diag_socket *diag_peer(const struct diag_table *table, const struct diag_socket *socket)
{
    for (size_t i = 0; i < table->count; i++) {
        const struct diag_socket *other = &table->sockets[i];
        if (other->protocol == socket->protocol && other->peer_port != 0 && are_ends(socket, other) &&
            are_ends(other, socket))
            return other;
    }
    return NULL;
}
