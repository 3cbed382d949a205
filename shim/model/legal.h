/* Which fault is legal where: the rows of legal.def as data, and the questions asked of them. Pure. */
#ifndef SOCKFAULT_MODEL_LEGAL_H
#define SOCKFAULT_MODEL_LEGAL_H

#include "shim/model/calls.h"
#include "shim/model/rule.h"

enum condition_bit {
#define CONDITION(name, need, lack) CONDITION_##name,
#include "shim/model/legal.def"
#undef CONDITION
    CONDITION_COUNT
};

/* A set of conditions (facts that hold, or that a row needs): bit i is enum condition_bit i. It is full: one
 * more needs a wider type, on the board and in surveys (a JSON integer) as well. */
typedef uint64_t conditions;
_Static_assert(CONDITION_COUNT <= 64, "a condition has no bit");
#define CONDITION_SET(name) (UINT64_C(1) << CONDITION_##name)

enum recipe {
    RECIPE_NONE,
#define RECIPE(name, text) RECIPE_##name,
#include "shim/model/legal.def"
#undef RECIPE
    RECIPE_COUNT
};

enum expectation { EXPECT_T, EXPECT_H };
enum tier { TIER_NETWORK, TIER_SIGNALS, TIER_RESOURCES, TIER_PORTABLE };

struct legal_row {
    const char *name; /* "receive_short_stream": what tests and documents call it; unique */
    int family;       /* enum call_family, or one of the two below */
    enum fault_kind fault;
    int err;
    conditions needs;
    enum recipe recipe;
    enum expectation expect;
    enum tier tier;
    const char *note;
    const char *source; /* the man page, RFC or kernel version it follows */
};
enum { LEGAL_ANY = -1, LEGAL_EPOLL_WAIT = -2 };

/* The i-th row, or NULL past the end. */
const struct legal_row *legal_row_at(size_t i);

/* Whether the row speaks of that fault (errno err, for ERROR and RESET) at that call. */
bool legal_row_fits(const struct legal_row *row, enum call_id call, enum fault_kind fault, int err);

/* Whether any row does: what can be said when a rule is read. */
bool legal_possible(enum call_id call, enum fault_kind fault, int err);

/* Whether the fault is something that has happened to a connection that accept then hands out. */
bool legal_once_accepted(enum call_id call, enum fault_kind fault, int err);

/* All conditions that some fitting row needs: the facts worth finding out. */
conditions legal_conditions(enum call_id call, enum fault_kind fault, int err);

/* The same of all faults at that call, or more. */
conditions legal_conditions_at(enum call_id call);

/* Those that hold again when the program is run again (LASTING in legal.def). */
conditions legal_lasting(void);

/*
 * The first fitting row whose needs are all among facts, or NULL: then *ret_missing (if not NULL) is the
 * first condition that the nearest row lacks.
 */
const struct legal_row *legal_find(enum call_id call, enum fault_kind fault, int err, conditions facts,
                                   enum condition_bit *ret_missing);

const char *condition_name(enum condition_bit bit);
const char *condition_need(enum condition_bit bit); /* "a stream socket" */
const char *condition_lack(enum condition_bit bit); /* "the socket is not SOCK_STREAM" */
const char *recipe_name(enum recipe recipe);
const char *recipe_text(enum recipe recipe);
const char *tier_name(enum tier tier);

#endif
