/* Calls of a survey become places with a first, second and last time. */
#include "harness/sweep/plan/places.h"
#include "tests/unit/sweep_made.h"

#include <criterion/criterion.h>

enum { CALLS = 7 };

static struct sweep_places find(struct survey_call *calls, size_t count)
{
    struct survey survey = {.calls = calls, .count = count};
    struct sweep_places places;
    cr_assert(sweep_places_find(&survey, &places));
    return places;
}

Test(sweep_places, a_place_has_its_first_second_and_last_call)
{
    struct survey_call calls[5];
    for (int i = 0; i < 5; i++)
        calls[i] = made_call("client", CALL_recv, 16, 1, (uint64_t)i + 1, 0);
    struct sweep_places places = find(calls, 5);
    cr_assert_eq(places.count, 1);
    cr_expect_eq(places.items[0].times, 5);
    cr_expect_eq(places.items[0].calls[SWEEP_FIRST], &calls[0]);
    cr_expect_eq(places.items[0].calls[SWEEP_SECOND], &calls[1]);
    cr_expect_eq(places.items[0].calls[SWEEP_LAST], &calls[4]);
    sweep_places_free(&places);
}

Test(sweep_places, of_waits_the_middle_one_as_well)
{
    struct survey_call calls[5];
    for (int i = 0; i < 5; i++)
        calls[i] = made_call("server", CALL_poll, 16, 0, (uint64_t)i + 1, 0);
    struct sweep_places places = find(calls, 5);
    cr_expect_eq(places.items[0].calls[SWEEP_MIDDLE], &calls[2]);
    sweep_places_free(&places);
    places = find(calls, 4);
    cr_expect_eq(places.items[0].calls[SWEEP_MIDDLE], &calls[2]);
    sweep_places_free(&places);
    places = find(calls, 3);
    cr_expect_null(places.items[0].calls[SWEEP_MIDDLE]);
    sweep_places_free(&places);
}

Test(sweep_places, workers_take_turns_as_they_like)
{
    struct survey_call calls[3];
    for (int i = 0; i < 3; i++) {
        calls[i] = made_call("server", CALL_accept, 16, 0, (uint64_t)i + 1, 0);
        calls[i].tid = 10;
    }
    struct sweep_places places = find(calls, 3);
    cr_expect_not(places.items[0].by_threads, "it is one");
    sweep_places_free(&places);
    calls[2].tid = 11;
    places = find(calls, 3);
    cr_expect(places.items[0].by_threads);
    sweep_places_free(&places);
    calls[2].frames[0].offset = 32;
    places = find(calls, 3);
    cr_expect_not(places.items[0].by_threads,
                  "each has its own place, and the number of one would be met at the other");
    cr_expect_not(places.items[1].by_threads);
    sweep_places_free(&places);
}

Test(sweep_places, what_was_done_once_or_twice_has_no_last)
{
    struct survey_call calls[3] = {made_call("client", CALL_recv, 16, 1, 1, 0),
                                   made_call("client", CALL_send, 32, 1, 1, 0),
                                   made_call("client", CALL_send, 32, 1, 2, 0)};
    struct sweep_places places = find(calls, 3);
    cr_assert_eq(places.count, 2);
    cr_expect_null(places.items[0].calls[SWEEP_SECOND]);
    cr_expect_eq(places.items[1].calls[SWEEP_SECOND], &calls[2]);
    cr_expect_null(places.items[1].calls[SWEEP_LAST]);
    sweep_places_free(&places);
}

Test(sweep_places, process_call_and_every_caller_make_a_place)
{
    struct survey_call calls[CALLS];
    for (int i = 0; i < CALLS; i++) {
        calls[i] = made_call("client", CALL_recv, 16, 1, 1, 0);
        calls[i].frames[1] = (struct survey_frame){(char *)"libone.so", 64};
        calls[i].frame_count = 2;
    }
    calls[1].process = (char *)"server";
    calls[2].call = CALL_send;
    calls[3].frames[0].offset = 17;
    calls[4].frames[1].offset = 65;
    calls[5].frames[1].module = (char *)"libtwo.so";
    calls[6].frame_count = 1;
    struct sweep_places places = find(calls, CALLS);
    cr_expect_eq(places.count, CALLS);
    sweep_places_free(&places);
}

Test(sweep_places, a_probe_has_none)
{
    struct survey_call calls[2] = {made_call("client#next", CALL_recv, 16, 1, 1, 0),
                                   made_call("client#2", CALL_recv, 16, 1, 1, 0)};
    struct sweep_places places = find(calls, 2);
    cr_assert_eq(places.count, 1);
    cr_expect_eq(places.items[0].calls[SWEEP_FIRST], &calls[1]);
    sweep_places_free(&places);
}
