/* Fault expressions: what they mean. What is wrong with wrong ones stands in tests/syntax, message by
 * message. */
#include "shim/model/decide.h"
#include "shim/model/expr.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

static struct rule parse(const char *text)
{
    struct rule rules[2];
    struct expr_error error = {0};
    int count = expr_parse(text, rules, 2, &error);
    cr_assert_eq(count, 1, "%s: column %u: %s", text, error.column, error.message);
    return rules[0];
}

/* The column of the error. */
static unsigned int wrong(const char *text)
{
    struct rule rules[2];
    struct expr_error error = {0};
    cr_assert_eq(expr_parse(text, rules, 2, &error), -1, "%s was read", text);
    cr_assert(strncmp(error.message, "got ", 4) == 0 && strstr(error.message, ", expected ") != NULL, "%s",
              error.message);
    return error.column;
}

Test(expr, a_rule_without_selectors_means_every_call)
{
    struct rule rule = parse("recv:short=1");
    cr_expect_str_eq(rule.process, "");
    cr_expect(call_set_has(&rule.calls, CALL_recv));
    cr_expect_not(call_set_has(&rule.calls, CALL_read));
    cr_expect_eq(rule.fault, FAULT_SHORT);
    cr_expect_eq(rule.amount_kind, AMOUNT_BYTES);
    cr_expect_eq(rule.amount, 1);
    cr_expect_eq(rule.when_first, 1);
    cr_expect_eq(rule.when_last, UINT64_MAX);
    cr_expect_eq(rule.when_step, 1);
    cr_expect_eq(rule.chance_ppm, 1000000);
    cr_expect_eq(rule.times, 0);
    cr_expect_eq(rule.after_bytes, 0);
    cr_expect_eq(rule.fd, -1);
    cr_expect_not(rule.has_peer);
    cr_expect_eq(rule.scope, SCOPE_PROCESS);
    cr_expect_not(rule.force);
}

Test(expr, amounts_are_bytes_shares_or_all_but)
{
    struct rule rule = parse("read:short=50%");
    cr_expect_eq(rule.amount_kind, AMOUNT_PERCENT);
    cr_expect_eq(rule.amount, 50);
    rule = parse("read:short=-3");
    cr_expect_eq(rule.amount_kind, AMOUNT_ALL_BUT);
    cr_expect_eq(rule.amount, 3);
    rule = parse("read:short=4KiB");
    cr_expect_eq(rule.amount_kind, AMOUNT_BYTES);
    cr_expect_eq(rule.amount, 4096);
}

Test(expr, faults_have_what_they_need)
{
    cr_expect_eq(parse("connect:error=ECONNREFUSED").err, ECONNREFUSED);
    cr_expect_eq(parse("recv:error=EWOULDBLOCK").err, EAGAIN, "an alias is the same errno");
    cr_expect_eq(parse("recv:reset").err, ECONNRESET);
    cr_expect_not(parse("recv:eof=half").eof_full);
    cr_expect(parse("recv:eof=full").eof_full);
    struct rule rule = parse("close:delay=50ms..2s");
    cr_expect_eq(rule.delay_min_ns, 50000000);
    cr_expect_eq(rule.delay_max_ns, 2000000000);
    rule = parse("close:delay=1us");
    cr_expect_eq(rule.delay_min_ns, rule.delay_max_ns, "one duration is both ends");
}

static void when(const char *text, uint64_t first, uint64_t last, uint64_t step)
{
    char all[60];
    snprintf(all, sizeof all, "recv:reset:when=%s", text);
    struct rule rule = parse(all);
    cr_expect(rule.when_first == first && rule.when_last == last && rule.when_step == step, "%s", text);
}

Test(expr, when_counts_as_strace_does)
{
    when("3", 3, 3, 1);
    when("1..3", 1, 3, 1);
    when("2..", 2, UINT64_MAX, 1);
    when("1..+2", 1, UINT64_MAX, 2);
}

Test(expr, selectors_are_read)
{
    struct rule rule =
        parse("server/recv:error=EAGAIN:when=1..9+4:chance=0.5%:times=2:after=10B:fd=7:scope=all:force");
    cr_expect_str_eq(rule.process, "server");
    cr_expect_eq(rule.when_last, 9);
    cr_expect_eq(rule.when_step, 4);
    cr_expect_eq(rule.chance_ppm, 5000);
    cr_expect_eq(rule.times, 2);
    cr_expect_eq(rule.after_bytes, 10);
    cr_expect_eq(rule.fd, 7);
    cr_expect_eq(rule.scope, SCOPE_ALL);
    cr_expect(rule.force);
}

Test(expr, a_peer_may_be_written_in_every_way)
{
    struct rule rule = parse("recv:reset:peer=127.0.0.1:80:when=1");
    cr_expect_eq(rule.peer.family, AF_INET);
    cr_expect_eq(rule.peer.port, 80);
    cr_expect_eq(rule.when_last, 1);
    cr_expect_eq(parse("recv:reset:peer=10.0.0.1").peer.port, 0);
    cr_expect_eq(parse("recv:reset:peer='127.0.0.1:80'").peer.port, 80);
    rule = parse("recv:reset:peer=[::1]:81:scope=thread");
    cr_expect_eq(rule.peer.family, AF_INET6);
    cr_expect_eq(rule.peer.port, 81);
    cr_expect_eq(rule.scope, SCOPE_THREAD);
    cr_expect_eq(parse("recv:reset:peer='unix:/tmp/a;b:c'").peer.family, AF_UNIX);
}

Test(expr, several_rules_stand_one_after_the_other)
{
    struct rule rules[4];
    struct expr_error error = {0};
    cr_assert_eq(expr_parse(" recv:short=1 ; send:reset;a/close:delay=1s;", rules, 4, &error), 3);
    cr_expect_str_eq(rules[0].text, "recv:short=1");
    cr_expect_str_eq(rules[1].text, "send:reset");
    cr_expect_str_eq(rules[2].text, "a/close:delay=1s");
    cr_expect_eq(rules[1].text_hash, hash_bytes("send:reset", 10));
    cr_expect_neq(rules[0].text_hash, rules[1].text_hash);
    cr_expect_eq(expr_parse("recv:short=1;send:reset", rules, 1, &error), -1);
    cr_expect_eq(error.column, 14, "where the one too many begins");
}

Test(expr, columns_count_from_the_beginning_of_the_whole)
{
    cr_expect_eq(wrong("recv:short=1; send:eror=EPIPE"), 20);
    cr_expect_eq(wrong("recv:short=1; send:error=EPIP"), 26);
    cr_expect_eq(wrong("recv:short=1; sned:reset"), 15);
    cr_expect_eq(wrong("a/recv,b:reset"), 8);
    cr_expect_eq(wrong("recv:peer='x':reset"), 12, "behind the quote");
    cr_expect_eq(wrong("recv:short=1:eof=half"), 14, "the key of the second fault");
}

Test(expr, a_family_loses_the_calls_where_the_fault_is_impossible)
{
    struct rule rule = parse("send:error=EMSGSIZE");
    cr_expect(call_set_has(&rule.calls, CALL_sendto));
    cr_expect_not(call_set_has(&rule.calls, CALL_sendfile), "sendfile(2) makes the pieces itself");
    wrong("sendfile:error=EMSGSIZE");
    wrong("sendto,sendfile:error=EMSGSIZE");
    wrong("wait:reset");
    rule = parse("sendfile:error=EMSGSIZE:force");
    cr_expect(rule.force && call_set_has(&rule.calls, CALL_sendfile));
}

Test(expr, a_text_too_long_to_keep_is_cut_and_still_its_own)
{
    char path[161], text[2][400];
    struct rule rules[2];
    memset(path, 'x', sizeof path - 1);
    path[sizeof path - 1] = '\0';
    for (int i = 0; i < 2; i++) {
        snprintf(text[i], sizeof text[i], "a/recv:short=1:after=1:peer='unix:/%s':chance=10%%:times=%d", path,
                 i + 1);
        rules[i] = parse(text[i]);
        cr_expect_eq(strlen(rules[i].text), RULE_TEXT_MAX - 1);
        cr_expect_eq(rules[i].text_hash, hash_bytes(text[i], strlen(text[i])));
    }
    cr_expect_neq(rules[0].text_hash, rules[1].text_hash, "draws must not be shared");
}

Test(expr, a_rule_can_be_made_step_by_step)
{
    struct rule rule;
    struct expr_error error = {0};
    rule_init(&rule);
    cr_expect_not(rule_finish(&rule, &error), "no calls yet");
    cr_assert(rule_set_calls(&rule, "receive", &error));
    cr_expect_not(rule_finish(&rule, &error), "no fault yet");
    cr_assert(rule_set(&rule, "short", "1", &error));
    cr_assert(rule_set(&rule, "force", NULL, &error));
    cr_expect(rule_finish(&rule, &error));
    cr_expect_not(rule_set(&rule, "eof", "half", &error), "a second fault");
    cr_expect_not(rule_set(&rule, "eoff", "half", &error));
    cr_expect_not(rule_set_calls(&rule, "recv,", &error));
    cr_expect_eq(error.column, 6);
}

Test(expr, every_key_is_in_the_table_once)
{
    size_t count = 0, faults = 0;
    for (; expr_key_at(count) != NULL; count++) {
        const struct expr_key *key = expr_key_at(count);
        faults += key->class == EXPR_FAULT;
        for (size_t i = 0; i < count; i++)
            cr_expect_str_neq(expr_key_at(i)->name, key->name);
        cr_expect(key->help[0] != '\0');
    }
    cr_expect_eq(faults, FAULT_COUNT - 1);
    cr_expect_gt(count, faults);
}
