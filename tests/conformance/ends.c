/*
 * The end of a connection: a reset, an end of file, a broken pipe. VARIANT is the kind of connection
 * (pairs.h); injected, the peer does nothing.
 */
#include "tests/conformance/pairs.h"

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

enum { FIRSTS = 5 };

/* An event: what the peer does for real, what instead, and the calls at which the rule injects it. */
struct event {
    const char *name;
    void (*peer)(struct twin *t);
    void (*instead)(struct twin *t);
    twin_op *first[FIRSTS];
};

#define RECEIVES op_recv, op_peek, op_readv, op_recvmsg
#define SENDS    op_send, op_write, op_sendmsg, op_sendfile, op_splice
#define WAITS    op_poll, op_select, op_level, op_edge

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

/* The RST or FIN is there when the socket says so: over loopback at once, but nobody promises that. */
static void await_event(const struct twin *t)
{
    CHECK(wait_for(t->fd, POLLRDHUP), "the event did not come");
}

static const struct event *find_event(const char *name)
{
    size_t len = strcspn(name, "+");
    for (size_t i = 0; i < sizeof events / sizeof *events; i++)
        if (strlen(events[i].name) == len && strncmp(events[i].name, name, len) == 0)
            return &events[i];
    printf("# no such event: %s\n", name);
    exit(CHECK_FAILED);
}

static void prepare(struct twin *t, const struct twin_run *run)
{
    for (size_t i = 0; i < sizeof preparations / sizeof *preparations; i++)
        if (twin_has(run, preparations[i].name))
            preparations[i].act(t);
}

/* The observations that are made after an event, and how many in a sequence. */
struct observations {
    twin_op *const *ops;
    int count, longer;
};

/*
 * With data waiting only receives are compared: a reset that comes later is a reset like any other. How much
 * is unsent depends on when acknowledgements come, but not where nothing was sent.
 */
static struct observations observations_of(const struct twin_run *run)
{
    static twin_op *const receives[] = {op_recv, op_peek, op_pending}, *const unsent[] = {op_recv, op_send,
                                                                                          op_unsent};
    if (twin_has(run, "queued"))
        return (struct observations){receives, 3, 2};
    if (twin_has(run, "unsent"))
        return (struct observations){unsent, 3, 1};
    return (struct observations){twin_ops, TWIN_OPS, 0};
}

static void run_one(const struct twin_run *run, int listener, int first, int i)
{
    const struct event *event = find_event(run->event);
    struct observations after = observations_of(run);
    struct twin t = {.peer = -1};
    pair_connect(pair_kind(run->variant), listener, &t);
    t.tell_peer = strncmp(run->event, "eof-half", 8) == 0; /* else it is gone */
    prepare(&t, run);
    if (run->real) {
        event->peer(&t);
        await_event(&t);
    } else {
        event->instead(&t);
    }
    event->first[first](&t);
    twin_sequence(&t, after.ops, after.count, run->depth + after.longer, i);
    pair_end(&t);
}

/* After the first call that can meet the event, every sequence; after each of the others, shorter ones. */
static void ends(const struct twin_run *run)
{
    const struct event *event = find_event(run->event);
    struct observations after = observations_of(run);
    struct twin_run now = *run;
    int listener = pair_listen(pair_kind(run->variant));
    for (int first = 0; first < FIRSTS && event->first[first]; first++) {
        for (int i = 0; i < twin_sequences(after.count, now.depth + after.longer); i++)
            run_one(&now, listener, first, i);
        now.depth = run->depth - 1;
    }
}

TWIN_MAIN({"reset", ends}, {"reset-at-send", ends}, {"reset-at-wait", ends}, {"pipe", ends}, {"gone", ends},
          {"eof-half", ends}, {"eof-half-at-wait", ends}, {"eof-full", ends}, {"eof-full-at-wait", ends})
