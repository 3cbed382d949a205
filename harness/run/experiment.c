#include "harness/run/experiment.h"

#include "harness/run/outcome.h"

#include <string.h>

struct one_result {
    bool there;
    struct result *result;
};

static void take_result(void *context, size_t index, struct result *result)
{
    struct one_result *one = context;
    (void)index;
    one->there = true;
    *one->result = *result;
}

void experiment_run(const struct experiment *experiment, const struct run_options *options,
                    struct result *ret)
{
    static const volatile int never = 0;
    struct run_options once = *options;
    struct diag diag = {0};
    struct one_result one = {.result = ret};
    once.repeat = once.jobs = 1;
    bool ran = schedule_run(&experiment, 1, &once, once.stop ? once.stop : &never, take_result, &one, &diag);
    if (one.there)
        return;
    outcome_begin(experiment, options->seed, ret);
    ret->verdict = VERDICT_ERROR;
    ret->reason = strdup(ran ? "it was stopped before it was over" : diag.text);
}
