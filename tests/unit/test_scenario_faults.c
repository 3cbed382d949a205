/* Faults of a scenario: the rules they make, and those that are made anew for every run. */
#include "tests/unit/scenario_text.h"

#include "shim/model/decide.h"
#include "shim/model/expr.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char head[] =
    "scenario: c\nprocesses: {client: {run: [x]}, server: {run: [y]}}\nexpect: {}\nfaults:\n";

static struct scenario_set faults(const char *text)
{
    char all[2000];
    snprintf(all, sizeof all, "%s%s", head, text);
    return scenario_good(all);
}

Test(faults, a_map_is_a_rule)
{
    struct scenario_set set =
        faults("  - {in: client, call: [recv, send], delay: 1ms..2ms, when: 1..3+2, chance: 10%, "
               "times: 3, after: 1KiB, fd: 4, peer: \"[::1]:80\", scope: connection}\n");
    const struct scenario_fault *fault = &scenario_only(&set)->faults[0];
    const struct rule *rule = &fault->rule;
    cr_expect_str_eq(rule->process, "client");
    cr_expect(call_set_has(&rule->calls, CALL_recv) && call_set_has(&rule->calls, CALL_send));
    cr_expect_not(call_set_has(&rule->calls, CALL_read));
    cr_expect_eq(rule->fault, FAULT_DELAY);
    cr_expect_eq(rule->delay_min_ns, 1000000);
    cr_expect_eq(rule->delay_max_ns, 2000000);
    cr_expect_eq(rule->when_first, 1);
    cr_expect_eq(rule->when_last, 3);
    cr_expect_eq(rule->when_step, 2);
    cr_expect_eq(rule->chance_ppm, 100000);
    cr_expect_eq(rule->times, 3);
    cr_expect_eq(rule->after_bytes, 1024);
    cr_expect_eq(rule->fd, 4);
    cr_expect(rule->has_peer);
    cr_expect_eq(rule->peer.port, 80);
    cr_expect_eq(rule->scope, SCOPE_CONNECTION);
    cr_expect_not(fault->optional);
    cr_expect_eq(fault->fired.min, 1);
    cr_expect_eq(fault->fired.max, UINT64_MAX);
    cr_expect_eq(fault->place.line, 5);
    cr_expect_eq(fault->place.column, 5);
    cr_expect_eq(rule->line, 5);
    scenario_set_free(&set);
}

Test(faults, flags_without_a_value_are_true_or_false)
{
    struct scenario_set set =
        faults("  - {call: recv, reset: true, force: true, optional: true, fired: 0..2}\n"
               "  - {call: recv, short: 1, reset: false, force: false}\n");
    const struct scenario_fault *f = scenario_only(&set)->faults;
    cr_expect_eq(f[0].rule.fault, FAULT_RESET);
    cr_expect(f[0].rule.force);
    cr_expect(f[0].optional);
    cr_expect_eq(f[0].fired.min, 0);
    cr_expect_eq(f[0].fired.max, 2);
    cr_expect_str_eq(f[0].rule.process, "", "not said: every process");
    cr_expect_eq(f[1].rule.fault, FAULT_SHORT, "false is as if it was not there");
    cr_expect_not(f[1].rule.force);
    scenario_set_free(&set);
}

/* Draws are keyed by the text: the same rule must be the same however it is written. */
Test(faults, a_map_and_its_expression_are_the_same_rule)
{
    struct scenario_set set =
        faults("  - {in: client, call: receive, short: 50%, when: 2}\n"
               "  - client/receive:short=50%:when=2\n"
               "  - {call: [send, recv], error: EPIPE, peer: \"127.0.0.1:${port}\", force: true}\n");
    const struct scenario_fault *f = scenario_only(&set)->faults;
    cr_expect_str_eq(f[0].rule.text, "client/receive:short=50%:when=2");
    cr_expect_eq(f[0].rule.text_hash, f[1].rule.text_hash);
    cr_expect_eq(f[0].rule.text_hash, hash_bytes(f[0].rule.text, strlen(f[0].rule.text)));
    cr_expect_str_eq(f[2].rule.text, "send,recv:error=EPIPE:peer='127.0.0.1:${port}':force");
    scenario_set_free(&set);
}

Test(faults, run_time_variables_are_filled_in_for_each_run)
{
    struct scenario_set set = faults("  - {in: server, call: accept, error: EMFILE}\n"
                                     "  - {call: recv, short: 1, peer: \"127.0.0.1:${port2}\"}\n"
                                     "  - \"send:delay=1ms:peer='127.0.0.1:${port}'\"\n");
    const struct experiment *e = scenario_only(&set);
    const struct runtime runtime = {.ports = {0, 8001, 8002}, .dir = "/d", .root = "/r"};
    const struct runtime later = {.ports = {0, 9001, 9002}, .dir = "/d", .root = "/r"};
    struct rule rules[RULES_MAX], again[RULES_MAX];
    struct diag diag = {0};
    cr_expect_not(e->faults[0].dynamic);
    cr_expect(e->faults[1].dynamic && e->faults[2].dynamic);
    cr_assert_eq(scenario_rules(e, &runtime, rules, &diag), 3, "%s", diag.text);
    cr_assert_eq(scenario_rules(e, &later, again, &diag), 3);
    cr_expect_eq(rules[0].err, EMFILE);
    cr_expect_eq(rules[1].peer.port, 8002);
    cr_expect_eq(rules[2].peer.port, 8001);
    cr_expect_eq(again[1].peer.port, 9002);
    cr_expect_eq(rules[1].text_hash, again[1].text_hash, "draws do not depend on which port was free");
    cr_expect_eq(rules[2].text_hash, again[2].text_hash);
    cr_expect_eq(rules[2].line, 7);
    scenario_set_free(&set);
}

Test(faults, errors_point_into_the_value)
{
    char text[400];
    snprintf(text, sizeof text, "%s  - \"client/recv:short=1:scope=al\"\n", head);
    cr_expect_str_eq(scenario_wrong(text),
                     "5:32: error: got 'al', expected process, thread, connection, site or all");
    snprintf(text, sizeof text, "%s  - {call: \"recv,sned\", short: 1}\n", head);
    cr_expect_str_eq(scenario_wrong(text),
                     "5:18: error: got 'sned', expected a call or a family (sockfault list calls)");
    snprintf(text, sizeof text, "%s  - {call: recv, delay: 1ms..x}\n", head);
    cr_expect_str_eq(scenario_wrong(text), "5:30: error: got 'x', expected a duration such as 200ms");
}

Test(faults, then_starts_what_comes_behind_it)
{
    struct scenario_set set =
        faults("  - {call: recv, short: 1, times: 2, then: {in: client, call: send, short: 2,\n"
               "      then: ['server/recv:reset', {call: recv, drop: true}]}}\n"
               "  - 'recv:delay=1ms'\n");
    const struct experiment *experiment = scenario_only(&set);
    static const uint32_t started_by[] = {0, 1, 2, 2, 0};
    cr_assert_eq(experiment->fault_count, 5);
    for (size_t i = 0; i < 5; i++) {
        cr_expect_eq(experiment->faults[i].started_by, started_by[i], "fault %zu", i + 1);
        cr_expect_eq(experiment->faults[i].rule.sleeps_on, started_by[i], "rule %zu", i + 1);
    }
    cr_expect_str_eq(experiment->faults[3].rule.text, "recv:drop");
    cr_expect_eq(experiment->faults[4].place.line, 7);
    scenario_set_free(&set);
}

Test(faults, then_that_starts_nothing_is_wrong)
{
    char all[2000];
    snprintf(all, sizeof all, "%s  - {call: recv, short: 1, then: []}\n", head);
    cr_expect(strstr(scenario_wrong(all), "got an empty list, expected at least one fault to start") != NULL);
}
