/* Deciding while rules come and go. */
#include "shim/model/board.h"
#include "shim/model/decide.h"
#include "shim/model/expr.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

static conditions all_facts(void *context, conditions wanted)
{
    (void)context;
    return wanted;
}

static struct query a_call(void)
{
    return (struct query){
        .call = CALL_recv,
        .now_ns = 10,
        .tid = 100,
        .fd = 5,
        .is_socket = true,
        .connection = 1,
        .asked = 1000,
        .facts = all_facts,
    };
}

static int fires(struct board *board, int64_t now_ns)
{
    struct query query = a_call();
    struct decision decision;
    query.now_ns = now_ns;
    return decide(board, &query, &decision) ? decision.rule : -1;
}

static struct board *made(void)
{
    struct board *board = calloc(1, sizeof *board);
    board_init(board, NULL, 0, 1, 0, 1);
    return board;
}

/* Adds the rules of a text; those but the first begin once the first has fired, if `then`. */
static int add(struct board *board, const char *text, bool then, int64_t now_ns)
{
    struct rule *rules = calloc(RULES_MAX, sizeof *rules);
    struct expr_error error;
    int count = expr_parse(text, rules, RULES_MAX, &error);
    cr_assert_gt(count, 0, "%s", error.message);
    for (int i = 1; then && i < count; i++)
        rules[i].sleeps_on = board_rules(board) + 1;
    int first = board_rules_put(board, rules, (uint32_t)count, now_ns);
    board_rules_publish(board, (uint32_t)count);
    free(rules);
    return first;
}

Test(rules_change, a_rule_applies_until_it_is_removed)
{
    struct board *board = made();
    cr_expect_eq(fires(board, 5), -1);
    int first = add(board, "recv:short=1", false, 5), second = add(board, "recv:short=2", false, 6);
    cr_expect_eq(fires(board, 7), first);
    cr_expect(board_rule_remove(board, (uint32_t)first));
    cr_expect_eq(fires(board, 8), second);
    cr_expect_eq(atomic_load(&board->counts[first].fired), 1);
    cr_expect(board_rule_remove(board, (uint32_t)second));
    cr_expect_eq(fires(board, 9), -1);
    free(board);
}

Test(rules_change, a_rule_counts_calls_and_time_from_when_it_came)
{
    struct board *board = made();
    int first = add(board, "recv:short=1:when=1", false, 5);
    cr_expect_eq(fires(board, 6), first);
    cr_expect_eq(fires(board, 7), -1);
    board_rule_remove(board, (uint32_t)first);
    int second = add(board, "recv:short=1:when=1:after=20ms", false, 8);
    cr_expect_eq(fires(board, 9), -1);
    cr_expect_eq(fires(board, 8 + 20000000), second);
    free(board);
}

Test(rules_change, what_sleeps_on_a_rule_that_is_gone_sleeps_on)
{
    struct board *board = made();
    int first = add(board, "recv:short=1:times=1;recv:short=2", true, 5);
    board_rule_remove(board, (uint32_t)first);
    cr_expect_eq(fires(board, 6), -1);
    int other = add(board, "recv:short=1:times=1;recv:short=2", true, 7);
    cr_expect_eq(fires(board, 8), other);
    board_rule_remove(board, (uint32_t)other);
    cr_expect_eq(fires(board, 9), other + 1, "it had fired before it was removed");
    free(board);
}

enum { THREADS = 8, ROUNDS = 100, OTHER_FD = 100000 };

struct race {
    struct board *board;
    atomic_int round; /* the descriptor whose rules are about to come */
    atomic_bool over;
    atomic_uint wrong; /* decisions by half a rule, or by one of two that came together */
};

static bool is_whole(const struct decision *decision)
{
    return decision->rule >= 0 && decision->recipe == RECIPE_CUT && decision->length == 7 &&
           decision->delay_rule == decision->rule + 1;
}

static void *decide_much(void *context)
{
    struct race *race = context;
    while (!atomic_load(&race->over)) {
        struct query query = a_call();
        struct decision decision;
        query.fd = atomic_load(&race->round);
        if (decide(race->board, &query, &decision) && !is_whole(&decision))
            atomic_fetch_add(&race->wrong, 1);
    }
    return NULL;
}

/* The two rules of a round come together; another comes and goes, which is for nobody. */
static void change(struct race *race, int round)
{
    char text[100];
    atomic_store(&race->round, round);
    snprintf(text, sizeof text, "recv:short=3:fd=%d", OTHER_FD);
    int other = add(race->board, text, false, 10);
    snprintf(text, sizeof text, "recv:short=7:fd=%d;recv:delay=0:fd=%d", round, round);
    int first = add(race->board, text, false, 10);
    while (atomic_load(&race->board->counts[first].fired) == 0)
        ;
    board_rule_remove(race->board, (uint32_t)other);
}

Test(rules_change, threads_see_rules_whole_and_all_at_once, .timeout = 60)
{
    struct race race = {.board = made()};
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        cr_assert_eq(pthread_create(&threads[i], NULL, decide_much, &race), 0);
    for (int round = 0; round < ROUNDS; round++)
        change(&race, round);
    atomic_store(&race.over, true);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    cr_expect_eq(board_rules(race.board), 3 * ROUNDS);
    cr_expect_eq(atomic_load(&race.wrong), 0);
    free(race.board);
}
