#include "harness/match/nfa.h"

#include <string.h>

void byte_set_add(struct byte_set *set, unsigned int low, unsigned int high)
{
    for (unsigned int byte = low; byte <= high; byte++)
        set->bits[byte / 64] |= UINT64_C(1) << byte % 64;
}

void byte_set_invert(struct byte_set *set)
{
    for (size_t i = 0; i < 4; i++)
        set->bits[i] = ~set->bits[i];
}

bool byte_set_has(const struct byte_set *set, unsigned int byte)
{
    return set->bits[byte / 64] >> byte % 64 & 1;
}

bool nfa_insert(struct nfa *nfa, size_t start, const struct nfa_instruction *instruction)
{
    if (nfa->count == MATCH_INSTRUCTIONS)
        return false;
    memmove(nfa->at + start + 1, nfa->at + start, (nfa->count - start) * sizeof *nfa->at);
    nfa->at[start] = *instruction;
    nfa->count++;
    return true;
}

bool nfa_add(struct nfa *nfa, const struct nfa_instruction *instruction)
{
    return nfa_insert(nfa, nfa->count, instruction);
}

/* Once more what is at from..from+len, at the end. */
static bool copy(struct nfa *nfa, size_t from, size_t len)
{
    if (nfa->count + len > MATCH_INSTRUCTIONS)
        return false;
    memcpy(nfa->at + nfa->count, nfa->at + from, len * sizeof *nfa->at);
    nfa->count += len;
    return true;
}

/* The piece from start: once or not at all. */
static bool make_optional(struct nfa *nfa, size_t start)
{
    int len = (int)(nfa->count - start);
    return nfa_insert(nfa, start, &(struct nfa_instruction){.op = NFA_SPLIT, .a = 1, .b = len + 1});
}

/* The piece from start: once or more. */
static bool make_endless(struct nfa *nfa, size_t start)
{
    int len = (int)(nfa->count - start);
    return nfa_add(nfa, &(struct nfa_instruction){.op = NFA_SPLIT, .a = -len, .b = 1});
}

bool nfa_repeat(struct nfa *nfa, size_t start, int min, int max)
{
    size_t len = nfa->count - start, last = start;
    int copies = max < 0 ? (min > 0 ? min : 1) : max;
    if (copies == 0)
        nfa->count = start;
    for (int i = 0; i < copies; i++) {
        /* The first stands there already, and is made optional last: until then it is what is copied. */
        last = i == 0 ? start : nfa->count;
        if (i > 0 && !copy(nfa, start, len))
            return false;
        if (i > 0 && i >= min && !make_optional(nfa, last))
            return false;
    }
    if (max < 0 && !make_endless(nfa, last))
        return false;
    return copies == 0 || min > 0 || make_optional(nfa, start);
}
