#include "harness/sweep/turns.h"
#include "harness/text.h"

#include "shim/model/legal.h"

#include <stdlib.h>
#include <string.h>

/* All that ends a connection, whoever does it: a delay is legal everywhere. */
static const char closes_late[] = "close,shutdown:delay=" SWEEP_HELD ":conn=1..;";

struct run_of_turns {
    const struct sweep_turns *with;
    struct sweep_turn *turns;
    struct sweep_case *cases;
};

static bool no_memory(const struct sweep_turns *with, size_t count)
{
    diag_set(with->diag, STATUS_TROUBLE, "no memory for %zu experiments", count);
    return false;
}

static void turn_done(void *context, size_t index, struct result *result)
{
    struct run_of_turns *run = context;
    struct sweep_turn *turn = &run->turns[index];
    const struct experiment *experiment = &run->cases[index].experiment;
    bool silenced = experiment->faults[experiment->fault_count - 1].rule.fault == FAULT_SILENCE;
    struct sweep_measure measure = {experiment, run->with->without, turn->starting, silenced};
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

static bool make_case(const struct sweep_turns *with, const struct sweep_turn *turn, struct sweep_case *ret)
{
    char *rule = text_format("%s%s", turn->held > 0 ? closes_late : "", turn->rule);
    bool ok = rule != NULL ? sweep_case_make(with->subject, rule, ret, with->diag) : no_memory(with, 1);
    free(rule);
    return ok;
}

static bool make_cases(const struct run_of_turns *run, size_t count, const struct experiment **pointers)
{
    for (size_t i = 0; i < count; i++) {
        if (!make_case(run->with, &run->turns[i], &run->cases[i]))
            return false;
        pointers[i] = &run->cases[i].experiment;
    }
    return true;
}

static bool run_once(const struct sweep_turns *with, struct sweep_turn *turns, size_t count)
{
    struct run_of_turns run = {with, turns, calloc(count + 1, sizeof(struct sweep_case))};
    const struct experiment **pointers = calloc(count + 1, sizeof(const struct experiment *));
    bool ok = (run.cases != NULL && pointers != NULL) || no_memory(with, count);
    ok =
        ok && make_cases(&run, count, pointers) &&
        (count == 0 || schedule_run(pointers, count, with->options, with->stop, turn_done, &run, with->diag));
    for (size_t i = 0; run.cases != NULL && i < count; i++)
        sweep_case_free(&run.cases[i]);
    free(run.cases);
    free(pointers);
    return ok;
}

typedef bool running(const struct sweep_turns *with, struct sweep_turn *turns, size_t count);
typedef bool wanting(const void *context, size_t index);

/* Those that are wanted are taken out, run, and put back. */
static bool run_some(const struct sweep_turns *with, struct sweep_turn *turns, size_t count, wanting *wanted,
                     const void *context, running *run)
{
    size_t some = 0;
    struct sweep_turn *again = calloc(count + 1, sizeof *again);
    size_t *of = calloc(count + 1, sizeof *of);
    bool ok = (again != NULL && of != NULL) || no_memory(with, count);
    for (size_t i = 0; ok && i < count; i++)
        if (wanted(context, i)) {
            again[some] = turns[i];
            of[some++] = i;
        }
    ok = ok && (some == 0 || run(with, again, some));
    for (size_t i = 0; i < some; i++)
        turns[of[i]] = again[i];
    free(again);
    free(of);
    return ok;
}

/* Who is faster, the program's call or the other side's close, is a matter of luck. */
static bool came_too_late(const struct sweep_turn *turn)
{
    return turn->done && turn->seen.outcome == SWEEP_REFUSED && turn->seen.words != NULL &&
           strcmp(turn->seen.words, condition_lack(CONDITION_OPEN)) == 0;
}

/* Those that are to be run once more. */
static bool is_late(const void *turns, size_t index)
{
    const struct sweep_turn *turn = &((const struct sweep_turn *)turns)[index];
    return came_too_late(turn) && turn->held < turn->tries;
}

static bool run_held(const struct sweep_turns *with, struct sweep_turn *turns, size_t count)
{
    for (size_t i = 0; i < count; i++)
        turns[i].held++;
    return run_once(with, turns, count);
}

bool sweep_turns_run(const struct sweep_turns *with, struct sweep_turn *turns, size_t count)
{
    bool ok = run_once(with, turns, count);
    for (int i = 0; ok && i < SWEEP_INSISTS; i++)
        ok = run_some(with, turns, count, is_late, turns, run_held);
    return ok;
}

bool sweep_turns_again(const struct sweep_turns *with, struct sweep_turn *turns, size_t count,
                       wanting *wanted, const void *context)
{
    return run_some(with, turns, count, wanted, context, sweep_turns_run);
}

void sweep_turns_free(struct sweep_turn *turns, size_t count)
{
    for (size_t i = 0; i < count; i++)
        sweep_seen_free(&turns[i].seen);
}
