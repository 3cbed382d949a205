/*
 * One intercepted call on its way through the four steps. A wrapper fills in what its shape knows (shapes.h);
 * steps.h takes it through.
 */
#ifndef SOCKFAULT_SHIM_ATTEMPT_H
#define SOCKFAULT_SHIM_ATTEMPT_H

#include "shim/clock.h"
#include "shim/intercept/types.h"
#include "shim/know/thread.h"
#include "shim/model/board.h"
#include "shim/model/decide.h"
#include "shim/time/wait.h"

#include <netdb.h>

enum { ATTEMPT_IOVECS = 16 };

struct attempt {
    enum call_id call;
    const struct call_info *info;
    uint64_t site; /* return address */

    /* What the program asked; each shape fills in what it has. */
    int fd;                  /* -1: none */
    int other_fd;            /* the second descriptor, of dup2, epoll_ctl, or what is sent from; -1: none */
    size_t asked;            /* bytes; 0 where the call has no length */
    int flags;               /* MSG_* */
    void *buf;               /* BUF: to be filled, or sent */
    const struct iovec *iov; /* IOV, MSG */
    int iovcnt;
    struct msghdr *message;   /* MSG */
    struct mmsghdr *messages; /* MMSG */
    unsigned int message_count;
    struct timespec *limit;      /* MMSG_TIMED: how long recvmmsg goes on, or NULL */
    const struct sockaddr *addr; /* ADDR, BUF_ADDR: given by the program */
    socklen_t addrlen;
    struct sockaddr *name; /* NAME, BUF_FROM: to be filled in */
    socklen_t *name_len;
    int level, option;     /* OPTION */
    void *value;           /* ... or the offset of sendfile */
    long argument;         /* of fcntl, shutdown, epoll_ctl: command, how, op */
    int *pair;             /* socketpair */
    struct pollfd *polled; /* POLL: what is waited for, and how it is answered */
    size_t polled_count;
    fd_set *sets[3];              /* SELECT: readable, writable, exceptional; each may be NULL */
    int selected;                 /* one more than the highest number in them */
    struct epoll_event *events;   /* EPOLL: the answer; EPOLL_CTL: what is asked for */
    int max_events;               /* EPOLL: room in events */
    int64_t timeout_ns;           /* of a wait; -1: for ever */
    struct timeval *left_over;    /* SELECT: where what is left of the timeout is told, or NULL */
    const sigset_t *mask;         /* of ppoll, pselect, epoll_pwait, or NULL */
    const char *node;             /* LOOKUP_NAME, LOOKUP_NODE: what is looked up; NULL: an address */
    const struct addrinfo *hints; /* LOOKUP_NODE */
    int *h_errnop;                /* LOOKUP_R: where the error is told */
    struct hostent **entry;       /* ... and the answer, or NULL */

    /* What was found out and decided. */
    struct board_socket *socket;   /* NULL: not a socket, or none */
    struct board_socket *accepted; /* what accept has just handed out, or NULL */
    struct endpoint target;        /* addr, in our form */
    struct decision decision;
    bool cuts; /* the real call asks for `length` bytes only */
    size_t length;
    struct iovec cut[ATTEMPT_IOVECS];
    struct msghdr cut_message;
    bool hopeless;    /* arguments that the kernel is to refuse: nothing is decided */
    bool untouched;   /* of no row's family: nothing is decided */
    bool borrowed;    /* in a vfork child, where that matters (touches_descriptors) */
    bool ahead;       /* no call yet: one that is expected once a wait has returned (act/ahead.h) */
    bool checked;     /* ... which is of a kind that tells of no damaged datagram */
    bool arrived;     /* a receive: something is there (act/arrivals.h) */
    bool was_ahead;   /* what ends connections or keeps datagrams away was decided when a wait returned */
    bool again;       /* arrivals: the recipe took away what was there; the next is to be looked at */
    size_t whole;     /* RECIPE_FLIP at a receive: how long the datagram is */
    bool each;        /* MMSG: was made message by message (act/each.h) */
    int cancellation; /* as the program has it, while we hold it off */
    uint64_t decided; /* in a survey: 1 + number of its TRACE_DECIDED; 0: it has none */

    /* A wait that goes on, since what it was to tell of is no longer there. */
    bool goes_on;
    int64_t waited_since_ns; /* 0: no rule wanted to know */
    struct timespec left;    /* of the timeout */
    fd_set asked_sets[3];

    /* As others see it meanwhile. */
    struct activity before; /* what the thread was doing */
    struct wait wait;
    int64_t deadline_ns; /* when the call itself gives up; BOARD_NEVER */

    /* What came of it. */
    intptr_t result;
    int err; /* errno if it failed, else 0 */
    int errno_before;
    int64_t began_ns;
};

void attempt_init(struct attempt *at, enum call_id call, const void *site);

/*
 * Takes from buffers and addresses what a decision needs: how much is asked, and of whom. false: the kernel
 * refuses such arguments before it looks at the socket (EFAULT, EINVAL, EMSGSIZE), and nothing may be read
 * through them.
 */
bool attempt_measure(struct attempt *at);

/* Whether nothing is ever mapped there: NULL, or a member of what NULL points to. Other pointers that lead
 * nowhere cannot be told without a system call. */
bool attempt_nowhere(const void *address);

/* The third step alone: fills in at->decision. Whether anything is to be done. */
bool attempt_decide(struct attempt *at);

/* The same once more, in a later phase: what was decided before stays where nothing replaces it, and delays
 * were had already. */
bool attempt_decide_more(struct attempt *at);

/* A datagram socket: whether a wait would tell of the datagram that is next if it were damaged. */
bool attempt_tells_damaged(const struct attempt *at);

/* Tells the result of the real call, with errno as it left it. */
void attempt_returned(struct attempt *at, intptr_t result);

/* Replaces the call, or its result: -1 with that errno. */
void attempt_fail(struct attempt *at, int err);

/* Whether the result means failure, as this call tells it. */
bool attempt_failed(const struct attempt *at);

#endif
