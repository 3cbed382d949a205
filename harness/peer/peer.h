/*
 * A peer that is being run: what the functions of its steps share. Internal to harness/peer/.
 *
 * A step that cannot go on waits in peer_wait, the one place where a peer lets time pass. While it waits only
 * for traffic, its guardian can read what it is waiting for and what has come; when it fails, the same text
 * says why. So a step sets `describe` before it does anything else.
 */
#ifndef SOCKFAULT_PEER_PEER_H
#define SOCKFAULT_PEER_PEER_H

#include "harness/peer/bytes.h"
#include "harness/peer/clock.h"
#include "harness/peer/run.h"

#include <sys/socket.h>

/* How reasons begin that only say that nothing came. */
#define PEER_NO_MORE "and no more"

/* A connection, or a datagram socket that is bound. */
struct wire {
    int fd;           /* -1: closed */
    const char *name; /* or NULL */
    int type;         /* SOCK_STREAM ... */
    bool bound;       /* a datagram socket: answers go to whoever sent last */
    struct sockaddr_storage sender;
    socklen_t sender_len; /* 0: nobody has sent yet, or without an address */
};

struct peer {
    const struct peer_task *task;
    struct peer_clock clock;
    const struct peer_step *step;
    int listener; /* -1: none */
    int listener_type;
    struct wire *wires; /* the number of a connection is its place here, from 1 */
    size_t wire_count;
    size_t current;         /* its number; 0: none */
    uint64_t round, rounds; /* of the innermost repeat; 0: in none */
    int64_t until_ns;       /* when the step's time is over, BOARD_NEVER; by peer_now */
    /* Of this step: */
    void (*describe)(const struct peer *peer, const char *reason, char **ret_expected, char **ret_got);
    struct bytes wanted, got;
    char *address; /* LISTEN, CONNECT: with its variables replaced */
};

/* The time, in nanoseconds, as all in the experiment have it. */
int64_t peer_now(const struct peer *peer);

/*
 * Waits until the descriptor has one of those poll(2) events (or an error), or until `until_ns` by
 * peer_now; fd -1: for that time only. false: it is over.
 */
bool peer_wait(struct peer *peer, int fd, short events, int64_t until_ns);

/* The step did not hold; `reason` goes into what was got. Returns false. */
bool peer_fail(struct peer *peer, const char *reason);

/* The same with "REASON: strerror". */
bool peer_fail_errno(struct peer *peer, const char *what, int error);

/* Time is over: "and no more within 2 s". Returns false. */
bool peer_fail_late(struct peer *peer);

/* Adds a connection, which is the current one then, and takes fd over. false: no memory. */
bool peer_add_wire(struct peer *peer, int fd, int type, bool bound);

/* The current connection; there is one wherever the script was checked. */
struct wire *peer_wire(const struct peer *peer);

/* The steps: false after peer_fail. */
bool peer_listen(struct peer *peer);
bool peer_accept(struct peer *peer);
bool peer_connect(struct peer *peer);
bool peer_expect(struct peer *peer);
bool peer_send(struct peer *peer);
bool peer_ignore(struct peer *peer);

#endif
