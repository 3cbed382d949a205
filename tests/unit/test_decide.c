/* Deciding: which calls a rule takes, what it does with them, and what is counted. */
#include "shim/model/decide.h"
#include "shim/model/endpoint.h"
#include "shim/model/expr.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* Every fact holds but those in *context. */
static conditions facts_but(void *context, conditions wanted)
{
    return wanted & ~*(const conditions *)context;
}

static conditions none_lacking;

static struct query a_call(enum call_id call)
{
    return (struct query){
        .call = call,
        .tid = 100,
        .fd = 5,
        .is_socket = true,
        .connection = 1,
        .asked = 1000,
        .site = 0x1234,
        .facts = facts_but,
        .context = &none_lacking,
    };
}

static struct board *made_with_seed(const char *rules_text, uint64_t seed)
{
    static struct rule rules[RULES_MAX];
    struct expr_error error = {0};
    int count = expr_parse(rules_text, rules, RULES_MAX, &error);
    cr_assert_gt(count, 0, "%s: %s", rules_text, error.message);
    struct board *board = calloc(1, sizeof *board);
    board_init(board, rules, (uint32_t)count, seed, 0, 1);
    board_role(board, "client");
    board_role(board, "server");
    return board;
}

static struct board *made(const char *rules_text)
{
    return made_with_seed(rules_text, 1);
}

static struct decision decided(struct board *board, struct query query)
{
    struct decision decision;
    bool something = decide(board, &query, &decision);
    cr_expect_eq(something, decision.rule >= 0 || decision.delay_rule >= 0 || decision.boundary > 0);
    return decision;
}

/* '1' for each of n calls at which the first fault fired, '.' for the others. */
static const char *pattern(struct board *board, struct query query, int n)
{
    static char text[4096];
    for (int i = 0; i < n; i++)
        text[i] = decided(board, query).rule >= 0 ? '1' : '.';
    text[n] = '\0';
    return text;
}

static uint64_t matched(const struct board *board, int rule)
{
    return atomic_load(&board->counts[rule].matched);
}

static uint64_t fired(const struct board *board, int rule)
{
    return atomic_load(&board->counts[rule].fired);
}

Test(decide, when_says_which_of_the_matching_calls)
{
    static const struct {
        const char *when, *pattern;
    } cases[] = {
        {"recv:reset", "11111111"},           {"recv:reset:when=3", "..1....."},
        {"recv:reset:when=2..4", ".111...."}, {"recv:reset:when=6..", ".....111"},
        {"recv:reset:when=2+3", ".1..1..1"},  {"recv:reset:when=1..6+2", "1.1.1..."},
        {"recv:reset:when=2..2", ".1......"}, {"recv:reset:when=3..+2", "..1.1.1."},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct board *board = made(cases[i].when);
        cr_expect_str_eq(pattern(board, a_call(CALL_recv), 8), cases[i].pattern, "%s", cases[i].when);
        cr_expect_eq(matched(board, 0), 8, "`matched` counts the calls `when` counts");
    }
}

Test(decide, only_the_calls_of_the_rule)
{
    struct board *board = made("recv,send:reset");
    cr_expect_eq(decided(board, a_call(CALL_read)).rule, -1);
    cr_expect_eq(decided(board, a_call(CALL_send)).rule, 0);
    cr_expect_eq(matched(board, 0), 1);
}

Test(decide, times_bounds_what_fires)
{
    struct board *board = made("recv:reset:times=2");
    cr_expect_str_eq(pattern(board, a_call(CALL_recv), 5), "11...");
    cr_expect_eq(matched(board, 0), 5);
    cr_expect_eq(fired(board, 0), 2);
}

Test(decide, selectors_narrow_what_when_counts)
{
    struct board *board = made("recv:reset:fd=9:when=2");
    struct query other = a_call(CALL_recv), wanted = a_call(CALL_recv);
    wanted.fd = 9;
    decided(board, other);
    cr_expect_eq(decided(board, wanted).rule, -1);
    decided(board, other);
    cr_expect_eq(decided(board, wanted).rule, 0);
    cr_expect_eq(matched(board, 0), 2);
}

Test(decide, a_peer)
{
    struct board *board = made("recv:reset:peer=127.0.0.1:80");
    struct endpoint right, wrong;
    struct query query = a_call(CALL_recv);
    cr_assert(endpoint_parse("127.0.0.1:80", 12, &right) && endpoint_parse("127.0.0.1:81", 12, &wrong));
    cr_expect_eq(decided(board, query).rule, -1, "a peer that is not known is not that peer");
    query.peer = &wrong;
    cr_expect_eq(decided(board, query).rule, -1);
    query.peer = &right;
    cr_expect_eq(decided(board, query).rule, 0);
}

Test(decide, after_so_many_bytes)
{
    struct board *board = made("recv:reset:after=100B");
    struct query query = a_call(CALL_recv);
    query.bytes = 99;
    query.asked = 1;
    cr_expect_eq(decided(board, query).rule, -1);
    query.bytes = 100;
    cr_expect_eq(decided(board, query).rule, 0);
}

Test(decide, a_receive_stops_where_the_connection_is_to_end)
{
    struct board *board = made("recv:reset:after=100B");
    struct query query = a_call(CALL_recv);
    query.bytes = 60;
    query.asked = 40;
    cr_expect_eq(decided(board, query).recipe, RECIPE_NONE, "it does not go past the boundary");
    query.asked = 41;
    struct decision cut = decided(board, query);
    cr_expect(cut.rule == -1 && cut.recipe == RECIPE_CUT && cut.length == 40);
    cr_expect_eq(matched(board, 0), 0, "the rule has not come into play");
    cr_expect_eq(decided(made("recv:silence:after=100B"), query).length, 40, "so does one to fall silent");
}

Test(decide, a_process)
{
    struct board *board = made("server/recv:reset");
    struct query query = a_call(CALL_recv);
    cr_expect_eq(decided(board, query).rule, -1);
    query.role = 1;
    cr_expect_eq(decided(board, query).rule, 0);
    cr_expect_eq(matched(board, 0), 1);
}

/* Whether a second call that differs by `change` shares the count of the first. */
static bool share_a_count(const char *rule, struct query first, struct query second)
{
    struct board *board = made(rule);
    decided(board, first);
    return decided(board, second).rule == 0;
}

Test(decide, scopes)
{
    struct query first = a_call(CALL_recv), role = first, thread = first, connection = first, site = first;
    role.role = 1;
    thread.tid++;
    connection.connection++;
    site.site++;
    static const char *const rules[] = {"recv:reset:when=2",
                                        "recv:reset:when=2:scope=process",
                                        "recv:reset:when=2:scope=thread",
                                        "recv:reset:when=2:scope=connection",
                                        "recv:reset:when=2:scope=site",
                                        "recv:reset:when=2:scope=all"};
    /* whether calls of another process, thread, connection, site are counted together */
    static const bool shared[][4] = {{0, 1, 1, 1}, {0, 1, 1, 1}, {0, 0, 1, 1},
                                     {0, 1, 0, 1}, {0, 1, 1, 0}, {1, 1, 1, 1}};
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        cr_expect(share_a_count(rules[i], first, first), "%s", rules[i]);
        cr_expect_eq(share_a_count(rules[i], first, role), shared[i][0], "%s, process", rules[i]);
        cr_expect_eq(share_a_count(rules[i], first, thread), shared[i][1], "%s, thread", rules[i]);
        cr_expect_eq(share_a_count(rules[i], first, connection), shared[i][2], "%s, connection", rules[i]);
        cr_expect_eq(share_a_count(rules[i], first, site), shared[i][3], "%s, site", rules[i]);
    }
}

Test(decide, two_rules_do_not_share_a_count)
{
    struct board *board = made("recv:reset:when=2;recv:reset:when=3");
    struct query query = a_call(CALL_recv);
    cr_expect_eq(decided(board, query).rule, -1);
    cr_expect_eq(decided(board, query).rule, 0);
    cr_expect_eq(decided(board, query).rule, 1);
}

Test(decide, delays_add_up_and_go_with_a_fault)
{
    struct board *board = made("recv:delay=5ms;recv:reset;recv:delay=7ms;recv:short=1");
    struct decision d = decided(board, a_call(CALL_recv));
    cr_expect_eq(d.delay_ns, 12000000);
    cr_expect_eq(d.delay_rule, 2);
    cr_expect_eq(d.rule, 1);
    cr_expect_eq(d.err, ECONNRESET);
    cr_expect_eq(fired(board, 3), 0, "the first fault wins, the rest do not count");
    cr_expect_eq(matched(board, 3), 1);
}

Test(decide, a_fault_that_did_not_win_keeps_its_times)
{
    struct board *board = made("recv:reset:when=1;recv:short=1:times=1");
    cr_expect_eq(decided(board, a_call(CALL_recv)).rule, 0);
    cr_expect_eq(decided(board, a_call(CALL_recv)).rule, 1);
    cr_expect_eq(decided(board, a_call(CALL_recv)).rule, -1);
}

Test(decide, a_delay_alone_replaces_nothing)
{
    struct decision d = decided(made("recv:delay=5ms"), a_call(CALL_recv));
    cr_expect_eq(d.rule, -1);
    cr_expect_eq(d.delay_rule, 0);
    cr_expect_eq(d.recipe, RECIPE_NONE);
}

Test(decide, a_delay_from_a_range_stays_in_it_and_uses_it)
{
    struct board *board = made("recv:delay=10ns..13ns");
    bool seen[4] = {0};
    for (int i = 0; i < 200; i++) {
        int64_t ns = decided(board, a_call(CALL_recv)).delay_ns;
        cr_assert(ns >= 10 && ns <= 13, "%ld", ns);
        seen[ns - 10] = true;
    }
    cr_expect(seen[0] && seen[1] && seen[2] && seen[3]);
}

Test(decide, what_is_illegal_is_refused_and_said)
{
    struct board *board = made("recv:short=1");
    conditions lacking = CONDITION_SET(STREAM);
    struct query query = a_call(CALL_recv);
    query.context = &lacking;
    cr_expect_eq(decided(board, query).rule, -1);
    cr_expect_eq(atomic_load(&board->counts[0].refused), 1);
    cr_expect_eq(atomic_load(&board->counts[0].refused_why), 1 + CONDITION_STREAM);
    cr_expect_eq(fired(board, 0), 0);
    cr_expect_eq(matched(board, 0), 1);
}

Test(decide, a_refused_call_has_had_its_turn)
{
    struct board *board = made("recv:short=1:when=1");
    conditions lacking = CONDITION_SET(STREAM);
    struct query refused = a_call(CALL_recv);
    refused.context = &lacking;
    decided(board, refused);
    cr_expect_eq(decided(board, a_call(CALL_recv)).rule, -1);
}

Test(decide, a_refusal_makes_way_for_the_next_rule)
{
    struct board *board = made("recv:short=1;recv:reset");
    conditions lacking = CONDITION_SET(STREAM);
    struct query query = a_call(CALL_recv);
    query.context = &lacking;
    cr_expect_eq(decided(board, query).rule, 1);
}

Test(decide, force_lets_it_through_and_counts_it)
{
    struct board *board = made("recv:error=EMFILE:force");
    struct decision d = decided(board, a_call(CALL_recv));
    cr_expect_eq(d.rule, 0);
    cr_expect_eq(d.recipe, RECIPE_PLAIN);
    cr_expect_eq(d.err, EMFILE);
    cr_expect(d.forced);
    cr_expect_eq(atomic_load(&board->counts[0].forced), 1);
    cr_expect_eq(atomic_load(&board->counts[0].refused), 0);
}

Test(decide, force_on_what_is_legal_changes_nothing)
{
    struct board *board = made("recv:reset:force");
    struct decision d = decided(board, a_call(CALL_recv));
    cr_expect_eq(d.recipe, RECIPE_TCP_KILL);
    cr_expect_not(d.forced);
    cr_expect_eq(atomic_load(&board->counts[0].forced), 0);
}

Test(decide, a_paused_board_decides_and_counts_nothing)
{
    struct board *board = made("recv:reset");
    atomic_store(&board->paused, 1);
    cr_expect_eq(decided(board, a_call(CALL_recv)).rule, -1);
    cr_expect_eq(matched(board, 0), 0);
}

Test(decide, how_short)
{
    static const struct {
        const char *rule;
        uint64_t asked, length; /* 0: nothing to be cut */
    } cases[] = {
        {"recv:short=1", 1000, 1},
        {"recv:short=999", 1000, 999},
        {"recv:short=1000", 1000, 0},
        {"recv:short=1", 1, 0},
        {"recv:short=50%", 1000, 500},
        {"recv:short=50%", 3, 1},
        {"recv:short=1%", 10, 1},
        {"recv:short=99%", 2, 1},
        {"recv:short=-1", 1000, 999},
        {"recv:short=-1", 2, 1},
        {"recv:short=-5", 3, 1},
        {"recv:short=-1", 1, 0},
        {"recv:short=1%", UINT64_MAX, UINT64_MAX / 100},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct board *board = made(cases[i].rule);
        struct query query = a_call(CALL_recv);
        query.asked = cases[i].asked;
        struct decision d = decided(board, query);
        cr_expect_eq(d.length, cases[i].length, "%s of %lu gives %lu", cases[i].rule, cases[i].asked,
                     d.length);
        cr_expect_eq(fired(board, 0), cases[i].length > 0, "%s of %lu", cases[i].rule, cases[i].asked);
    }
}

Test(decide, eof_half_and_full)
{
    cr_expect_not(decided(made("recv:eof=half"), a_call(CALL_recv)).eof_full);
    cr_expect(decided(made("recv:eof=full"), a_call(CALL_recv)).eof_full);
}

static int count_of(const char *rule, uint64_t seed, int n)
{
    struct board *board = made_with_seed(rule, seed);
    int count = 0;
    for (int i = 0; i < n; i++)
        count += decided(board, a_call(CALL_recv)).rule >= 0;
    return count;
}

Test(decide, chance_holds_in_the_long_run)
{
    /* Six standard deviations to either side: sqrt(10000 * p * (1 - p)) is 30 and 10. */
    for (uint64_t seed = 1; seed <= 5; seed++) {
        int tenth = count_of("recv:reset:chance=10%", seed, 10000);
        cr_expect(tenth > 820 && tenth < 1180, "%d", tenth);
        int few = count_of("recv:reset:chance=1%", seed, 10000);
        cr_expect(few > 40 && few < 160, "%d", few);
    }
    cr_expect_eq(count_of("recv:reset:chance=100%", 1, 1000), 1000);
}

static void keep_pattern(char *to, const char *rules, uint64_t seed, struct query query)
{
    strcpy(to, pattern(made_with_seed(rules, seed), query, 400));
}

Test(decide, the_seed_gives_the_same_draws_again_and_another_seed_others)
{
    char first[512], again[512], other[512];
    keep_pattern(first, "recv:reset:chance=50%", 1, a_call(CALL_recv));
    keep_pattern(again, "recv:reset:chance=50%", 1, a_call(CALL_recv));
    keep_pattern(other, "recv:reset:chance=50%", 2, a_call(CALL_recv));
    cr_expect_str_eq(first, again);
    cr_expect_str_neq(first, other);
}

Test(decide, another_rule_changes_nobodys_draws)
{
    char alone[512], second[512];
    keep_pattern(alone, "recv:reset:chance=50%", 1, a_call(CALL_recv));
    keep_pattern(second, "send:short=1;recv:reset:chance=50%", 1, a_call(CALL_recv));
    cr_expect_str_eq(alone, second);
}

Test(decide, connections_draw_apart_whatever_their_order)
{
    struct board *board = made("recv:reset:chance=50%");
    char alone[512], mixed[512];
    struct query first = a_call(CALL_recv), second = first;
    second.connection = 2;
    keep_pattern(alone, "recv:reset:chance=50%", 1, second);
    for (int i = 0; i < 400; i++) {
        decided(board, first);
        mixed[i] = decided(board, second).rule >= 0 ? '1' : '.';
        if (i % 3 == 0)
            decided(board, first);
    }
    mixed[400] = '\0';
    cr_expect_str_eq(mixed, alone);
}

enum { THREADS = 8, CALLS = 5000 };

static void *decide_much(void *context)
{
    struct decision decision;
    struct query query = a_call(CALL_recv);
    uintptr_t count = 0;
    for (int i = 0; i < CALLS; i++)
        count += decide(context, &query, &decision);
    return (void *)count;
}

static uint64_t fired_in_threads(struct board *board)
{
    pthread_t threads[THREADS];
    uint64_t sum = 0;
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, decide_much, board);
    for (int i = 0; i < THREADS; i++) {
        void *count;
        pthread_join(threads[i], &count);
        sum += (uintptr_t)count;
    }
    return sum;
}

Test(decide, when_and_times_are_exact_though_threads_race)
{
    struct board *when = made("recv:reset:when=100..+7"), *times = made("recv:reset:times=777");
    cr_expect_eq(fired_in_threads(when), (THREADS * CALLS - 100) / 7 + 1);
    cr_expect_eq(matched(when, 0), THREADS * CALLS);
    cr_expect_eq(fired_in_threads(times), 777);
    cr_expect_eq(fired(times, 0), 777);
}
