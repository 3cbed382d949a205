#include "harness/judge/judging.h"
#include "harness/text.h"

char *range_text(const struct range *range)
{
    unsigned long long min = range->min, max = range->max;
    if (min == max)
        return text_format("exactly %llu", min);
    if (range->max == UINT64_MAX)
        return min == 0 ? text_format("any number") : text_format("at least %llu", min);
    return min == 0 ? text_format("at most %llu", max) : text_format("%llu to %llu", min, max);
}

bool range_holds(const struct range *range, uint64_t n)
{
    return n >= range->min && n <= range->max;
}
