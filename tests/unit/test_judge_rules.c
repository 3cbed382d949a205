/* How often rules must fire, and why they did not. */
#include "tests/unit/judge_world.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static struct world w;

static void two(void)
{
    world_init(&w, 2);
}

static void end(void)
{
    world_free(&w);
}

TestSuite(judge_rules, .init = two, .fini = end);

static void calls(size_t process, enum call_id call, int count, int fd, int64_t asked, const char *peer)
{
    for (int i = 0; i < count; i++)
        world_call(&w, process, call, fd, asked, peer, -1);
}

static void why(const char *got)
{
    world_judge(&w);
    cr_assert_eq(w.result.failure_count, 1);
    cr_expect_eq(w.result.verdict, VERDICT_FAIL);
    cr_expect_str_eq(w.result.failures[0].got, got);
}

Test(judge_rules, fired)
{
    world_rule(&w, "client/recv:short=1", 3, 2, 0);
    cr_expect_str_eq(world_judge(&w), "");
}

Test(judge_rules, optional_need_not_fire)
{
    world_rule(&w, "client/recv:short=1", 0, 0, 0)->optional = true;
    cr_expect_str_eq(world_judge(&w), "");
}

Test(judge_rules, optional_that_fires_too_often)
{
    struct scenario_fault *fault = world_rule(&w, "client/recv:short=1", 5, 5, 0);
    fault->optional = true;
    fault->fired = (struct range){1, 3};
    cr_expect_str_eq(world_judge(&w),
                     "client: rule 1: expected client/recv:short=1 fires: 1 to 3, got 5 of 5 that matched\n");
}

Test(judge_rules, fired_too_seldom)
{
    world_rule(&w, "recv:short=1", 9, 2, 7)->fired = (struct range){3, 3};
    w.result.rules[0].refused_why = strdup("the socket is not SOCK_STREAM");
    cr_expect_str_eq(world_judge(&w),
                     "-: rule 1: expected recv:short=1 fires: exactly 3, got 2 of 9 that matched; "
                     "refused 7 times: the socket is not SOCK_STREAM\n");
    cr_expect_eq(w.result.failures[0].line, 8);
    cr_expect_eq(w.result.failures[0].column, 5);
}

Test(judge_rules, must_not_fire)
{
    world_rule(&w, "recv:short=1", 0, 0, 0)->fired = (struct range){0, 0};
    cr_expect_str_eq(world_judge(&w), "");
}

Test(judge_rules, no_such_call_but_its_relatives)
{
    world_rule(&w, "client/recv:short=1", 0, 0, 0);
    calls(0, CALL_read, 3, 4, 100, NULL);
    calls(0, CALL_connect, 1, 4, -1, NULL);
    calls(1, CALL_recv, 5, 4, 100, NULL);
    why("never: client made no such call, but read 3");
}

Test(judge_rules, no_such_call_nor_relatives)
{
    world_rule(&w, "client/recv:short=1", 0, 0, 0);
    calls(0, CALL_connect, 2, 4, -1, NULL);
    why("never: client made no such call; it made connect 2");
}

Test(judge_rules, no_call_at_all)
{
    world_rule(&w, "recv:short=1", 0, 0, 0);
    why("never: the scenario made no such call, and no other call the shim knows");
}

Test(judge_rules, process_not_started)
{
    world_rule(&w, "client/recv:short=1", 0, 0, 0);
    w.result.processes[0].started = w.result.processes[0].hello = false;
    w.seen[1].not_ready = (char *)"ended";
    world_judge(&w);
    cr_assert_eq(w.result.failure_count, 2);
    cr_expect_str_eq(w.result.failures[1].got, "never: client was not started");
}

Test(judge_rules, never_on_that_descriptor)
{
    world_rule(&w, "client/recv:short=1:fd=9", 0, 0, 0);
    calls(0, CALL_recv, 2, 4, 100, NULL);
    calls(0, CALL_recv, 1, 5, 100, NULL);
    why("never: of 3 such calls none was on descriptor 9 (they were on 4, 5)");
}

Test(judge_rules, never_with_that_peer)
{
    world_rule(&w, "client/recv:short=1:peer=127.0.0.1:80", 0, 0, 0);
    calls(0, CALL_recv, 1, 4, 100, "127.0.0.1:4711");
    why("never: of 1 such call none had peer 127.0.0.1:80 (there were 127.0.0.1:4711)");
}

Test(judge_rules, never_after_so_many_bytes)
{
    world_rule(&w, "client/recv:short=1:after=1000B", 0, 0, 0);
    calls(0, CALL_recv, 2, 4, 100, NULL);
    why("never: of 2 such calls none matched after=1000B: bytes that had gone that way on its connection");
}

Test(judge_rules, other_processes_do_not_count)
{
    world_rule(&w, "client/recv:short=1:fd=4", 0, 0, 0);
    calls(0, CALL_recv, 1, 5, 100, NULL);
    calls(1, CALL_recv, 7, 4, 100, NULL);
    why("never: of 1 such call none was on descriptor 4 (they were on 5)");
}

Test(judge_rules, instances_with_one_role_count_once)
{
    world_rule(&w, "client/recv:short=1:fd=9", 0, 0, 0);
    size_t second = world_add(&w, 0, "client", -1);
    calls(0, CALL_recv, 2, 4, 100, NULL);
    w.seen[second].counts = w.seen[0].counts;
    why("never: of 2 such calls none was on descriptor 9 (they were on 4)");
}

Test(judge_rules, its_turn_never_came)
{
    world_rule(&w, "client/recv:short=1:when=5", 3, 0, 0);
    why("never: 3 calls matched, and `when` begins with number 5");
}

Test(judge_rules, nothing_to_shorten)
{
    world_rule(&w, "client/recv:short=4", 3, 0, 0);
    calls(0, CALL_recv, 3, 4, 4, NULL);
    why("never: 3 calls matched, but none asked for more than 4 bytes");
}

Test(judge_rules, scope_counts_apart)
{
    world_rule(&w, "client/recv:short=1:when=2:scope=connection", 3, 0, 0);
    calls(0, CALL_recv, 3, 4, 100, NULL);
    why("never: 3 calls matched, but not 2 in one connection, which is what `when` counts");
}

Test(judge_rules, chance)
{
    world_rule(&w, "client/recv:short=1:chance=0.5%", 3, 0, 0);
    calls(0, CALL_recv, 3, 4, 100, NULL);
    why("never: 3 calls matched, and chance=0.5% chose none of them (another seed may)");
}

Test(judge_rules, a_rate_that_was_never_exceeded)
{
    world_rule(&w, "client/recv:rate=1MiB/s", 3, 0, 0);
    calls(0, CALL_recv, 3, 4, 100, NULL);
    why("never: 3 calls matched, but none came before its time: it was never that fast");
}

Test(judge_rules, taken_by_another_rule)
{
    world_rule(&w, "client/recv:short=1", 1, 1, 0);
    world_rule(&w, "client/recv:error=EAGAIN", 1, 0, 0);
    world_call(&w, 0, CALL_recv, 4, 100, NULL, 0);
    why("never: 1 call matched, but a rule before this one took them");
}

Test(judge_rules, refused)
{
    world_rule(&w, "client/recv:short=1", 4, 0, 4);
    w.result.rules[0].refused_why = strdup("MSG_WAITALL is given");
    why("never: refused 4 times: MSG_WAITALL is given");
}

Test(judge_rules, refused_once)
{
    world_rule(&w, "client/recv:short=1", 4, 0, 1);
    why("never: refused once: not legal there");
}

Test(judge_rules, a_board_gone_mad_is_not_trusted)
{
    world_rule(&w, "client/recv:short=1:fd=9", 0, 0, 0);
    w.faults[0].dynamic = true;
    calls(0, CALL_recv, 1, 4, 100, NULL);
    w.board->rule_count = 0;
    w.board->trace[0].call = 60000;
    w.board->trace[0].role = 60000;
    w.board->trace_head = UINT64_MAX;
    why("never: of 1 such call none was on descriptor 9");
}

Test(judge_rules, rules_with_variables_are_read_from_the_board)
{
    world_rule(&w, "client/recv:short=1:peer=127.0.0.1:1", 0, 0, 0);
    w.faults[0].dynamic = true;
    struct rule rule = w.faults[0].rule;
    rule.peer.port = 4711;
    board_init(w.board, &rule, 1, 1, 0, 1);
    calls(0, CALL_recv, 1, 4, 100, "127.0.0.1:99");
    why("never: of 1 such call none had peer 127.0.0.1:4711 (there were 127.0.0.1:99)");
}

Test(judge_rules, selectors_that_a_trace_does_not_tell_of)
{
    static const struct {
        const char *rule, *why;
    } cases[] = {
        {"client/recv:short=1:conn=2..3", " conn=2..3 (connections there were: 1)"},
        {"client/recv:short=1:conn=2..", " conn=2.. (connections there were: 1)"},
        {"client/recv:short=1:conn=2", " conn=2 (connections there were: 1)"},
        {"client/recv:short=1:until=10B", " until=10B"},
        {"client/recv:short=1:after=2s", " its window of time, which begins after 2.00 s"},
        {"client/recv:short=1:until=2s", " its window of time, which ends after 2.00 s"},
        {"client/recv:short=1:local=:80:match=abc", " match (no data completed it), local=:80"},
        {"client/recv:short=1:site=main+0x1:regex=a.c",
         " site=main+0x1 (a trace shows which function makes a call), regex (no data completed it)"},
        {"client/recv:short=1", ": none was on a socket"},
        {"client/recv:drop", ": nothing came that it is about"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char expected[200];
        end();
        two();
        world_rule(&w, cases[i].rule, 0, 0, 0);
        calls(0, CALL_recv, 1, 4, 100, NULL);
        atomic_store(&w.board->roles[w.seen[0].role].connections, 1);
        snprintf(expected, sizeof expected, "never: of 1 such call none matched%s", cases[i].why);
        why(expected);
    }
}

Test(judge_rules, a_fault_that_was_never_begun)
{
    world_rule(&w, "client/recv:short=1:fd=9", 0, 0, 0);
    world_rule(&w, "client/recv:short=1", 0, 0, 0)->started_by = 1;
    calls(0, CALL_recv, 1, 4, 100, NULL);
    world_judge(&w);
    cr_assert_eq(w.result.failure_count, 2);
    cr_expect_str_eq(w.result.failures[1].got, "never: it begins once fault 1 has fired, and that did not");
}
