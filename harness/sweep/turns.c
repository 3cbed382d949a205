#include "harness/sweep/turns.h"

#include "shim/model/legal.h"

#include <stdlib.h>
#include <string.h>

/* A chance of one in two comes too late each time once in 2,000. */
enum { INSISTS = 10 };

struct run_of_turns {
    const struct sweep_subject *subject;
    const struct result *without;
    struct sweep_turn *turns;
    struct sweep_case *cases;
};

static void turn_done(void *context, size_t index, struct result *result)
{
    struct run_of_turns *run = context;
    struct sweep_turn *turn = &run->turns[index];
    const struct experiment *experiment = &run->cases[index].experiment;
    bool silenced = experiment->faults[experiment->fault_count - 1].rule.fault == FAULT_SILENCE;
    struct sweep_measure measure = {experiment, run->without, turn->starting, silenced};
    sweep_seen_free(&turn->seen);
    turn->seen = sweep_judge(&measure, result);
    turn->done = true;
    turn->kept = result->served > 0;
    if (turn->result == NULL) {
        result_free(result);
        return;
    }
    result_free(turn->result);
    *turn->result = *result;
    *result = (struct result){0};
}

/* Who is faster, the program's call or the other side's close, is a matter of luck. */
static bool came_too_late(const struct sweep_turn *turn)
{
    return turn->chancy && turn->done && turn->seen.outcome == SWEEP_REFUSED && turn->seen.words != NULL &&
           strcmp(turn->seen.words, condition_lack(CONDITION_OPEN)) == 0;
}

static bool make_cases(const struct run_of_turns *run, size_t count, const struct experiment **pointers,
                       struct diag *diag)
{
    for (size_t i = 0; i < count; i++) {
        if (!sweep_case_make(run->subject, run->turns[i].rule, &run->cases[i], diag))
            return false;
        pointers[i] = &run->cases[i].experiment;
    }
    return true;
}

static bool run_once(const struct sweep_subject *subject, const struct result *without,
                     struct sweep_turn *turns, size_t count, const struct run_options *options,
                     const volatile int *stop, struct diag *diag)
{
    struct run_of_turns run = {subject, without, turns, calloc(count + 1, sizeof(struct sweep_case))};
    const struct experiment **pointers = calloc(count + 1, sizeof(const struct experiment *));
    bool ok = run.cases != NULL && pointers != NULL;
    if (!ok)
        diag_set(diag, STATUS_TROUBLE, "no memory for %zu experiments", count);
    ok = ok && make_cases(&run, count, pointers, diag) &&
         (count == 0 || schedule_run(pointers, count, options, stop, turn_done, &run, diag));
    for (size_t i = 0; run.cases != NULL && i < count; i++)
        sweep_case_free(&run.cases[i]);
    free(run.cases);
    free(pointers);
    return ok;
}

/* Those that came too late, once more. They are taken out, run, and put back. */
static bool run_late(const struct sweep_subject *subject, const struct result *without,
                     struct sweep_turn *turns, size_t count, const struct run_options *options,
                     const volatile int *stop, bool *ret_any, struct diag *diag)
{
    size_t late = 0;
    struct sweep_turn *again = calloc(count + 1, sizeof *again);
    size_t *of = calloc(count + 1, sizeof *of);
    bool ok = again != NULL && of != NULL;
    if (!ok)
        diag_set(diag, STATUS_TROUBLE, "no memory for %zu experiments", count);
    for (size_t i = 0; ok && i < count; i++)
        if (came_too_late(&turns[i])) {
            again[late] = turns[i];
            of[late++] = i;
        }
    *ret_any = late > 0;
    ok = ok && (late == 0 || run_once(subject, without, again, late, options, stop, diag));
    for (size_t i = 0; i < late; i++)
        turns[of[i]] = again[i];
    free(again);
    free(of);
    return ok;
}

bool sweep_turns_run(const struct sweep_subject *subject, const struct result *without,
                     struct sweep_turn *turns, size_t count, const struct run_options *options,
                     const volatile int *stop, struct diag *diag)
{
    bool any = true, ok = run_once(subject, without, turns, count, options, stop, diag);
    for (int i = 0; ok && any && i < INSISTS; i++)
        ok = run_late(subject, without, turns, count, options, stop, &any, diag);
    return ok;
}

void sweep_turns_free(struct sweep_turn *turns, size_t count)
{
    for (size_t i = 0; i < count; i++)
        sweep_seen_free(&turns[i].seen);
}
