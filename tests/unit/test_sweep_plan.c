/* What is tried where. */
#include "harness/sweep/plan/plan.h"
#include "tests/unit/sweep_made.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

enum { NETWORK = 1 << TIER_NETWORK, SIGNALS = 1 << TIER_SIGNALS, RESOURCES = 1 << TIER_RESOURCES };

static struct sweep_plan make(struct survey *survey, struct sweep_filter filter)
{
    struct sweep_plan plan;
    struct diag diag = {0};
    cr_assert(sweep_plan_make(survey, &filter, &plan, &diag), "%s", diag.text);
    return plan;
}

static const struct sweep_trial *find(const struct sweep_plan *plan, const char *rule)
{
    for (size_t i = 0; i < plan->count; i++)
        if (strcmp(plan->trials[i].rule, rule) == 0)
            return &plan->trials[i];
    return NULL;
}

static void expect_rule(const struct sweep_plan *plan, const char *rule, bool there)
{
    cr_expect_eq(find(plan, rule) != NULL, there, "%s: %s", rule, there ? "not there" : "there");
}

#define ON_1 ":conn=1:when=1:scope=connection"

Test(sweep_plan, a_blocking_receive_is_tried_with_what_can_befall_it)
{
    struct survey_call call = made_call("client", CALL_recv, 16, 1, 1, OF_RECV);
    struct survey survey = {.calls = &call, .count = 1};
    struct sweep_plan plan = make(&survey, (struct sweep_filter){.tiers = NETWORK | SIGNALS | RESOURCES});
    expect_rule(&plan, "client/recv:short=1" ON_1, true);
    expect_rule(&plan, "client/recv:eof=half" ON_1, true);
    expect_rule(&plan, "client/recv:reset" ON_1, true);
    expect_rule(&plan, "client/recv:silence" ON_1, true);
    expect_rule(&plan, "client/recv:delay=8s" ON_1, true);
    expect_rule(&plan, "client/recv:error=ETIMEDOUT" ON_1, true);
    expect_rule(&plan, "client/recv:error=EAGAIN" ON_1, false); /* it blocks, and has no timeout */
    expect_rule(&plan, "client/recv:error=EINTR" ON_1, false);  /* there is no handler */
    expect_rule(&plan, "client/recv:drop" ON_1, false);
    cr_expect_eq(find(&plan, "client/recv:short=1" ON_1)->expect, EXPECT_T);
    cr_expect_eq(find(&plan, "client/recv:reset" ON_1)->expect, EXPECT_H);
    cr_expect_eq(find(&plan, "client/recv:delay=8s" ON_1)->expect, EXPECT_H, "longer than most patience");
    sweep_plan_free(&plan);
}

Test(sweep_plan, what_the_program_did_before_holds_again_and_what_others_did_need_not)
{
    conditions of_request = OF_RECV & ~(CONDITION_SET(UNANSWERED) | CONDITION_SET(OPEN));
    struct survey_call call = made_call("server", CALL_recv, 16, 1, 1, of_request);
    struct survey survey = {.calls = &call, .count = 1};
    struct sweep_plan plan = make(&survey, (struct sweep_filter){.tiers = NETWORK});
    expect_rule(&plan, "server/recv:error=ETIMEDOUT" ON_1, false);
    expect_rule(&plan, "server/recv:reset" ON_1, true);
    sweep_plan_free(&plan);
}

Test(sweep_plan, where_time_is_real_delays_are_brief)
{
    struct survey_call call = made_call("client", CALL_recv, 16, 1, 1, OF_RECV);
    struct survey survey = {.calls = &call, .count = 1};
    struct sweep_plan plan = make(&survey, (struct sweep_filter){.tiers = NETWORK, .brief = true});
    expect_rule(&plan, "client/recv:delay=8s" ON_1, false);
    expect_rule(&plan, "client/recv:delay=200ms" ON_1, true);
    expect_rule(&plan, "client/recv:short=1" ON_1, true);
    char *sentence = sweep_trial_sentence(find(&plan, "client/recv:delay=200ms" ON_1));
    cr_expect_eq(strncmp(sentence, "the first recv is made 0.2 s late: ", 35), 0, "%s", sentence);
    free(sentence);
    sweep_plan_free(&plan);
}

Test(sweep_plan, each_occurrence_is_met_by_its_own_number)
{
    struct survey_call calls[4];
    for (int i = 0; i < 4; i++)
        calls[i] =
            made_call("server", CALL_accept, 16, 0, (uint64_t)i + 1, IS(SOCKET) | IS(TCP) | IS(LISTENING));
    struct survey survey = {.calls = calls, .count = 4};
    struct sweep_plan plan = make(&survey, (struct sweep_filter){.tiers = RESOURCES});
    expect_rule(&plan, "server/accept:error=EMFILE:when=1:scope=all", true);
    expect_rule(&plan, "server/accept:error=EMFILE:when=2:scope=all", true);
    expect_rule(&plan, "server/accept:error=EMFILE:when=3:scope=all", false);
    expect_rule(&plan, "server/accept:error=EMFILE:when=4:scope=all", true);
    expect_rule(&plan, "server/accept:reset:when=1:scope=all", false);
    sweep_plan_free(&plan);
}

Test(sweep_plan, a_message_may_break_off_in_its_middle)
{
    const char *eof = "client/recv:short=1" ON_1 ";client/recv:eof=half:conn=1:when=2:scope=connection";
    const char *later = "client/recv:short=1" ON_1 ";client/recv:error=EAGAIN:conn=1:when=2:scope=connection";
    struct survey_call call = made_call("client", CALL_recv, 16, 1, 1, OF_RECV);
    call.result = 6;
    struct survey survey = {.calls = &call, .count = 1};
    struct sweep_plan plan = make(&survey, (struct sweep_filter){.tiers = NETWORK});
    cr_assert_not_null(find(&plan, eof));
    cr_expect_eq(find(&plan, eof)->expect, EXPECT_H);
    char *sentence = sweep_trial_sentence(find(&plan, eof)), *name = sweep_trial_name(find(&plan, eof));
    cr_expect(strstr(sentence, "the first recv moves one byte only, and the next finds the end of file: ") ==
              sentence);
    cr_expect_str_eq(name, "client/recv:short=1+eof=half prog.c:7");
    free(sentence);
    free(name);
    expect_rule(&plan, later, false); /* it blocks */
    sweep_plan_free(&plan);
    call.facts = (call.facts & ~IS(BLOCKING)) | IS(NONBLOCKING) | IS(FLAGGED);
    plan = make(&survey, (struct sweep_filter){.tiers = NETWORK});
    expect_rule(&plan, later, true);
    sweep_plan_free(&plan);
    call.result = 1;
    plan = make(&survey, (struct sweep_filter){.tiers = NETWORK});
    expect_rule(&plan, eof, false); /* there is no middle */
    sweep_plan_free(&plan);
}

Test(sweep_plan, descriptors_may_be_short_for_a_while)
{
    struct survey_call call =
        made_call("server", CALL_accept, 16, 0, 2, IS(SOCKET) | IS(TCP) | IS(LISTENING));
    struct survey survey = {.calls = &call, .count = 1};
    struct sweep_plan plan = make(&survey, (struct sweep_filter){.tiers = RESOURCES});
    const char *rule = "server/accept:error=EMFILE:when=2..:until=2s:scope=all";
    cr_assert_not_null(find(&plan, rule));
    cr_expect_eq(find(&plan, rule)->expect, EXPECT_H);
    sweep_plan_free(&plan);
}

Test(sweep_plan, of_workers_it_is_each_ones_own_number)
{
    struct survey_call calls[2];
    for (int i = 0; i < 2; i++) {
        calls[i] =
            made_call("server", CALL_accept, 16, 0, (uint64_t)i + 1, IS(SOCKET) | IS(TCP) | IS(LISTENING));
        calls[i].tid = 10 + i;
        calls[i].nth_in_thread = 1;
    }
    struct survey survey = {.calls = calls, .count = 2};
    struct sweep_plan plan = make(&survey, (struct sweep_filter){.tiers = RESOURCES});
    size_t count = 0;
    for (size_t i = 0; i < plan.count; i++)
        count += strcmp(plan.trials[i].rule, "server/accept:error=EMFILE:when=1:scope=thread:times=1") == 0;
    cr_expect_eq(count, 1, "the second call is met by the same rule");
    sweep_plan_free(&plan);
}

Test(sweep_plan, what_a_program_claims_it_has_to_keep)
{
    struct survey_call call = made_call("client", CALL_recv, 16, 1, 1, OF_RECV);
    struct survey survey = {.calls = &call, .count = 1};
    struct sweep_plan plan =
        make(&survey,
             (struct sweep_filter){.tiers = NETWORK, .same = {(const char *const[]){"*/recv:reset *"}, 1}});
    cr_expect_eq(find(&plan, "client/recv:reset" ON_1)->expect, EXPECT_T);
    cr_expect_eq(find(&plan, "client/recv:silence" ON_1)->expect, EXPECT_H);
    sweep_plan_free(&plan);
}

Test(sweep_plan, places_that_are_known_are_left_out)
{
    struct survey_call calls[2] = {made_call("client", CALL_recv, 16, 1, 1, OF_RECV),
                                   made_call("client", CALL_recv, 32, 2, 1, OF_RECV)};
    struct survey before = {.calls = calls, .count = 1}, survey = {.calls = calls, .count = 2};
    struct sweep_places places;
    cr_assert(sweep_places_find(&before, &places));
    const struct sweep_places *items[] = {&places};
    struct sweep_known known = {items, 1};
    struct sweep_plan plan = make(&survey, (struct sweep_filter){.tiers = NETWORK, .known = &known});
    cr_expect_gt(plan.count, 3);
    for (size_t i = 0; i < plan.count; i++)
        cr_expect_eq(plan.trials[i].call->connection, 2);
    sweep_plan_free(&plan);
    sweep_places_free(&places);
}

Test(sweep_plan, rows_of_one_rule_are_one_trial)
{
    conditions facts = OF_RECV | IS(TIMEOUT) | IS(HANDLER);
    struct survey_call call = made_call("client", CALL_recv, 16, 1, 1, facts);
    struct survey survey = {.calls = &call, .count = 1};
    struct sweep_plan plan = make(&survey, (struct sweep_filter){.tiers = NETWORK | SIGNALS});
    size_t count = 0;
    for (size_t i = 0; i < plan.count; i++)
        count += strcmp(plan.trials[i].rule, "client/recv:error=EINTR" ON_1) == 0;
    cr_expect_eq(count, 1);
    cr_expect_str_eq(find(&plan, "client/recv:error=EINTR" ON_1)->row->name, "receive_EINTR_handler");
    sweep_plan_free(&plan);
}

Test(sweep_plan, in_only_and_shards_choose)
{
    struct survey_call calls[2] = {made_call("client#2", CALL_recv, 16, 1, 1, OF_RECV),
                                   made_call("server", CALL_recv, 16, 1, 1, OF_RECV)};
    struct survey survey = {.calls = calls, .count = 2};
    const char *in[] = {"client"};
    struct sweep_plan plan = make(&survey, (struct sweep_filter){.tiers = NETWORK, .in = in, .in_count = 1});
    cr_expect_gt(plan.count, 3);
    for (size_t i = 0; i < plan.count; i++)
        cr_expect_str_eq(plan.trials[i].call->process, "client#2");
    sweep_plan_free(&plan);
    plan = make(&survey,
                (struct sweep_filter){.tiers = NETWORK,
                                      .only = {(const char *const[]){"server/recv:short=1 prog.c:*"}, 1}});
    cr_expect_eq(plan.count, 1);
    sweep_plan_free(&plan);
    static const char *const several[] = {"!*:silence *", "server/*", "client#2/recv:reset *",
                                          "!*:short=1 *"};
    plan = make(&survey, (struct sweep_filter){.tiers = NETWORK, .only = {several, 4}});
    expect_rule(&plan, "server/recv:reset" ON_1, true);
    expect_rule(&plan, "server/recv:short=1" ON_1, false);
    expect_rule(&plan, "server/recv:silence" ON_1, false);
    expect_rule(&plan, "client#2/recv:reset" ON_1, true);
    expect_rule(&plan, "client#2/recv:eof=half" ON_1, false);
    cr_expect_eq(plan.only_hits[2], 1);
    cr_expect_gt(plan.only_hits[1], 3);
    sweep_plan_free(&plan);
    plan = make(&survey,
                (struct sweep_filter){.tiers = NETWORK, .only = {(const char *const[]){"!*:silence *"}, 1}});
    cr_expect_gt(plan.count, 6);
    expect_rule(&plan, "server/recv:short=1" ON_1, true);
    expect_rule(&plan, "server/recv:silence" ON_1, false);
    sweep_plan_free(&plan);
}

Test(sweep_plan, shards_share_everything_out)
{
    struct survey_call call = made_call("client", CALL_recv, 16, 1, 1, OF_RECV);
    struct survey survey = {.calls = &call, .count = 1};
    struct sweep_plan all = make(&survey, (struct sweep_filter){.tiers = NETWORK});
    size_t sum = 0;
    for (unsigned int i = 1; i <= 3; i++) {
        struct sweep_plan share =
            make(&survey, (struct sweep_filter){.tiers = NETWORK, .shard = i, .shards = 3});
        for (size_t k = 0; k < share.count; k++)
            cr_expect_str_eq(share.trials[k].rule, all.trials[3 * k + i - 1].rule);
        sum += share.count;
        sweep_plan_free(&share);
    }
    cr_expect_eq(sum, all.count);
    sweep_plan_free(&all);
}

Test(sweep_plan, who_has_not_waited_yet_is_starting)
{
    struct survey_call calls[3] = {made_call("server", CALL_socket, 16, 0, 1, 0),
                                   made_call("server", CALL_accept, 32, 0, 1, IS(SOCKET) | IS(TCP)),
                                   made_call("server", CALL_socket, 48, 0, 2, 0)};
    struct survey survey = {.calls = calls, .count = 3};
    struct sweep_plan plan = make(&survey, (struct sweep_filter){.tiers = RESOURCES});
    cr_expect(find(&plan, "server/socket:error=EMFILE:when=1:scope=all")->starting);
    cr_expect_not(find(&plan, "server/accept:error=EMFILE:when=1:scope=all")->starting);
    cr_expect_not(find(&plan, "server/socket:error=EMFILE:when=2:scope=all")->starting);
    sweep_plan_free(&plan);
}

Test(sweep_plan, every_fault_but_two_is_tried)
{
    bool tried[FAULT_COUNT] = {false};
    for (size_t i = 0; legal_row_at(i) != NULL; i++) {
        char *text = sweep_fault_text(legal_row_at(i));
        tried[legal_row_at(i)->fault] |= text != NULL;
        free(text);
    }
    for (int fault = FAULT_NONE + 1; fault < FAULT_COUNT; fault++)
        cr_expect_eq(tried[fault], fault != FAULT_RATE && fault != FAULT_TRUNCATE, "%s",
                     fault_name((enum fault_kind)fault));
}
