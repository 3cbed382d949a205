/*
 * A nondeterministic automaton as a list of instructions (Thompson 1968). Jumps are relative, so that a piece
 * of it can be moved and copied: which is all that repetition needs.
 */
#ifndef SOCKFAULT_MATCH_NFA_H
#define SOCKFAULT_MATCH_NFA_H

#include "harness/match/match.h"

/* A set of bytes, a bit each. */
struct byte_set {
    uint64_t bits[4];
};

void byte_set_add(struct byte_set *set, unsigned int low, unsigned int high); /* low..high, both included */
void byte_set_invert(struct byte_set *set);
bool byte_set_has(const struct byte_set *set, unsigned int byte);

enum nfa_op {
    NFA_BYTES, /* one byte of `bytes`, then the next instruction */
    NFA_START, /* only at the beginning of the stream; then the next instruction */
    NFA_SPLIT, /* goes on at `a` and at `b` */
    NFA_JUMP,  /* goes on at `a` */
    NFA_MATCH,
};

struct nfa_instruction {
    enum nfa_op op;
    int a, b; /* relative to this instruction */
    struct byte_set bytes;
};

struct nfa {
    size_t count;
    struct nfa_instruction at[MATCH_INSTRUCTIONS];
};

/* All return false when there is no room; the automaton is then of no use. A piece is from `start` to the
 * end. */
bool nfa_add(struct nfa *nfa, const struct nfa_instruction *instruction);
bool nfa_insert(struct nfa *nfa, size_t start, const struct nfa_instruction *instruction);
/* Repeats the last piece min to max times; max < 0: without end. */
bool nfa_repeat(struct nfa *nfa, size_t start, int min, int max);

/* Text -> instructions, NFA_MATCH last. False with *error. */
bool nfa_parse(const char *regex, struct nfa *ret, struct match_error *error);

/* Instructions -> the smallest table. False with *error (column 1). */
bool nfa_tabulate(const struct nfa *nfa, struct matcher *ret, struct match_error *error);

#endif
