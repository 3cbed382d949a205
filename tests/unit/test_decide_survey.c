/* What deciding tells a survey: which rule fired, and by which number that call is met again. */
#include "shim/model/decide.h"
#include "shim/model/expr.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static conditions all_facts(void *context, conditions wanted)
{
    (void)context;
    return wanted;
}

static struct query a_call(enum call_id call)
{
    return (struct query){.call = call,
                          .tid = 100,
                          .fd = 5,
                          .is_socket = true,
                          .connection = 1,
                          .asked = 1000,
                          .facts = all_facts};
}

static struct board *made(const char *text)
{
    static struct rule rules[RULES_MAX];
    struct expr_error error = {0};
    int count = expr_parse(text, rules, RULES_MAX, &error);
    cr_assert_gt(count, 0, "%s: %s", text, error.message);
    struct board *board = calloc(1, sizeof *board);
    board_init(board, rules, (uint32_t)count, 1, 0, 1);
    board_role(board, "client");
    board_role(board, "server");
    return board;
}

/* What a survey is told, one after the other. */
static char told[400];

static void tell(void *context, uint32_t rule, uint64_t nth, int64_t delay_ns, uint64_t amount)
{
    (void)context;
    size_t len = strlen(told);
    snprintf(told + len, sizeof told - len, "%u:%llu:%lld:%llu ", rule, (unsigned long long)nth,
             (long long)delay_ns, (unsigned long long)amount);
}

static void survey(struct board *board, enum call_id call, uint32_t role, uint32_t connection, int times)
{
    struct decision decision;
    struct query query = a_call(call);
    query.role = role;
    query.connection = connection;
    query.fires = tell;
    for (int i = 0; i < times; i++)
        decide(board, &query, &decision);
}

static void told_is(const char *expected)
{
    cr_expect_str_eq(told, expected);
    told[0] = '\0';
}

/* Its number is that which a rule about this call, role and connection alone would have for it. */
Test(decide, a_survey_is_told_of_each_fault_by_number)
{
    struct board *board = made("receive:reset:when=1..+3;recv:delay=5ms:when=2:scope=all");
    survey(board, CALL_recv, 0, 1, 2);
    told_is("0:1:0:0 1:2:5000000:0 ");
    survey(board, CALL_recv, 0, 2, 1);
    told_is("");
    survey(board, CALL_recvfrom, 0, 1, 1);
    told_is("0:1:0:0 ");
    survey(board, CALL_recv, 1, 2, 4);
    told_is("0:1:0:0 0:4:0:0 ");
    survey(board, CALL_recv, 0, 1, 3);
    told_is("0:5:0:0 ");
    free(board);
}

/* Without a connection it is one of all the calls there are. */
Test(decide, a_survey_counts_all_calls_where_there_is_no_connection)
{
    struct board *board = made("accept:error=EMFILE:when=4");
    survey(board, CALL_accept, 0, 1, 2);
    survey(board, CALL_accept, 0, 0, 2);
    told_is("0:4:0:0 ");
    free(board);
}

/* As a rule that begins at once would count. */
Test(decide, a_survey_counts_what_came_before_its_rule_began)
{
    struct board *board = made("recv:reset:after=1s:conn=1");
    struct query late = a_call(CALL_recv);
    struct decision decision;
    survey(board, CALL_recv, 0, 1, 3);
    told_is("");
    late.now_ns = 2000000000;
    late.fires = tell;
    decide(board, &late, &decision);
    told_is("0:4:0:0 ");
    free(board);
}

/* Of a share, what it came to; whatever else the rule wants of a call, its number is among all. */
Test(decide, a_survey_is_told_of_amounts_and_of_all_calls_by_number)
{
    struct board *board = made("recv:short=25%:fd=6");
    struct query query = a_call(CALL_recv);
    struct decision decision;
    survey(board, CALL_recv, 0, 1, 2);
    query.fd = 6;
    query.fires = tell;
    decide(board, &query, &decision);
    told_is("0:3:0:250 ");
    free(board);
}
