/* Delta debugging, over sets of numbers: what fails is said by a table. */
#include "harness/sweep/shrink/ddmin.h"

#include <criterion/criterion.h>
#include <string.h>

enum { MOST = 200 };

/* What fails is every set that holds all of `needed`. */
struct victim {
    size_t count;
    const size_t *needed;
    size_t needed_count;
    size_t tests, stop_after; /* 0: never */
    bool tells;               /* what had no part in it */
    bool seen_whole, seen_empty;
};

static bool is_needed(const struct victim *victim, size_t item)
{
    for (size_t i = 0; i < victim->needed_count; i++)
        if (victim->needed[i] == item)
            return true;
    return false;
}

static enum ddmin_answer try(void *context, bool *candidate)
{
    struct victim *victim = context;
    size_t size = ddmin_size(candidate, victim->count);
    victim->seen_whole |= size == victim->count;
    victim->seen_empty |= size == 0;
    if (victim->stop_after > 0 && victim->tests == victim->stop_after)
        return DDMIN_STOP;
    victim->tests++;
    for (size_t i = 0; i < victim->needed_count; i++)
        if (!candidate[victim->needed[i]])
            return DDMIN_PASSES;
    for (size_t i = 0; victim->tells && i < victim->count; i++)
        candidate[i] = candidate[i] && is_needed(victim, i);
    return DDMIN_FAILS;
}

/* Whether it came to its end. `kept` has room for MOST. */
static bool shrink(struct victim *victim, bool *kept)
{
    memset(kept, 0, MOST * sizeof *kept);
    for (size_t i = 0; i < victim->count; i++)
        kept[i] = true;
    bool done = ddmin(kept, victim->count, try, victim);
    cr_expect_not(victim->seen_whole, "the whole set is known to fail");
    cr_expect_not(victim->seen_empty, "the empty set is known to pass");
    return done;
}

static void expect_needed(const struct victim *victim, const bool *kept)
{
    for (size_t i = 0; i < victim->count; i++)
        cr_expect_eq(kept[i], is_needed(victim, i), "of %zu: %zu", victim->count, i);
}

Test(ddmin, finds_the_one_of_any_number_wherever_it_is)
{
    bool kept[MOST];
    for (size_t count = 1; count <= 40; count++)
        for (size_t item = 0; item < count; item++) {
            struct victim victim = {.count = count, .needed = &item, .needed_count = 1};
            cr_assert(shrink(&victim, kept));
            expect_needed(&victim, kept);
        }
}

Test(ddmin, one_of_many_takes_two_tests_a_halving_at_most)
{
    bool kept[MOST];
    size_t item = 127;
    struct victim victim = {.count = 128, .needed = &item, .needed_count = 1};
    cr_assert(shrink(&victim, kept));
    cr_expect_leq(victim.tests, 14);
}

Test(ddmin, finds_two_that_are_needed_together)
{
    bool kept[MOST];
    for (size_t one = 0; one < 17; one++)
        for (size_t other = one + 1; other < 17; other++) {
            struct victim victim = {.count = 17, .needed = (size_t[]){one, other}, .needed_count = 2};
            cr_assert(shrink(&victim, kept));
            expect_needed(&victim, kept);
        }
}

Test(ddmin, keeps_everything_where_all_are_needed)
{
    bool kept[MOST];
    size_t all[13];
    for (size_t i = 0; i < 13; i++)
        all[i] = i;
    struct victim victim = {.count = 13, .needed = all, .needed_count = 13};
    cr_assert(shrink(&victim, kept));
    expect_needed(&victim, kept);
}

Test(ddmin, believes_what_a_test_says_had_no_part_in_it)
{
    bool kept[MOST];
    size_t item = 150;
    struct victim victim = {.count = MOST, .needed = &item, .needed_count = 1, .tells = true};
    cr_assert(shrink(&victim, kept));
    expect_needed(&victim, kept);
    cr_expect_leq(victim.tests, 2);
}

Test(ddmin, keeps_what_it_has_when_it_is_stopped)
{
    bool kept[MOST];
    const size_t needed[] = {3, 99};
    for (size_t after = 1; after < 20; after++) {
        struct victim victim = {.count = 100, .needed = needed, .needed_count = 2, .stop_after = after};
        cr_assert_not(shrink(&victim, kept));
        cr_expect(kept[3] && kept[99], "stopped after %zu", after);
        cr_expect_eq(victim.tests, after);
    }
}

/* What fails only in sets of an odd number has no use for halves: it comes down to one all the same. */
static enum ddmin_answer try_odd(void *context, bool *candidate)
{
    return ddmin_size(candidate, *(size_t *)context) % 2 == 1 ? DDMIN_FAILS : DDMIN_PASSES;
}

Test(ddmin, ends_where_what_fails_does_not_grow_with_the_set)
{
    bool kept[15];
    size_t count = 15;
    memset(kept, true, sizeof kept);
    cr_assert(ddmin(kept, count, try_odd, &count));
    cr_expect_eq(ddmin_size(kept, count), 1);
}

Test(ddmin, has_nothing_to_do_with_none_or_one)
{
    bool kept[1] = {true};
    struct victim victim = {.count = 1, .needed = (size_t[]){0}, .needed_count = 1};
    cr_expect(ddmin(kept, 0, try, &victim));
    cr_expect(ddmin(kept, 1, try, &victim));
    cr_expect_eq(victim.tests, 0);
    cr_expect(kept[0]);
}
