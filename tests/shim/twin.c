/*
 * twin KIND EVENT HOW DEPTH: brings an event about on a connection, for real or (a rule does it) not at all,
 * then makes every sequence of DEPTH operations and prints what came of each.
 *
 *   KIND   tcp4 tcp6 unix seqpacket
 *   EVENT  NAME[+PREPARATION]...; see below
 *   HOW    real, or injected: the peer then does nothing
 */
#include "tests/shim/twin.h"

#include <arpa/inet.h>

struct kind {
    const char *name;
    int domain, type;
};

static const struct kind kinds[] = {
    {"tcp4", AF_INET, SOCK_STREAM},
    {"tcp6", AF_INET6, SOCK_STREAM},
    {"unix", AF_UNIX, SOCK_STREAM},
    {"seqpacket", AF_UNIX, SOCK_SEQPACKET},
};

/* The peer goes away at once: data that it has not read, or SO_LINGER 0, makes that a reset. */
static void peer_resets(struct twin *t)
{
    struct linger now = {.l_onoff = 1, .l_linger = 0};
    setsockopt(t->peer, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    close(t->peer);
    t->peer = -1;
}

static void peer_closes(struct twin *t)
{
    char scrap[64];
    while (recv(t->peer, scrap, sizeof scrap, MSG_DONTWAIT) > 0) {
    }
    close(t->peer);
    t->peer = -1;
}

static void peer_ends(struct twin *t)
{
    shutdown(t->peer, SHUT_WR);
}

/* FIN first, so that the RST behind it is an EPIPE. */
static void peer_breaks(struct twin *t)
{
    peer_ends(t);
    peer_resets(t);
}

static void nothing(struct twin *t)
{
    (void)t;
}

/* Something a wait would tell of; the rule makes the connection end instead, as if it had not come yet. */
static void peer_sends(struct twin *t)
{
    MUST(send(t->peer, "abc", 3, 0));
}

/* An event: what the peer does for real, what instead, and the calls at which the rule injects it. */
struct event {
    const char *name;
    void (*peer)(struct twin *t);
    void (*instead)(struct twin *t);
    twin_op *first[4];
};

#define RECEIVES op_recv, op_peek, op_readv, op_recvmsg
#define SENDS    op_send, op_write, op_sendmsg
#define WAITS    op_poll, op_select, op_level

static const struct event events[] = {
    {"reset", peer_resets, nothing, {RECEIVES}},
    {"reset-at-send", peer_resets, nothing, {SENDS}},
    {"reset-at-wait", peer_resets, peer_sends, {WAITS}},
    {"pipe", peer_breaks, nothing, {SENDS}},
    {"gone", peer_closes, nothing, {SENDS}},
    {"eof-half", peer_ends, nothing, {RECEIVES}},
    {"eof-half-at-wait", peer_ends, peer_sends, {WAITS}},
    {"eof-full", peer_closes, nothing, {RECEIVES}},
    {"eof-full-at-wait", peer_closes, peer_sends, {WAITS}},
};

/* What both sides of the comparison do before the event. */
struct preparation {
    const char *name;
    void (*act)(struct twin *t);
};

static void sends_some(struct twin *t)
{
    MUST(send(t->fd, "12345", 5, 0));
}

static void ends_writing(struct twin *t)
{
    MUST(shutdown(t->fd, SHUT_WR));
}

/*
 * The program has been told by FIONREAD that ten bytes are there: they must be read before the end can be
 * met. (Not by a wait: an end that is to come would come before it.)
 */
static void has_data(struct twin *t)
{
    int bytes = 0;
    MUST(send(t->peer, "0123456789", 10, 0));
    while (bytes < 10)
        MUST(ioctl(t->fd, FIONREAD, &bytes));
}

static const struct preparation preparations[] = {
    {"sent", sends_some},
    {"finished", ends_writing},
    {"queued", has_data},
};

static socklen_t listener_name(const struct kind *kind, struct sockaddr_storage *name)
{
    struct sockaddr_in *in = (struct sockaddr_in *)name;
    struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)name;
    *name = (struct sockaddr_storage){.ss_family = (sa_family_t)kind->domain};
    if (kind->domain == AF_UNIX)
        return sizeof(sa_family_t); /* the kernel finds an abstract name */
    if (kind->domain == AF_INET) {
        in->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        return sizeof *in;
    }
    in6->sin6_addr = in6addr_loopback;
    return sizeof *in6;
}

/* One for all connections of a run: a port each would be many. */
static int listen_for(const struct kind *kind)
{
    int listener;
    struct sockaddr_storage name;
    socklen_t len = listener_name(kind, &name);
    MUST(listener = socket(kind->domain, kind->type | SOCK_NONBLOCK, 0));
    MUST(bind(listener, (struct sockaddr *)&name, len));
    MUST(listen(listener, 8));
    return listener;
}

static void connect_twin(const struct kind *kind, int listener, struct twin *t)
{
    int fd;
    *t = (struct twin){.address_len = sizeof t->address, .own_len = sizeof t->own};
    MUST(getsockname(listener, (struct sockaddr *)&t->address, &t->address_len));
    MUST(fd = socket(kind->domain, kind->type, 0));
    MUST(t->fd = dup2(fd, TWIN_FD));
    MUST(close(fd));
    MUST(connect(t->fd, (struct sockaddr *)&t->address, t->address_len));
    MUST(t->peer = accept(listener, NULL, NULL));
    MUST(getsockname(t->fd, (struct sockaddr *)&t->own, &t->own_len));
    MUST(fcntl(t->fd, F_SETFL, O_NONBLOCK)); /* no sequence may hang */
    twin_watch(t);
}

static void disconnect_twin(struct twin *t)
{
    close(t->edge);
    close(t->level);
    if (t->peer >= 0)
        close(t->peer);
}

/* The RST or FIN is there when the socket says so: over loopback at once, but nobody promises that. */
static void await_event(const struct twin *t)
{
    CHECK(wait_for(t->fd, POLLRDHUP), "the event did not come");
}

static const struct event *find_event(const char *name, size_t len)
{
    for (size_t i = 0; i < sizeof events / sizeof *events; i++)
        if (strlen(events[i].name) == len && strncmp(events[i].name, name, len) == 0)
            return &events[i];
    printf("# no such event: %s\n", name);
    exit(CHECK_FAILED);
}

static void prepare(struct twin *t, const char *words)
{
    for (size_t i = 0; i < sizeof preparations / sizeof *preparations; i++)
        if (strstr(words, preparations[i].name))
            preparations[i].act(t);
}

static void run_one(const struct kind *kind, int listener, const char *words, bool real, int first, int depth,
                    int i)
{
    /* With data waiting only receives are compared: a reset that comes later is a reset like any other. */
    static twin_op *const receives[] = {op_recv, op_peek, op_pending};
    bool queued = strstr(words, "queued");
    const struct event *event = find_event(words, strcspn(words, "+"));
    struct twin t;
    connect_twin(kind, listener, &t);
    prepare(&t, words);
    if (real) {
        event->peer(&t);
        await_event(&t);
    } else {
        event->instead(&t);
    }
    event->first[first](&t);
    if (queued)
        twin_run(&t, receives, 3, depth + 2, i);
    else
        twin_run(&t, twin_ops, TWIN_OPS, depth, i);
    disconnect_twin(&t);
}

int main(int argc, char **argv)
{
    if (argc != 5) {
        printf("# usage: %s KIND EVENT real|injected DEPTH\n", argv[0]);
        return CHECK_FAILED;
    }
    const struct kind *kind = kinds;
    const struct event *event = find_event(argv[2], strcspn(argv[2], "+"));
    bool queued = strstr(argv[2], "queued");
    int depth = atoi(argv[4]);
    int sequences = queued ? twin_sequences(3, depth + 2) : twin_sequences(TWIN_OPS, depth);
    while (strcmp(kind->name, argv[1]) != 0)
        kind++;
    twin_catch_pipes();
    int listener = listen_for(kind);
    for (int first = 0; first < 4 && event->first[first]; first++)
        for (int i = 0; i < sequences; i++)
            run_one(kind, listener, argv[2], strcmp(argv[3], "real") == 0, first, depth, i);
    return check_failures ? CHECK_FAILED : 0;
}
