/* Which experiments are done anew. */
#include "harness/run/lasting/doubts.h"

#include <criterion/criterion.h>

enum { JOBS = 6 };

static struct doubts doubts;

static void begin(void)
{
    cr_assert(doubts_begin(&doubts, JOBS));
}

static void end(void)
{
    doubts_end(&doubts);
}

TestSuite(doubts, .init = begin, .fini = end);

Test(doubts, all_that_the_same_services_served_are_done_anew_and_nobody_else)
{
    uint64_t one = doubts_note(&doubts, 0, 0, false), other = doubts_note(&doubts, 1, 0, false);
    cr_expect_neq(one, other);
    cr_expect_eq(doubts_note(&doubts, 2, one, true), one);
    cr_expect_eq(doubts_note(&doubts, 3, other, true), other);
    cr_expect_eq(doubts_note(&doubts, 4, one, true), one);
    cr_expect_not(doubts_left(&doubts));
    doubts_raise(&doubts, one);
    size_t again[3];
    for (int i = 0; i < 3; i++) {
        cr_assert(doubts_left(&doubts));
        again[i] = doubts_take(&doubts);
    }
    cr_expect(again[0] == 0 && again[1] == 2 && again[2] == 4);
    cr_expect_not(doubts_left(&doubts));
}

Test(doubts, what_was_done_anew_is_not_in_doubt_for_the_same_reason)
{
    uint64_t one = doubts_note(&doubts, 0, 0, false);
    doubts_raise(&doubts, one);
    cr_assert_eq(doubts_take(&doubts), 0);
    cr_expect_neq(doubts_note(&doubts, 0, one, false), one);
    doubts_raise(&doubts, one);
    cr_expect_not(doubts_left(&doubts));
}

Test(doubts, jobs_that_nobody_has_served_yet_are_in_no_doubt)
{
    doubts_raise(&doubts, 0);
    cr_expect_not(doubts_left(&doubts));
}
