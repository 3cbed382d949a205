/* What rules decided, one by one, and the rules that meet the same calls again. */
#include "harness/sweep/shrink/choices.h"
#include "shim/model/expr.h"
#include "tests/unit/sweep_made.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 16 };

/* An experiment of rules, and a survey of one run of it. */
struct world {
    struct scenario_fault faults[MOST];
    struct experiment experiment;
    struct survey_call calls[MOST];
    struct survey_fired fired[MOST];
    struct survey survey;
    struct choices choices;
};

static struct world *begin(void)
{
    struct world *world = calloc(1, sizeof *world);
    world->experiment.faults = world->faults;
    world->survey.calls = world->calls;
    world->survey.fired = world->fired;
    return world;
}

static void add_rule(struct world *world, const char *text)
{
    struct expr_error error = {0};
    struct scenario_fault *fault = &world->faults[world->experiment.fault_count++];
    cr_assert_eq(expr_parse(text, &fault->rule, 1, &error), 1, "%s", error.message);
}

/* Rule `rule`, from 1, fired there. */
static struct survey_fired *add_fired(struct world *world, enum call_id call, uint32_t connection,
                                      uint64_t nth, int rule)
{
    struct survey_fired *added = &world->fired[world->survey.fired_count++];
    *added = (struct survey_fired){(char *)"client",  call, connection, nth, rule - 1, 0, 1, 100,
                                   (char *)"prog.c:7"};
    added->amount = world->faults[rule - 1 < MOST ? rule - 1 : 0].rule.amount;
    return added;
}

/* Of all decisions together, or of those in the set. */
static void expect_rules(struct world *world, const bool *set, size_t count, const char *const *texts)
{
    struct choice_rules rules;
    bool all[MOST];
    memset(all, true, sizeof all);
    cr_assert(choice_rules_make(&world->choices, set == NULL ? all : set, &rules));
    cr_expect_eq(rules.count, count, "got %zu rules, expected %zu", rules.count, count);
    for (size_t i = 0; i < rules.count && i < count; i++) {
        struct rule rule;
        struct expr_error error = {0};
        cr_expect_str_eq(rules.items[i].text, texts[i]);
        cr_expect_eq(expr_parse(rules.items[i].text, &rule, 1, &error), 1, "%s", error.message);
    }
    choice_rules_free(&rules);
}
#define EXPECT_RULES(world, set, ...)                                                                        \
    expect_rules(world, set, sizeof(const char *[]){__VA_ARGS__} / sizeof(const char *),                     \
                 (const char *const[]){__VA_ARGS__})

static void find(struct world *world)
{
    cr_assert(choices_find(&world->experiment, &world->survey, &world->choices));
}

static void finish(struct world *world)
{
    choices_free(&world->choices);
    free(world);
}

Test(shrink_choices, each_fault_at_each_call_is_one)
{
    struct world *world = begin();
    add_rule(world, "client/receive:error=EINTR:chance=5%");
    add_rule(world, "receive:short=3:chance=50%:force");
    add_fired(world, CALL_recv, 2, 2, 1);
    add_fired(world, CALL_recv, 2, 3, 2);
    find(world);
    cr_assert_eq(world->choices.count, 2);
    EXPECT_RULES(world, NULL, "client/recv:error=EINTR:conn=2:when=2:scope=connection",
                 "client/recv:short=3:force:conn=2:when=3:scope=connection");
    EXPECT_RULES(world, ((bool[]){false, true}), "client/recv:short=3:force:conn=2:when=3:scope=connection");
    char *sentence = choice_sentence(&world->choices.items[0]);
    cr_expect_str_eq(sentence, "the 2nd recv on connection 2 of client fails with EINTR");
    free(sentence);
    finish(world);
}

Test(shrink_choices, what_was_drawn_is_written)
{
    struct world *world = begin();
    add_rule(world, "client/receive:delay=1ms..1s");
    add_rule(world, "client/receive:rate=10/s");
    add_rule(world, "client/send:short=50%");
    add_fired(world, CALL_recv, 1, 1, 1)->delay_ns = 1500000;
    add_fired(world, CALL_recv, 1, 2, 2)->delay_ns = 123456789;
    add_fired(world, CALL_send, 1, 1, 1)->delay_ns = 2000000000;
    add_fired(world, CALL_send, 1, 1, 3)->amount = 50;
    find(world);
    EXPECT_RULES(world, NULL, "client/recv:delay=123456789ns:conn=1:when=2:scope=connection",
                 "client/recv:delay=1500us:conn=1:when=1:scope=connection",
                 "client/send:delay=2s:conn=1:when=1:scope=connection",
                 "client/send:short=50:conn=1:when=1:scope=connection");
    finish(world);
}

Test(shrink_choices, the_same_at_calls_that_follow_one_another_is_one_rule)
{
    struct world *world = begin();
    add_rule(world, "client/receive:short=1");
    for (uint64_t nth = 1; nth <= 5; nth++)
        add_fired(world, CALL_recv, 1, nth, 1);
    add_fired(world, CALL_recv, 2, 1, 1);
    find(world);
    cr_assert_eq(world->choices.count, 6);
    EXPECT_RULES(world, NULL, "client/recv:short=1:conn=1:when=1..5:scope=connection",
                 "client/recv:short=1:conn=2:when=1:scope=connection");
    EXPECT_RULES(world, ((bool[]){true, true, false, true, false, false}),
                 "client/recv:short=1:conn=1:when=1..2:scope=connection",
                 "client/recv:short=1:conn=1:when=4:scope=connection");
    finish(world);
}

Test(shrink_choices, calls_without_a_connection_are_counted_in_their_process)
{
    struct world *world = begin();
    add_rule(world, "client/getaddrinfo:error=EAI_AGAIN");
    add_fired(world, CALL_getaddrinfo, 0, 7, 1);
    find(world);
    EXPECT_RULES(world, NULL, "client/getaddrinfo:error=EAI_AGAIN:when=7:scope=all");
    finish(world);
}

Test(shrink_choices, two_stalls_of_one_call_are_two)
{
    struct world *world = begin();
    add_rule(world, "client/receive:delay=1ms");
    add_rule(world, "client/receive:delay=1ms..2ms");
    add_fired(world, CALL_recv, 1, 3, 1)->delay_ns = 1000000;
    add_fired(world, CALL_recv, 1, 3, 2)->delay_ns = 1000000;
    find(world);
    EXPECT_RULES(world, NULL, "client/recv:delay=1ms:conn=1:when=3:scope=connection",
                 "client/recv:delay=1ms:conn=1:when=3:scope=connection");
    finish(world);
}

Test(shrink_choices, what_has_no_number_cannot_be_met_again)
{
    struct world *world = begin();
    add_rule(world, "client/receive:reset");
    add_fired(world, CALL_recv, 1, 0, 1);
    find(world);
    cr_expect_eq(world->choices.count, 0);
    finish(world);
}

Test(shrink_choices, a_call_that_was_stopped_before_a_boundary_is_one_too)
{
    struct world *world = begin();
    add_rule(world, "client/receive:reset:after=10B");
    struct survey_call *call = &world->calls[world->survey.count++];
    *call = made_call("client", CALL_recv, 16, 1, 1, 0);
    call->rule = -1;
    call->recipe = RECIPE_CUT;
    call->result = 10;
    add_fired(world, CALL_recv, 1, 2, 1);
    find(world);
    EXPECT_RULES(world, NULL, "client/recv:reset:conn=1:when=2:scope=connection",
                 "client/recv:short=10:conn=1:when=1:scope=connection");
    finish(world);
}

Test(shrink_choices, a_number_that_is_no_rule_s_is_nothing)
{
    struct world *world = begin();
    add_fired(world, CALL_recv, 1, 1, 5);
    find(world);
    cr_expect_eq(world->choices.count, 0);
    finish(world);
}
