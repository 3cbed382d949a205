/*
 * What befalls datagrams on their way: lost, doubled, overtaken, damaged.
 *
 * EVENT: receive (the program's side receives) or send, then what befalls: +lost, +doubled, +overtaken,
 * +damaged; +second: not the first but the second; +two: overtaken by two others; +large: longer than what is
 * checked on arrival; +unchecked: no checksum; +unconnected; +blocking; +alone: only one is there at first.
 * VARIANT: udp4, udp6, or mapped (IPv4 by an IPv6 socket).
 */
#include "tests/conformance/ways.h"

#include <ctype.h>

enum { TIMEOUT_MS = 5, SMALL = 4, LARGE = 200, ROOM = 512 };

/* A way and a datagram's ordinal belong to the sequence; operations have a twin only. */
static struct way way;
static int sent_count;
static size_t base_len;
static bool is_connected;

static struct sockaddr_storage virtual_address;
static socklen_t virtual_len;

/* A letter so many times: "c*6"; a damaged one as a number. */
static void say_bytes(const unsigned char *bytes, size_t len)
{
    size_t same = 0;
    while (same < len && bytes[same] == bytes[0])
        same++;
    if (len > 0 && isalpha(bytes[0]))
        printf("%c*%zu", bytes[0], same);
    else if (len > 0)
        printf("%#x*%zu", bytes[0], same);
    if (same < len)
        printf("+%zu", len - same);
}

static void say_received(const char *name, ssize_t n, const void *bytes, size_t room)
{
    if (n < 0) {
        twin_say(name, n);
        return;
    }
    printf(" %s=%zd:", name, n);
    say_bytes(bytes, (size_t)n < room ? (size_t)n : room);
}

/* The next letter, a byte more each time. */
static size_t compose(char *bytes)
{
    size_t len = base_len + (size_t)sent_count;
    memset(bytes, 'a' + sent_count++ % 26, len);
    return len;
}

static const struct sockaddr *to(void)
{
    return is_connected ? NULL : (const struct sockaddr *)&virtual_address;
}

static socklen_t to_len(void)
{
    return is_connected ? 0 : virtual_len;
}

/* ---- receives ---- */

OP op_more(struct twin *t)
{
    char bytes[ROOM];
    size_t len = compose(bytes);
    MUST(send(t->peer, bytes, len, 0));
    way_carry(&way);
}

OP op_take(struct twin *t)
{
    char bytes[ROOM];
    say_received("recv", recv(t->fd, bytes, sizeof bytes, 0), bytes, sizeof bytes);
}

/* The rest, without waiting. */
OP op_take_rest(struct twin *t)
{
    char bytes[ROOM];
    ssize_t n;
    while ((n = recv(t->fd, bytes, sizeof bytes, MSG_DONTWAIT)) >= 0)
        say_received("rest", n, bytes, sizeof bytes);
    twin_say("rest", n);
}

OP op_take_little(struct twin *t)
{
    char bytes[3];
    say_received("little", recv(t->fd, bytes, sizeof bytes, MSG_TRUNC), bytes, sizeof bytes);
}

OP op_take_read(struct twin *t)
{
    char bytes[ROOM];
    say_received("read", read(t->fd, bytes, sizeof bytes), bytes, sizeof bytes);
}

OP op_take_readv(struct twin *t)
{
    char bytes[ROOM];
    struct iovec iov[] = {{bytes, 3}, {bytes + 3, sizeof bytes - 3}};
    say_received("readv", readv(t->fd, iov, 2), bytes, sizeof bytes);
}

static void say_from(const struct sockaddr_storage *name, socklen_t len)
{
    printf(" from=%u:%s", len,
           len == virtual_len && memcmp(name, &virtual_address, len) == 0 ? "peer" : "other");
}

OP op_take_from(struct twin *t)
{
    char bytes[ROOM];
    struct sockaddr_storage name = {0};
    socklen_t len = sizeof name;
    ssize_t n = recvfrom(t->fd, bytes, sizeof bytes, 0, (struct sockaddr *)&name, &len);
    say_received("recvfrom", n, bytes, sizeof bytes);
    if (n >= 0)
        say_from(&name, len);
}

/* What stands in the header, ancillary data as well: how many hops were left. */
static void say_header(struct msghdr *message)
{
    printf(" flags=%#x control=%zu", (unsigned int)message->msg_flags, message->msg_controllen);
    for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
        int hops = 0;
        memcpy(&hops, CMSG_DATA(c), sizeof hops);
        printf(" %d/%d/%zu:%d", c->cmsg_level, c->cmsg_type, c->cmsg_len, hops);
    }
}

static void take_message(struct twin *t, const char *called, size_t room, size_t control_room, bool named)
{
    char bytes[ROOM];
    _Alignas(struct cmsghdr) char control[256] = {0};
    struct sockaddr_storage name = {0};
    struct iovec iov = {bytes, room};
    struct msghdr message = {.msg_iov = &iov,
                             .msg_iovlen = 1,
                             .msg_control = control,
                             .msg_controllen = control_room,
                             .msg_namelen = 77};
    if (named) {
        message.msg_name = &name;
        message.msg_namelen = sizeof name;
    }
    ssize_t n = recvmsg(t->fd, &message, MSG_CMSG_CLOEXEC);
    say_received(called, n, bytes, room);
    if (n < 0)
        return;
    say_header(&message);
    if (named)
        say_from(&name, message.msg_namelen);
    else
        printf(" namelen=%u", message.msg_namelen);
}

OP op_take_message(struct twin *t)
{
    take_message(t, "recvmsg", ROOM, 256, true);
}

OP op_take_cut_message(struct twin *t)
{
    take_message(t, "cutmsg", 2, 18, false);
}

static void take_several(struct twin *t, const char *called, int flags)
{
    enum { COUNT = 4 };
    char bytes[COUNT][ROOM];
    struct iovec iov[COUNT];
    struct mmsghdr vector[COUNT] = {0};
    struct timespec limit = {10, 0}; /* it is told what was left */
    for (int i = 0; i < COUNT; i++) {
        iov[i] = (struct iovec){bytes[i], ROOM};
        vector[i].msg_hdr = (struct msghdr){.msg_iov = &iov[i], .msg_iovlen = 1};
    }
    int n = recvmmsg(t->fd, vector, COUNT, flags, flags & MSG_DONTWAIT ? NULL : &limit);
    twin_say(called, n);
    for (int i = 0; i < n; i++) {
        printf(",");
        say_bytes((unsigned char *)bytes[i], vector[i].msg_len);
    }
}

OP op_take_several(struct twin *t)
{
    take_several(t, "recvmmsg", MSG_DONTWAIT);
}

OP op_take_for_one(struct twin *t)
{
    take_several(t, "forone", MSG_WAITFORONE);
}

OP op_look(struct twin *t)
{
    char bytes[ROOM];
    say_received("peek", recv(t->fd, bytes, sizeof bytes, MSG_PEEK), bytes, sizeof bytes);
}

OP op_look_little(struct twin *t)
{
    char bytes[2];
    say_received("peeked", recv(t->fd, bytes, sizeof bytes, MSG_PEEK | MSG_TRUNC), bytes, sizeof bytes);
}

static twin_op *const receive_ops[] = {op_take,
                                       op_take_little,
                                       op_take_read,
                                       op_take_readv,
                                       op_take_from,
                                       op_take_message,
                                       op_take_cut_message,
                                       op_look,
                                       op_take_several,
                                       op_poll,
                                       op_select,
                                       op_edge,
                                       op_level,
                                       op_pending,
                                       op_recv0,
                                       op_look_little,
                                       op_more,
                                       op_take_for_one,
                                       op_send,
                                       op_error};
enum { RECEIVE_OPS = sizeof receive_ops / sizeof *receive_ops };

/* What brings the event about by being called first: the others do not learn of a datagram, or promise it. */
static twin_op *const finders[] = {op_take, op_look, op_poll, op_select, op_edge, op_level, op_take_several};
enum { FINDERS = sizeof finders / sizeof *finders };

/* ---- sends ---- */

OP op_give(struct twin *t)
{
    char bytes[ROOM];
    size_t len = compose(bytes);
    twin_say("send",
             is_connected ? send(t->fd, bytes, len, 0) : sendto(t->fd, bytes, len, 0, to(), to_len()));
    way_carry(&way);
}

OP op_give_to(struct twin *t)
{
    char bytes[ROOM];
    size_t len = compose(bytes);
    twin_say("sendto", sendto(t->fd, bytes, len, 0, to(), to_len()));
    way_carry(&way);
}

OP op_give_write(struct twin *t)
{
    char bytes[ROOM];
    size_t len = compose(bytes);
    twin_say("write", is_connected ? write(t->fd, bytes, len) : sendto(t->fd, bytes, len, 0, to(), to_len()));
    way_carry(&way);
}

static void fill_message(struct msghdr *message, struct iovec iov[2], char *bytes)
{
    size_t len = compose(bytes);
    iov[0] = (struct iovec){bytes, 3};
    iov[1] = (struct iovec){bytes + 3, len - 3};
    *message =
        (struct msghdr){.msg_iov = iov, .msg_iovlen = 2, .msg_name = (void *)to(), .msg_namelen = to_len()};
}

OP op_give_message(struct twin *t)
{
    char bytes[ROOM];
    struct iovec iov[2];
    struct msghdr message;
    fill_message(&message, iov, bytes);
    twin_say("sendmsg", sendmsg(t->fd, &message, 0));
    way_carry(&way);
}

OP op_give_several(struct twin *t)
{
    enum { COUNT = 3 };
    char bytes[COUNT][ROOM];
    struct iovec iov[COUNT][2];
    struct mmsghdr vector[COUNT] = {0};
    for (int i = 0; i < COUNT; i++)
        fill_message(&vector[i].msg_hdr, iov[i], bytes[i]);
    int n = sendmmsg(t->fd, vector, COUNT, 0);
    twin_say("sendmmsg", n);
    for (int i = 0; i < n; i++)
        printf(",%u", vector[i].msg_len);
    way_carry(&way);
}

OP op_give_nothing(struct twin *t)
{
    twin_say("empty", sendto(t->fd, "", 0, 0, to(), to_len()));
    sent_count++;
    way_carry(&way);
}

OP op_give_too_much(struct twin *t)
{
    static char bytes[65530];
    twin_say("toomuch", sendto(t->fd, bytes, sizeof bytes, 0, to(), to_len()));
    way_carry(&way);
}

OP op_give_nowhere(struct twin *t)
{
    struct sockaddr unspecified = {.sa_family = AF_APPLETALK};
    twin_say("nowhere", sendto(t->fd, "x", 1, 0, &unspecified, sizeof unspecified));
}

OP op_other_end(struct twin *t)
{
    char bytes[ROOM];
    ssize_t n;
    printf(" peer:");
    while ((n = recv(t->peer, bytes, sizeof bytes, MSG_DONTWAIT)) >= 0)
        say_received("got", n, bytes, sizeof bytes);
    twin_say("got", n);
}

OP op_reconnect(struct twin *t)
{
    twin_say("connect", connect(t->fd, (struct sockaddr *)&virtual_address, virtual_len));
}

static twin_op *const send_ops[] = {op_give,         op_give_to,       op_give_write,   op_give_message,
                                    op_give_several, op_poll,          op_select,       op_edge,
                                    op_level,        op_error,         op_recv,         op_pending,
                                    op_other_end,    op_give_too_much, op_give_nowhere, op_give_nothing};
enum { SEND_OPS = sizeof send_ops / sizeof *send_ops };
static twin_op *const senders[] = {op_give, op_give_to, op_give_write, op_give_message, op_give_several};
enum { SENDERS = sizeof senders / sizeof *senders };

/* ---- both ---- */

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

TWIN_MAIN({"receive", received}, {"send", sent})
