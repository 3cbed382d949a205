/*
 * Bytes looked for in a stream or a datagram: a table of states that is walked, one byte a step. A fixed
 * string is made into one here; a regular expression by the harness (harness/match/match.h). Plain data
 * without pointers, so that it can lie in shared memory; no allocation, no I/O, async-signal-safe.
 */
#ifndef SOCKFAULT_MODEL_MATCHER_H
#define SOCKFAULT_MODEL_MATCHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    MATCHER_STATES = 254,  /* 0 is the start */
    MATCHER_CLASSES = 256, /* bytes that are alike in every state share a class */
    MATCHER_MATCH = 255,   /* in `next`: here a match ends. Not a state */
};

/* At most 64 KiB. Of `next`, only the first state_count * class_count bytes are ever touched: row by row. */
struct matcher {
    uint32_t state_count, class_count;
    uint32_t again; /* where the search goes on behind a match: like the start, but `^` holds there no more */
    uint8_t class_of[256];
    uint8_t next[MATCHER_STATES * MATCHER_CLASSES];
};

/*
 * Makes *ret find a fixed string (Knuth, Morris, Pratt 1977). false, and *ret untouched: no bytes, or more
 * than MATCHER_STATES.
 */
bool matcher_literal(struct matcher *ret, const void *bytes, size_t len);

/*
 * Feeds bytes. *state is 0 at the beginning of a stream (or of each datagram) and otherwise what the last
 * call left, so that a match may lie across several calls. True when a match ends within: *ret_end is the
 * offset just past its last byte (1..len), and the bytes from there on have not been looked at; to go on,
 * feed them: matches do not overlap. False: all bytes were taken, *ret_end is untouched.
 * The earliest end counts: "ab*" ends behind the 'a'.
 * Every index is checked: a table or a state that is out of range finds nothing, and *state becomes 0.
 */
bool matcher_step(const struct matcher *matcher, uint32_t *state, const unsigned char *bytes, size_t len,
                  size_t *ret_end);

#endif
