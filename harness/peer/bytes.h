/* Bytes: those a step speaks of, made when it is carried out, and those that came. */
#ifndef SOCKFAULT_PEER_BYTES_H
#define SOCKFAULT_PEER_BYTES_H

#include "harness/scenario/scenario.h"

/* Of one file or one message; more is refused. */
#define PEER_BYTES_MAX ((size_t)16 << 20)

struct bytes {
    char *at; /* malloc'd, a NUL behind them; NULL: none yet */
    size_t len, capacity;
};

/* Room for so many more behind those there are. false: no memory, or over PEER_BYTES_MAX. */
bool bytes_room(struct bytes *bytes, size_t more);

bool bytes_add(struct bytes *bytes, const char *at, size_t len);

void bytes_free(struct bytes *bytes);

/* The first byte in which they differ; the length of the shorter one where it is how the other begins. */
size_t bytes_differ(const struct bytes *a, const struct bytes *b);

/*
 * What the parts of a step are: variables replaced, files read (relative to `root`). false with *diag; *ret
 * holds nothing then.
 */
bool bytes_make(const struct peer_step *step, const struct runtime *runtime, const char *root,
                struct bytes *ret, struct diag *diag);

#endif
