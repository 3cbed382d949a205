/*
 * From instructions to a table: the sets of instructions that can be waiting for a byte at the same time are
 * the states (subset construction); those that nothing tells apart become one (Moore 1956).
 */
#include "harness/match/nfa.h"
#include "shim/model/hash.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORDS = MATCH_INSTRUCTIONS / 64, BUILT_MATCH = MATCH_STATES_BUILT };

struct set {
    uint64_t bits[WORDS];
};

struct builder {
    const struct nfa *nfa;
    uint32_t class_count;
    uint8_t class_of[256], example[256]; /* of a byte; a byte of a class */
    uint32_t count, again;
    bool can_match, full;
    struct set states[MATCH_STATES_BUILT]; /* only NFA_BYTES are in it */
    uint64_t hashes[MATCH_STATES_BUILT];
    uint16_t next[MATCH_STATES_BUILT][MATCHER_CLASSES];
    uint32_t groups;
    uint16_t group[MATCH_STATES_BUILT + 1]; /* of BUILT_MATCH too */
};

/* Two bytes that are in the same sets of the expression are in the same class. */
static void classify(struct builder *b)
{
    b->class_count = 1;
    for (size_t i = 0; i < b->nfa->count; i++) {
        const struct byte_set *bytes = &b->nfa->at[i].bytes;
        int renamed[256][2];
        uint32_t count = 0;
        if (b->nfa->at[i].op != NFA_BYTES)
            continue;
        memset(renamed, -1, sizeof renamed);
        for (unsigned int byte = 0; byte < 256; byte++) {
            int *name = &renamed[b->class_of[byte]][byte_set_has(bytes, byte)];
            if (*name < 0)
                *name = (int)count++;
            b->class_of[byte] = (uint8_t)*name;
        }
        b->class_count = count;
    }
    for (unsigned int byte = 256; byte-- > 0;)
        b->example[b->class_of[byte]] = (uint8_t)byte;
}

/* What is being gathered: a state to be. */
struct gathering {
    struct set seen, set;
    bool matched;
};

static bool mark(struct set *set, size_t i)
{
    uint64_t bit = UINT64_C(1) << i % 64;
    bool fresh = (set->bits[i / 64] & bit) == 0;
    set->bits[i / 64] |= bit;
    return fresh;
}

/* All that can be waiting for a byte once instruction `from` is reached. */
static void reach(const struct nfa *nfa, struct gathering *gathering, size_t from, bool at_start)
{
    size_t stack[2 * MATCH_INSTRUCTIONS + 1], depth = 0;
    stack[depth++] = from;
    while (depth > 0) {
        size_t i = stack[--depth];
        const struct nfa_instruction *instruction = &nfa->at[i];
        if (!mark(&gathering->seen, i))
            continue;
        if (instruction->op == NFA_BYTES)
            mark(&gathering->set, i);
        else if (instruction->op == NFA_MATCH)
            gathering->matched = true;
        else if (instruction->op == NFA_START && at_start)
            stack[depth++] = i + 1;
        if (instruction->op == NFA_SPLIT)
            stack[depth++] = i + (size_t)instruction->b;
        if (instruction->op == NFA_SPLIT || instruction->op == NFA_JUMP)
            stack[depth++] = i + (size_t)instruction->a;
    }
}

/* The state for a set: the one there is, or a new one. */
static uint32_t state_of(struct builder *b, const struct set *set)
{
    uint64_t hash = hash_bytes(set, sizeof *set);
    for (uint32_t i = 0; i < b->count; i++)
        if (b->hashes[i] == hash && memcmp(&b->states[i], set, sizeof *set) == 0)
            return i;
    if (b->count == MATCH_STATES_BUILT) {
        b->full = true;
        return 0;
    }
    b->states[b->count] = *set;
    b->hashes[b->count] = hash;
    return b->count++;
}

static uint32_t step(struct builder *b, uint32_t from, uint32_t class)
{
    struct gathering gathering = {.matched = false};
    reach(b->nfa, &gathering, 0, false); /* a match may begin behind any byte */
    for (size_t word = 0; word < WORDS; word++)
        for (uint64_t bits = b->states[from].bits[word]; bits != 0; bits &= bits - 1) {
            size_t i = word * 64 + (size_t)__builtin_ctzll(bits);
            if (byte_set_has(&b->nfa->at[i].bytes, b->example[class]))
                reach(b->nfa, &gathering, i + 1, false);
        }
    b->can_match |= gathering.matched;
    return gathering.matched ? BUILT_MATCH : state_of(b, &gathering.set);
}

/* False: too many states. */
static bool build(struct builder *b, const struct set *start)
{
    struct gathering again = {.matched = false};
    reach(b->nfa, &again, 0, false);
    state_of(b, start);
    b->again = state_of(b, &again.set);
    for (uint32_t state = 0; state < b->count; state++)
        for (uint32_t class = 0; class < b->class_count && !b->full; class ++)
            b->next[state][class] = (uint16_t)step(b, state, class);
    return !b->full;
}

/* Whether two states are in one group and go to the same groups. */
static bool alike(const struct builder *b, uint32_t i, uint32_t j)
{
    for (uint32_t class = 0; class < b->class_count; class ++)
        if (b->group[b->next[i][class]] != b->group[b->next[j][class]])
            return false;
    return b->group[i] == b->group[j];
}

static uint64_t signature(const struct builder *b, uint32_t state)
{
    uint64_t hash = b->group[state];
    for (uint32_t class = 0; class < b->class_count; class ++)
        hash = (hash ^ b->group[b->next[state][class]]) * UINT64_C(0x100000001b3);
    return hash;
}

/* Splits groups by where their states go, once. */
static void split_groups(struct builder *b)
{
    uint16_t group[MATCH_STATES_BUILT] = {0};
    uint32_t first[MATCH_STATES_BUILT], groups = 0; /* a group's first state */
    for (uint32_t state = 0; state < b->count; state++) {
        uint32_t i = 0;
        b->hashes[state] = signature(b, state);
        while (i < groups && (b->hashes[first[i]] != b->hashes[state] || !alike(b, first[i], state)))
            i++;
        if (i == groups)
            first[groups++] = state;
        group[state] = (uint16_t)i;
    }
    memcpy(b->group, group, b->count * sizeof *group);
    b->groups = groups;
}

static void minimise(struct builder *b)
{
    uint32_t before = 0;
    memset(b->group, 0, sizeof b->group);
    b->group[BUILT_MATCH] = BUILT_MATCH;
    b->groups = 1;
    while (b->groups != before) {
        before = b->groups;
        split_groups(b);
    }
}

static void write_table(const struct builder *b, struct matcher *ret)
{
    ret->state_count = b->groups;
    ret->class_count = b->class_count;
    ret->again = b->group[b->again];
    memcpy(ret->class_of, b->class_of, sizeof ret->class_of);
    for (uint32_t state = 0; state < b->count; state++)
        for (uint32_t class = 0; class < b->class_count; class ++) {
            uint32_t next = b->next[state][class];
            ret->next[b->group[state] * b->class_count + class] =
                next == BUILT_MATCH ? MATCHER_MATCH : (uint8_t)b->group[next];
        }
}

static bool refuse(struct match_error *error, const char *message)
{
    error->column = 1;
    snprintf(error->message, sizeof error->message, "%s", message);
    return false;
}

static bool tabulate(struct builder *b, struct matcher *ret, struct match_error *error)
{
    struct gathering start = {.matched = false};
    reach(b->nfa, &start, 0, true);
    if (start.matched)
        return refuse(error,
                      "got an expression that matches the empty string, expected one that needs a byte");
    classify(b);
    bool built = build(b, &start.set);
    if (built && !b->can_match)
        return refuse(error, "got an expression that nothing can match, expected one that something can");
    if (built)
        minimise(b);
    if (built && b->groups <= MATCHER_STATES) {
        write_table(b, ret);
        return true;
    }
    error->column = 1;
    snprintf(error->message, sizeof error->message,
             "got an expression that needs more than %d states, expected a simpler one", (int)MATCHER_STATES);
    return false;
}

bool nfa_tabulate(const struct nfa *nfa, struct matcher *ret, struct match_error *error)
{
    struct builder *b = calloc(1, sizeof *b);
    if (b == NULL)
        return refuse(error, "got no memory");
    b->nfa = nfa;
    bool good = tabulate(b, ret, error);
    free(b);
    return good;
}
