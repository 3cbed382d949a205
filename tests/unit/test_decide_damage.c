/* Deciding: what becomes of damage, under a checksum and without one. */
#include "shim/model/decide.h"
#include "shim/model/expr.h"

#include <criterion/criterion.h>
#include <stdlib.h>

static conditions facts(void *lacking, conditions wanted)
{
    return wanted & ~*(const conditions *)lacking;
}

static struct board *made(const char *text)
{
    struct rule rule;
    struct expr_error error = {0};
    cr_assert_eq(expr_parse(text, &rule, 1, &error), 1, "%s: %s", text, error.message);
    struct board *board = calloc(1, sizeof *board);
    board_init(board, &rule, 1, 1, 0, 1);
    board_role(board, "client");
    return board;
}

/* What is done to a datagram that is sent, or has come. */
static enum recipe done(struct board *board, enum call_id call, conditions lacking)
{
    struct decision decision;
    struct query query = {
        .call = call,
        .phase = call == CALL_send ? DECIDE_CALL : DECIDE_ARRIVED,
        .fd = 3,
        .is_socket = true,
        .connection = 1,
        .asked = 1000,
        .facts = facts,
        .context = &lacking,
    };
    decide(board, &query, &decision);
    return decision.recipe;
}

static uint64_t forced(const struct board *board)
{
    return atomic_load(&board->counts[0].forced);
}

Test(decide_damage, a_checksum_keeps_it_away)
{
    struct board *board = made("send,recv:corrupt=3");
    cr_expect_eq(done(board, CALL_send, CONDITION_SET(UNCHECKED)), RECIPE_LOSE);
    cr_expect_eq(done(board, CALL_recv, CONDITION_SET(UNCHECKED) | CONDITION_SET(FLAGGED)), RECIPE_LOSE);
    cr_expect_eq(done(board, CALL_recv, CONDITION_SET(UNCHECKED) | CONDITION_SET(UNTOLD)), RECIPE_LOSE);
    cr_expect_eq(done(board, CALL_send, 0), RECIPE_FLIP);
    cr_expect_eq(done(board, CALL_recv, 0), RECIPE_FLIP);
    cr_expect_eq(forced(board), 0);
    free(board);
}

Test(decide_damage, by_force_it_is_handed_over)
{
    struct board *board = made("send,recv:corrupt=3:force");
    cr_expect_eq(done(board, CALL_send, CONDITION_SET(UNCHECKED)), RECIPE_FLIP);
    cr_expect_eq(done(board, CALL_recv, CONDITION_SET(UNCHECKED)), RECIPE_FLIP);
    cr_expect_eq(forced(board), 2);
    cr_expect_eq(done(board, CALL_send, 0), RECIPE_FLIP);
    cr_expect_eq(forced(board), 2, "without a checksum it is legal");
    free(board);
}

/* A wait for a blocking socket does not tell of a datagram with a wrong checksum; of this one it does. */
Test(decide_damage, by_force_a_wait_tells_of_it)
{
    struct query query = {
        .call = CALL_recv, .phase = DECIDE_AHEAD, .fd = 3, .is_socket = true, .filtered = true};
    conditions nothing_lacks = 0;
    struct decision decision;
    struct board *board = made("recv:corrupt=3"), *by_force = made("recv:corrupt=3:force");
    query.facts = facts;
    query.context = &nothing_lacks;
    cr_expect(decide(board, &query, &decision));
    cr_expect_not(decide(by_force, &query, &decision));
    free(board);
    free(by_force);
}
