/*
 * The calls Sockfault knows, as data. Everything here comes from calls.def and is read-only.
 */
#ifndef SOCKFAULT_MODEL_CALLS_H
#define SOCKFAULT_MODEL_CALLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum call_id {
#define CALL(ret, name, params, args, family, shape, traits, errnos) CALL_##name,
#include "shim/model/calls.def"
#undef CALL
    CALL_COUNT,
    CALL_NONE = 0xffff
};

/* Families: calls that do the same job. The word is what a rule may say in place of a call. */
#define CALL_FAMILIES(FAMILY)                                                                                \
    FAMILY(RECEIVE, "receive")                                                                               \
    FAMILY(SEND, "send")                                                                                     \
    FAMILY(ACCEPT, "accept")                                                                                 \
    FAMILY(CONNECT, "connect")                                                                               \
    FAMILY(WAIT, "wait")                                                                                     \
    FAMILY(RESOLVE, "resolve")                                                                               \
    FAMILY(CREATE, "create")                                                                                 \
    FAMILY(SETUP, "setup")                                                                                   \
    FAMILY(QUERY, "query")                                                                                   \
    FAMILY(END, "end")                                                                                       \
    FAMILY(DUPLICATE, "duplicate")                                                                           \
    FAMILY(FILES, "files")                                                                                   \
    FAMILY(PROCESS, "process")

enum call_family {
#define FAMILY(id, word) FAMILY_##id,
    CALL_FAMILIES(FAMILY)
#undef FAMILY
        FAMILY_COUNT
};

enum call_trait {
    BLOCKS = 1 << 0,        /* can put the thread to sleep */
    SHORTENS = 1 << 1,      /* may move fewer bytes than asked */
    RETURNS_FD = 1 << 2,    /* a result >= 0 is a descriptor */
    COPIES_FD = 1 << 3,     /* ... which names the same open file as the fd argument */
    CLOSES = 1 << 4,        /* the fd argument is gone afterwards */
    WAITS_EPOLL = 1 << 5,   /* EINTR on stop and continue alone (signal(7)) */
    PASSES_FDS = 1 << 6,    /* may bring descriptors (SCM_RIGHTS) */
    FAILS_NONZERO = 1 << 7, /* failure is any result but 0 (getaddrinfo, posix_spawn) */
    FAILS_NULL = 1 << 8,    /* failure is a null pointer (gethostbyname) */
    MESSAGES = 1 << 9,      /* carries a datagram, where the socket has them */
    COUNTS = 1 << 10,       /* tells how many messages it moved, which may be fewer than asked */
};

struct call_info {
    const char *name;
    const char *prototype; /* as it stands in the table: "(int fd, void *buf, size_t len)" */
    enum call_family family;
    unsigned int traits; /* enum call_trait, or-ed */
    const int *errnos;   /* ends with 0 */
};

/* A set of calls; one bit a call, word i/64. */
#define CALL_SET_WORDS 2
struct call_set {
    uint64_t bits[CALL_SET_WORDS];
};

/* The row of a call; id < CALL_COUNT. */
const struct call_info *call_info(enum call_id id);

/* Whether the call can be about a connection, so that a rule may say of which; an accept is about the one it
 * makes. What only names a descriptor anew is about none. */
bool call_has_connection(enum call_id id);

/* The call of that name (len bytes of it), or CALL_NONE. */
enum call_id call_find(const char *name, size_t len);

/* The family's word; the family of that word, or -1. */
const char *family_name(enum call_family family);
int family_find(const char *name, size_t len);

/* Adds all calls of a family, or one call. */
void call_set_add_family(struct call_set *set, enum call_family family);
void call_set_add(struct call_set *set, enum call_id id);
void call_set_remove(struct call_set *set, enum call_id id);
bool call_set_has(const struct call_set *set, enum call_id id);
bool call_set_empty(const struct call_set *set);

/* Whether the row of the call lists that errno. */
bool call_allows_errno(enum call_id id, int err);

#endif
