#include "harness/sweep/report/reasons.h"

#include <stdlib.h>
#include <string.h>

struct sweep_reason *sweep_reasons_find(const struct sweep *sweep, size_t *ret_count)
{
    struct sweep_reason *reasons = calloc(sweep->plan.count + 1, sizeof *reasons);
    size_t count = 0;
    for (size_t i = 0; reasons != NULL && i < sweep->plan.count; i++) {
        const struct sweep_seen *seen = &sweep->tried[i].seen;
        if (!sweep->tried[i].done || seen->outcome != SWEEP_REFUSED)
            continue;
        const char *why = seen->words == NULL ? sweep_outcome_text(SWEEP_REFUSED) : seen->words;
        size_t k = 0;
        while (k < count && strcmp(reasons[k].why, why) != 0)
            k++;
        count += k == count;
        reasons[k].why = why;
        reasons[k].count++;
    }
    *ret_count = count;
    return reasons;
}
