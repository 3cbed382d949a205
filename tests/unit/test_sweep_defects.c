/* Trials that came to a defect are told once a place and outcome, the worst first. */
#include "harness/sweep/defects.h"
#include "tests/unit/sweep_made.h"

#include <criterion/criterion.h>

enum { TRIALS = 4 };

static struct survey_call call = {.process = (char *)"server#2"};
static struct sweep_trial trials[TRIALS];
static struct sweep_tried tried[TRIALS];
static struct sweep sweep;

static void begin(void)
{
    for (int i = 0; i < TRIALS; i++)
        trials[i] = (struct sweep_trial){.place = (size_t)i, .call = &call};
    sweep = (struct sweep){.plan = {.trials = trials, .count = TRIALS}, .tried = tried};
}

static void finish(void)
{
    sweep_defects_free(&sweep);
    cr_expect_eq(sweep.defect_count, 0);
}

TestSuite(sweep_defects, .init = begin, .fini = finish);

static void came_to(size_t trial, size_t place, enum sweep_outcome outcome, enum sweep_steadiness steadiness,
                    const char *process)
{
    trials[trial].place = place;
    tried[trial] = (struct sweep_tried){
        .done = true, .seen = {.outcome = outcome, .process = process}, .steadiness = steadiness};
}

/* The places of the defects, in their order. */
static void expect_order(const size_t *places, size_t count)
{
    cr_assert(sweep_defects_find(&sweep));
    cr_assert_eq(sweep.defect_count, count, "got %zu, expected %zu", sweep.defect_count, count);
    for (size_t i = 0; i < count; i++)
        cr_expect_eq(sweep.defects[i].place, places[i], "%zu: got place %zu", i, sweep.defects[i].place);
}

Test(sweep_defects, what_was_survived_or_seen_once_is_none)
{
    came_to(0, 0, SWEEP_SAME, SWEEP_NO_DEFECT, NULL);
    came_to(1, 1, SWEEP_CRASH, SWEEP_ONCE, "server");
    expect_order(NULL, 0);
}

Test(sweep_defects, one_place_and_outcome_are_told_once_the_steady_first)
{
    came_to(0, 5, SWEEP_CRASH, SWEEP_UNSTEADY, "server");
    came_to(1, 5, SWEEP_CRASH, SWEEP_STEADY, "server");
    came_to(2, 5, SWEEP_CRASH, SWEEP_STEADY, "server");
    expect_order((size_t[]){5}, 1);
    cr_assert_eq(sweep.defects[0].count, 3);
    cr_expect_eq(sweep.defects[0].trials[0], 1);
    cr_expect_eq(sweep.defects[0].trials[1], 2);
    cr_expect_eq(sweep.defects[0].trials[2], 0);
}

Test(sweep_defects, another_outcome_at_a_place_is_another_defect)
{
    came_to(0, 5, SWEEP_HANG, SWEEP_STEADY, "server");
    came_to(1, 5, SWEEP_CRASH, SWEEP_STEADY, "server");
    expect_order((size_t[]){5, 5}, 2);
    cr_expect_eq(sweep.defects[0].outcome, SWEEP_CRASH);
    cr_expect_eq(sweep.defects[1].outcome, SWEEP_HANG);
}

Test(sweep_defects, the_worst_come_first_then_one_s_own_then_by_place)
{
    came_to(0, 1, SWEEP_HANG, SWEEP_STEADY, "client");
    came_to(1, 4, SWEEP_HANG, SWEEP_STEADY, "server");
    came_to(2, 3, SWEEP_HANG, SWEEP_STEADY, "server");
    came_to(3, 7, SWEEP_WRONG_OUTPUT, SWEEP_STEADY, "client");
    expect_order((size_t[]){7, 3, 4, 1}, 4);
    cr_expect_not(sweep.defects[0].own);
    cr_expect(sweep.defects[1].own);
}

Test(sweep_defects, a_name_that_only_begins_alike_is_another)
{
    call.process = (char *)"server";
    came_to(0, 0, SWEEP_HANG, SWEEP_STEADY, "server2");
    expect_order((size_t[]){0}, 1);
    cr_expect_not(sweep.defects[0].own);
}
