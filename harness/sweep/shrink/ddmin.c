#include "harness/sweep/shrink/ddmin.h"

#include <stdlib.h>
#include <string.h>

/* A search in progress. */
struct search {
    bool *kept, *candidate; /* `count` each */
    size_t count;
    ddmin_test *test;
    void *context;
};

enum round { ROUND_SMALLER, ROUND_NOTHING, ROUND_STOP };

size_t ddmin_size(const bool *set, size_t count)
{
    size_t size = 0;
    for (size_t i = 0; i < count; i++)
        size += set[i];
    return size;
}

/* The candidate: the part-th of `parts` equal shares of what is kept, or all the others. */
static void take_part(struct search *s, size_t part, size_t parts, bool others)
{
    size_t size = ddmin_size(s->kept, s->count), at = 0;
    size_t first = size * part / parts, after = size * (part + 1) / parts;
    for (size_t i = 0; i < s->count; i++) {
        bool inside = at >= first && at < after;
        s->candidate[i] = s->kept[i] && inside != others;
        at += s->kept[i];
    }
}

/* Each share alone, or each without its share, until one fails: that is kept. */
static enum round try_parts(struct search *s, size_t parts, bool others)
{
    for (size_t part = 0; part < parts; part++) {
        take_part(s, part, parts, others);
        switch (s->test(s->context, s->candidate)) {
        case DDMIN_FAILS:
            memcpy(s->kept, s->candidate, s->count * sizeof *s->kept);
            return ROUND_SMALLER;
        case DDMIN_STOP:
            return ROUND_STOP;
        default:
            break;
        }
    }
    return ROUND_NOTHING;
}

static bool search(struct search *s)
{
    size_t parts = 2, size;
    while ((size = ddmin_size(s->kept, s->count)) > 1) {
        parts = parts < size ? parts : size;
        enum round round = try_parts(s, parts, false);
        if (round == ROUND_SMALLER) {
            parts = 2;
            continue;
        }
        if (round == ROUND_NOTHING && parts > 2) { /* of two, one is what the other leaves */
            round = try_parts(s, parts, true);
            if (round == ROUND_SMALLER) {
                parts = parts - 1;
                continue;
            }
        }
        if (round == ROUND_STOP || parts == size)
            return round != ROUND_STOP;
        parts *= 2;
    }
    return true;
}

bool ddmin(bool *kept, size_t count, ddmin_test *test, void *context)
{
    struct search s = {kept, calloc(count + 1, sizeof *kept), count, test, context};
    bool done = s.candidate != NULL && search(&s);
    free(s.candidate);
    return done;
}
