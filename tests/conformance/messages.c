/* Messages over AF_UNIX: receivers that are gone or slow, messages too large or without memory. */
#include "tests/conformance/datagrams.h"
#include "tests/conformance/machine.h"

static void too_large(const struct twin_run *run)
{
    int pair[2], room;
    socklen_t len = sizeof room;
    struct twin t = {.peer = -1};
    MUST(socketpair(AF_UNIX, strcmp(run->variant, "dgram") == 0 ? SOCK_DGRAM : SOCK_SEQPACKET, 0, pair));
    MUST(t.fd = dup2(pair[0], TWIN_FD));
    t.peer = pair[1];
    MUST(fcntl(t.fd, F_SETFL, O_NONBLOCK));
    MUST(setsockopt(t.fd, SOL_SOCKET, SO_SNDBUF, &(int){20000}, sizeof(int)));
    MUST(getsockopt(t.fd, SOL_SOCKET, SO_SNDBUF, &room, &len));
    twin_watch(&t);
    say_largest(&t, (size_t)room - 32, false);
    finish(&t);
}

/* No memory for a message, though there is room in the buffer: nothing is sent. */
static void send_without_memory(const struct twin_run *run, const char *group)
{
    static char message[16000];
    struct machine_glut glut;
    int pair[2], err;
    int type = strcmp(run->variant, "stream") == 0      ? SOCK_STREAM
               : strcmp(run->variant, "seqpacket") == 0 ? SOCK_SEQPACKET
                                                        : SOCK_DGRAM;
    MUST(socketpair(AF_UNIX, type | SOCK_NONBLOCK, 0, pair));
    struct twin t = {.peer = pair[1]};
    MUST(t.fd = dup2(pair[0], TWIN_FD));
    twin_watch(&t);
    machine_fill_memory(group, AF_UNIX, SOCK_STREAM, &glut);
    ssize_t sent = send(t.fd, message, sizeof message, 0);
    err = errno;
    struct pollfd now = {.fd = t.fd, .events = TWIN_EVENTS};
    poll(&now, 1, 0);
    machine_relax(&glut, true);
    errno = err;
    twin_say("send", sent);
    twin_say_events("poll", (uint32_t)now.revents);
    op_edge(&t);
    op_level(&t);
    op_error(&t);
    op_peer(&t);
    op_send(&t);
    op_peer(&t);
    printf("\n");
    finish(&t);
}

static void no_memory(const struct twin_run *run)
{
    machine_short_of_memory(run, send_without_memory);
}

/* A receiver bound to a name of the kernel's choice, and a sender that knows it. */
static void make_local(struct twin *t, bool connected)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    *t = (struct twin){.address_len = sizeof t->address};
    MUST(t->peer = socket(AF_UNIX, SOCK_DGRAM, 0));
    MUST(bind(t->peer, (struct sockaddr *)&name, sizeof(sa_family_t)));
    MUST(getsockname(t->peer, (struct sockaddr *)&t->address, &t->address_len));
    take_socket(t, AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK);
    if (connected)
        MUST(connect(t->fd, (struct sockaddr *)&t->address, t->address_len));
}

static void peer_gone(const struct twin_run *run)
{
    static twin_op *const local_ops[] = {op_edge,  op_send,    op_write,    op_recv, op_poll,
                                         op_error, op_pending, op_peername, op_level};
    enum { LOCAL_OPS = sizeof local_ops / sizeof *local_ops };
    for (int i = 0; i < twin_sequences(LOCAL_OPS, run->depth); i++) {
        struct twin t;
        make_local(&t, true);
        twin_watch(&t);
        if (run->real) {
            MUST(close(t.peer));
            t.peer = -1;
        }
        op_send(&t);
        twin_sequence(&t, local_ops, LOCAL_OPS, run->depth, i);
        finish(&t);
    }
}

/* Not connected: every message is refused. */
static void receiver_gone(const struct twin_run *run)
{
    static twin_op *const local_ops[] = {op_sendto, op_recv, op_poll, op_edge, op_error, op_peername};
    enum { LOCAL_OPS = sizeof local_ops / sizeof *local_ops };
    for (int i = 0; i < twin_sequences(LOCAL_OPS, run->depth); i++) {
        struct twin t;
        make_local(&t, false);
        twin_watch(&t);
        if (run->real) {
            MUST(close(t.peer));
            t.peer = -1;
        }
        op_sendto(&t);
        twin_sequence(&t, local_ops, LOCAL_OPS, run->depth, i);
        finish(&t);
    }
}

/* The receiver's queue is full (net.unix.max_dgram_qlen); then it reads. */
static void receiver_slow(const struct twin_run *run)
{
    for (int i = 0; i < twin_sequences(OPS, run->depth); i++) {
        struct twin t;
        make_local(&t, true);
        for (int n = 0; run->real && n < 10000 && send(t.fd, "x", 1, 0) > 0; n++) {
        }
        twin_watch(&t);
        op_send(&t);
        for (char c; recv(t.peer, &c, 1, MSG_DONTWAIT) >= 0;) {
        }
        twin_sequence(&t, ops, OPS, run->depth, i);
        finish(&t);
    }
}

enum { SOME = 2, MANY = 4 };

/* Messages that tell one from the other by their length. */
static void say_many(struct twin *t, const char *name, bool sends, int flags)
{
    static char room[MANY][16];
    struct iovec parts[MANY];
    struct mmsghdr messages[MANY] = {0};
    for (size_t i = 0; i < MANY; i++) {
        parts[i] = (struct iovec){room[i], sends ? i + 1 : sizeof room[i]};
        messages[i].msg_hdr = (struct msghdr){.msg_iov = &parts[i], .msg_iovlen = 1};
    }
    int count = sends ? sendmmsg(t->fd, messages, MANY, flags) : recvmmsg(t->fd, messages, MANY, flags, NULL);
    twin_say(name, count);
    for (int i = 0; i < count; i++)
        printf(",%u", messages[i].msg_len);
}

static void make_messages(const struct twin_run *run, struct twin *t)
{
    int ends[2];
    if (strcmp(run->variant, "udp4") == 0)
        make_udp(ends);
    else
        MUST(socketpair(AF_UNIX, strcmp(run->variant, "dgram") == 0 ? SOCK_DGRAM : SOCK_SEQPACKET, 0, ends));
    *t = (struct twin){.peer = ends[1]};
    MUST(t->fd = dup2(ends[0], TWIN_FD));
    MUST(close(ends[0]));
}

static void send_some(const struct twin *t, size_t first)
{
    for (size_t i = first; i < first + SOME; i++)
        MUST(send(t->peer, "abcdef", i + 1, 0));
}

static twin_op *const some_ops[] = {op_poll, op_edge, op_level, op_recv, op_send, op_error, op_select};
enum { SOME_OPS = sizeof some_ops / sizeof *some_ops };

/* Two of four have come; the others do a moment later. */
static void some_come(const struct twin_run *run)
{
    for (int i = 0; i < twin_sequences(SOME_OPS, run->depth); i++) {
        struct twin t;
        make_messages(run, &t);
        bool for_one = twin_has(run, "forone");
        MUST(fcntl(t.fd, F_SETFL, for_one ? 0 : O_NONBLOCK));
        twin_watch(&t);
        send_some(&t, 0);
        if (!run->real)
            send_some(&t, SOME);
        op_edge(&t);
        say_many(&t, "recvmmsg", false, for_one ? MSG_WAITFORONE : 0);
        if (run->real)
            send_some(&t, SOME);
        MUST(fcntl(t.fd, F_SETFL, O_NONBLOCK));
        twin_sequence(&t, some_ops, SOME_OPS, run->depth, i);
        finish(&t);
    }
}

/* There is room for two of four; then the peer reads. */
static void some_sent(const struct twin_run *run)
{
    for (int i = 0; i < twin_sequences(SOME_OPS, run->depth); i++) {
        struct twin t;
        char buf[32];
        make_messages(run, &t);
        MUST(fcntl(t.fd, F_SETFL, O_NONBLOCK));
        while (run->real && send(t.fd, "0123456789", 10, 0) > 0) {
        }
        for (int n = 0; run->real && n < SOME; n++)
            MUST(recv(t.peer, buf, sizeof buf, 0));
        twin_watch(&t);
        say_many(&t, "sendmmsg", true, 0);
        for (ssize_t n; (n = recv(t.peer, buf, sizeof buf, MSG_DONTWAIT)) >= 0;)
            if (n < 10)
                printf(" came=%zd", n);
        twin_sequence(&t, some_ops, SOME_OPS, run->depth, i);
        finish(&t);
    }
}

TWIN_MAIN({"some-come", some_come}, {"some-sent", some_sent}, {"too-large", too_large},
          {"no-memory", no_memory}, {"peer-gone", peer_gone}, {"receiver-gone", receiver_gone},
          {"receiver-slow", receiver_slow})
