#include "harness/program/search.h"

#include <stdlib.h>

static void add(struct ranges *ranges, uint64_t lo, uint64_t hi)
{
    if (ranges->count == ranges->room) {
        size_t room = ranges->room * 2 + 16;
        struct lookup_range *grown = realloc(ranges->at, room * sizeof *grown);
        if (grown == NULL) {
            ranges->no_memory = true;
            return;
        }
        ranges->at = grown;
        ranges->room = room;
    }
    ranges->at[ranges->count++] = (struct lookup_range){lo, hi};
}

void ranges_add_code(struct ranges *ranges, uint64_t lo, uint64_t hi)
{
    if (hi > lo && hi < UINT64_MAX)
        add(ranges, lo + 1, hi + 1);
}

void ranges_add_site(struct ranges *ranges, uint64_t site)
{
    if (site < UINT64_MAX)
        add(ranges, site, site + 1);
}

static int by_lo(const void *a, const void *b)
{
    const struct lookup_range *one = a, *other = b;
    return (one->lo > other->lo) - (one->lo < other->lo);
}

void ranges_merge(struct ranges *ranges)
{
    size_t kept = 0;
    if (ranges->count == 0)
        return;
    qsort(ranges->at, ranges->count, sizeof *ranges->at, by_lo);
    for (size_t i = 1; i < ranges->count; i++) {
        struct lookup_range *last = &ranges->at[kept];
        if (ranges->at[i].lo > last->hi)
            ranges->at[++kept] = ranges->at[i];
        else if (ranges->at[i].hi > last->hi)
            last->hi = ranges->at[i].hi;
    }
    ranges->count = kept + 1;
}
