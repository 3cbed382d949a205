/* Which calls a rule is about: connections, addresses, windows of bytes and time, rules that sleep, rates;
 * and when it is tried. */
#include "shim/model/decide.h"
#include "shim/model/endpoint.h"
#include "shim/model/expr.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { BEGAN_NS = 1000, MS = 1000000 };

static conditions all_facts(void *context, conditions wanted)
{
    (void)context;
    return wanted;
}

static struct query a_call(enum call_id call)
{
    return (struct query){.call = call,
                          .now_ns = BEGAN_NS,
                          .tid = 100,
                          .fd = 5,
                          .is_socket = true,
                          .connection = 1,
                          .asked = 1000,
                          .facts = all_facts};
}

/* `then`: each rule but the first sleeps until the one before it has fired for the last time. */
static struct board *made(const char *text, bool then)
{
    struct rule rules[4];
    struct expr_error error = {0};
    int count = expr_parse(text, rules, 4, &error);
    cr_assert_gt(count, 0, "%s: %s", text, error.message);
    for (int i = 1; then && i < count; i++)
        rules[i].sleeps_on = (uint32_t)i;
    struct board *board = calloc(1, sizeof *board);
    board_init(board, rules, (uint32_t)count, 1, 0, BEGAN_NS);
    board_role(board, "client");
    return board;
}

static struct decision decided(struct board *board, struct query query)
{
    struct decision decision;
    decide(board, &query, &decision);
    return decision;
}

static bool fires(struct board *board, struct query query)
{
    return decided(board, query).rule >= 0;
}

static bool fires_on_connection(const char *text, uint32_t connection)
{
    struct query query = a_call(CALL_recv);
    query.connection = connection;
    return fires(made(text, false), query);
}

Test(select, connections_by_their_number)
{
    cr_expect(fires_on_connection("recv:short=1:conn=2", 2));
    cr_expect_not(fires_on_connection("recv:short=1:conn=2", 1));
    cr_expect_not(fires_on_connection("recv:short=1:conn=2", 3));
    cr_expect(fires_on_connection("recv:short=1:conn=2..4", 4));
    cr_expect_not(fires_on_connection("recv:short=1:conn=2..4", 5));
    cr_expect(fires_on_connection("recv:short=1:conn=4..", 4000000000U));
    cr_expect_not(fires_on_connection("recv:short=1:conn=1..", 0), "what is no connection has no number");
}

static bool fires_at(const char *text, const char *local)
{
    struct query query = a_call(CALL_recv);
    struct endpoint endpoint = {0};
    cr_assert(local == NULL || endpoint_parse(local, strlen(local), &endpoint));
    query.local = local ? &endpoint : NULL;
    return fires(made(text, false), query);
}

Test(select, the_own_address_and_not_the_peers)
{
    cr_expect(fires_at("recv:short=1:local=127.0.0.1:80", "127.0.0.1:80"));
    cr_expect(fires_at("recv:short=1:local=:80", "10.0.0.1:80"));
    cr_expect(fires_at("recv:short=1:local='[::1]:80'", "[::1]:80"));
    cr_expect_not(fires_at("recv:short=1:local=127.0.0.1:80", "127.0.0.1:81"));
    cr_expect_not(fires_at("recv:short=1:local=:80", NULL), "an address that is not known is not that one");
    struct query query = a_call(CALL_recv);
    struct endpoint peer;
    cr_assert(endpoint_parse("127.0.0.1:80", 12, &peer));
    query.peer = &peer;
    cr_expect_not(fires(made("recv:short=1:local=127.0.0.1:80", false), query));
}

static bool fires_after_bytes(const char *text, uint64_t bytes)
{
    struct query query = a_call(CALL_recv);
    query.bytes = bytes;
    query.asked = 2;
    return fires(made(text, false), query);
}

Test(select, a_window_of_bytes)
{
    cr_expect(fires_after_bytes("recv:short=1:until=10B", 9));
    cr_expect_not(fires_after_bytes("recv:short=1:until=10B", 10));
    cr_expect_not(fires_after_bytes("recv:short=1:after=5B:until=10B", 4));
    cr_expect(fires_after_bytes("recv:short=1:after=5B:until=10B", 5));
    cr_expect_not(fires_after_bytes("recv:short=1:after=5B:until=10B", 10));
}

static bool fires_after_ns(const char *text, int64_t ns)
{
    struct query query = a_call(CALL_recv);
    query.now_ns += ns;
    return fires(made(text, false), query);
}

Test(select, a_window_of_time)
{
    cr_expect_not(fires_after_ns("recv:short=1:after=5ms", 5 * MS - 1));
    cr_expect(fires_after_ns("recv:short=1:after=5ms", 5 * MS));
    cr_expect(fires_after_ns("recv:short=1:until=5ms", 5 * MS - 1));
    cr_expect_not(fires_after_ns("recv:short=1:until=5ms", 5 * MS));
    cr_expect(fires_after_ns("recv:short=1:until=5ms", -1), "the call began before the rule did");
    cr_expect_not(fires_after_ns("recv:short=1:after=1ms", -1));
}

Test(select, bytes_and_time_are_apart)
{
    struct query query = a_call(CALL_recv);
    struct board *board = made("recv:short=1:after=5ms:until=10B", false);
    cr_expect_not(fires(board, query));
    query.now_ns += 5 * MS;
    cr_expect(fires(board, query));
    query.bytes = 10;
    cr_expect_not(fires(board, query));
}

Test(select, what_selectors_leave_out_is_not_counted)
{
    struct board *board = made("recv:short=1:conn=2:after=5ms:when=2", false);
    struct query query = a_call(CALL_recv);
    fires(board, query);
    query.now_ns += 5 * MS;
    fires(board, query);
    query.connection = 2;
    cr_expect_not(fires(board, query));
    cr_expect(fires(board, query));
    cr_expect_eq(atomic_load(&board->counts[0].matched), 2);
}

Test(select, a_rule_sleeps_until_another_has_fired)
{
    struct board *board = made("recv:short=1:times=2;send:short=1", true);
    cr_expect_not(fires(board, a_call(CALL_send)));
    cr_expect(fires(board, a_call(CALL_recv)));
    cr_expect_not(fires(board, a_call(CALL_send)), "once is not twice");
    cr_expect(fires(board, a_call(CALL_recv)));
    cr_expect(fires(board, a_call(CALL_send)));
    cr_expect_eq(atomic_load(&board->counts[1].matched), 1, "asleep, it counts nothing");
}

Test(select, without_times_once_is_enough_to_wake_the_next)
{
    struct board *board = made("recv:short=1;send:short=1;read:short=1", true);
    cr_expect_not(fires(board, a_call(CALL_read)));
    cr_expect(fires(board, a_call(CALL_recv)));
    cr_expect_not(fires(board, a_call(CALL_read)));
    cr_expect(fires(board, a_call(CALL_send)));
    cr_expect(fires(board, a_call(CALL_read)));
}

Test(select, time_counts_from_when_the_other_fired)
{
    struct board *board = made("recv:short=1:times=1;send:short=1:after=5ms:until=9ms", true);
    struct query send = a_call(CALL_send), recv = a_call(CALL_recv);
    send.now_ns += 6 * MS;
    cr_expect_not(fires(board, send), "the other has not fired yet");
    recv.now_ns += 10 * MS;
    cr_expect(fires(board, recv));
    send.now_ns += 8 * MS; /* 4 ms after it: the first look */
    cr_expect_not(fires(board, send));
    send.now_ns += 1 * MS;
    cr_expect(fires(board, send));
    send.now_ns += 4 * MS;
    cr_expect_not(fires(board, send));
}

Test(select, time_counts_from_when_the_other_fired_for_the_last_time)
{
    struct board *board = made("recv:short=1:times=2;send:short=1:until=9ms", true);
    struct query send = a_call(CALL_send), recv = a_call(CALL_recv);
    cr_expect(fires(board, recv));
    recv.now_ns += 100 * MS;
    send.now_ns += 106 * MS;
    cr_expect_not(fires(board, send), "once is not twice");
    cr_expect(fires(board, recv));
    cr_expect(fires(board, send));
    send.now_ns += 3 * MS;
    cr_expect_not(fires(board, send));
}

static bool no_site(void *context, const struct rule_site *site)
{
    (void)context;
    (void)site;
    return false;
}

static bool carries_for(void *context, uint32_t index)
{
    return index == *(const uint32_t *)context;
}

static conditions facts_beside(void *context, conditions wanted)
{
    (void)context;
    return wanted;
}

Test(select, a_site_and_what_is_carried_are_asked_for_last)
{
    struct query query = a_call(CALL_send);
    uint32_t index = 1;
    query.at_site = no_site;
    query.carries = carries_for;
    query.facts = facts_beside;
    query.context = &index;
    cr_expect_not(fires(made("send:short=1:site=main", false), query));
    struct board *board = made("send:short=1:match=a;send:short=2:match=b", false);
    cr_expect_eq(decided(board, query).rule, 1);
    query.at_site = NULL; /* never asked: other selectors do not fit */
    query.carries = NULL;
    cr_expect_not(fires(made("send:short=1:site=main:fd=9;send:short=1:match=a:conn=2", false), query));
}

/* ---- rates ---- */

static int64_t stall(struct board *board, struct query query)
{
    return decided(board, query).delay_ns;
}

Test(rate, calls_take_their_turns)
{
    struct board *board = made("recv:rate=100/s", false);
    struct query query = a_call(CALL_recv);
    cr_expect_eq(stall(board, query), 0, "the first goes at once");
    cr_expect_eq(stall(board, query), 10 * MS);
    cr_expect_eq(stall(board, query), 20 * MS, "one that waits keeps its turn");
    query.now_ns += 1000 * MS;
    cr_expect_eq(stall(board, query), 0, "nothing is saved up");
    cr_expect_eq(stall(board, query), 10 * MS);
    cr_expect_eq(atomic_load(&board->counts[0].fired), 3, "what did not wait is not counted");
}

Test(rate, a_rate_of_calls_is_one_for_all_it_is_about_or_one_for_each_of_its_scope)
{
    struct query first = a_call(CALL_recv), second = a_call(CALL_recv);
    second.connection = 2;
    struct board *one = made("recv:rate=100/s", false),
                 *each = made("recv:rate=100/s:scope=connection", false);
    stall(one, first);
    stall(each, first);
    cr_expect_eq(stall(one, second), 10 * MS);
    cr_expect_eq(stall(each, second), 0);
}

Test(rate, bytes_count_from_when_the_rule_first_saw_the_connection)
{
    struct board *board = made("recv:rate=1000B/s", false);
    struct query query = a_call(CALL_recv);
    query.bytes = 5000;
    cr_expect_eq(stall(board, query), 0);
    query.bytes += 100;
    cr_expect_eq(stall(board, query), 100 * MS);
    query.now_ns += 60 * MS;
    cr_expect_eq(stall(board, query), 40 * MS);
    query.now_ns += 1000 * MS;
    cr_expect_eq(stall(board, query), 0);
    query.connection = 2;
    query.bytes = 7000;
    cr_expect_eq(stall(board, query), 0, "another connection is another count");
}

/* ---- when a rule is tried ---- */

static bool tried(const char *text, enum call_id call, enum decide_phase phase)
{
    struct query query = a_call(call);
    query.phase = phase;
    return fires(made(text, false), query);
}

Test(phase, the_fate_of_a_datagram_is_decided_once_it_is_there)
{
    static const char *const fates[] = {"receive:drop", "receive:duplicate", "receive:reorder=1",
                                        "receive:corrupt=1"};
    for (size_t i = 0; i < sizeof fates / sizeof *fates; i++) {
        cr_expect_not(tried(fates[i], CALL_recv, DECIDE_CALL), "%s", fates[i]);
        cr_expect(tried(fates[i], CALL_recv, DECIDE_ARRIVED), "%s", fates[i]);
    }
    cr_expect(tried("send:drop", CALL_send, DECIDE_CALL));
    cr_expect_not(tried("send:drop", CALL_sendmmsg, DECIDE_CALL), "each of its messages is decided about");
    cr_expect(tried("send:drop", CALL_sendmmsg, DECIDE_ARRIVED));
    cr_expect(tried("receive:silence", CALL_recv, DECIDE_CALL));
}

Test(phase, what_keeps_a_datagram_away_comes_before_a_wait_tells_of_it)
{
    cr_expect(tried("receive:drop", CALL_recv, DECIDE_AHEAD));
    cr_expect(tried("receive:reorder=1", CALL_recv, DECIDE_AHEAD));
    cr_expect_not(tried("receive:duplicate", CALL_recv, DECIDE_AHEAD));
    cr_expect_not(tried("receive:corrupt=1", CALL_recv, DECIDE_AHEAD), "a wait may tell of a damaged one");
    struct query query = a_call(CALL_recv);
    query.phase = DECIDE_AHEAD;
    query.filtered = true;
    cr_expect(fires(made("receive:corrupt=1", false), query));
}

Test(phase, what_was_decided_ahead_is_not_decided_again)
{
    struct query query = a_call(CALL_recv);
    query.phase = DECIDE_ARRIVED;
    query.was_ahead = true;
    query.foreseen = CALL_recv;
    cr_expect_not(fires(made("receive:drop", false), query));
    cr_expect(fires(made("receive:duplicate", false), query));
    cr_expect(fires(made("receive:corrupt=1", false), query), "a wait told of it nevertheless");
    query.foreseen = CALL_read;
    cr_expect(fires(made("recv:drop", false), query), "another call was expected");
    query.phase = DECIDE_AHEAD;
    query.filtered = true;
    cr_expect_not(fires(made("receive:drop", false), query));
    cr_expect(fires(made("receive:corrupt=1", false), query), "FIONREAD finds out what a wait did not");
}
