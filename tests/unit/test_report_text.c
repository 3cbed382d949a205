#include "harness/report/detail.h"
#include "tests/unit/made.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static void plain(void)
{
    unsetenv("NO_COLOR");
    setenv("TERM", "xterm", 1);
}

TestSuite(report_text, .init = plain);

static void contains(const char *text, const char *part)
{
    cr_expect_not_null(strstr(text, part), "no %s in:\n%s", part, text);
}

static void lacks(const char *text, const char *part)
{
    cr_expect_null(strstr(text, part), "%s in:\n%s", part, text);
}

Test(report_text, failure_in_full)
{
    struct result result = made_failure("the claim [model=fork]");
    char *text = detail_text(&result);
    cr_expect_str_eq(text,
                     "FAIL  the claim [model=fork]\n"
                     "      scenarios/short.yaml:1\n"
                     "\n"
                     "  client: exit  scenarios/short.yaml:12:3\n"
                     "      expected  status 0\n"
                     "      got       killed by SIGSEGV\n"
                     "\n"
                     "  client: stdout  scenarios/short.yaml:12:22\n"
                     "      expected  \"hello\\n\"\n"
                     "      got       line 1: \"hel\"\n"
                     "                of 3 bytes\n"
                     "\n"
                     "  fault 1: client/receive:short=1  scenarios/short.yaml:9:5\n"
                     "      fired     2 of 6 calls that matched\n"
                     "      at        client.c:88: recv(4, 4096) = 1, client, connection 1\n"
                     "\n"
                     "  fault 2: server/send:reset  scenarios/short.yaml:10:5\n"
                     "      fired     0 of 4 calls that matched\n"
                     "      refused   4: the socket is not TCP\n"
                     "      at        server.c:77: send(4, 3) = 3, server, connection 1\n"
                     "\n"
                     "  processes\n"
                     "      server  status 0 after 11.0 ms, told to stop: waits in accept() (9.98 s so far)\n"
                     "      client  killed by SIGSEGV after 3.20 ms\n"
                     "\n"
                     "  trace  4 of 57 calls, 2 lost\n"
                     "         0.001204  server  listen(3, 128) = 0                            server.c:40\n"
                     "    >    0.002310  client  recv(4, 4096) = 1                             "
                     "[short=1 (rule 1)]  client.c:88\n"
                     "         0.002350  server  send(4, 3) = 3                                "
                     "[refused: the socket is not TCP (rule 2)]  server.c:77\n"
                     "      ... 6 calls ...\n"
                     "         0.002400  server  close(4) = 0\n"
                     "\n"
                     "  stderr of client\n"
                     "      | client: short reply\n"
                     "      | client: giving up\n"
                     "\n"
                     "  note  no user namespace: ports under the ephemeral range\n"
                     "  seed  1\n"
                     "  again sockfault run --seed 1 --only 'the claim' scenarios/short.yaml\n");
    free(text);
    result_free(&result);
}

Test(report_text, a_rule_that_matched_nothing_and_a_whole_trace)
{
    struct result result = made_failure("n");
    result.rules[1].matched = result.rules[1].refused = 0;
    result.trace_total = 4;
    result.trace_lost = 0;
    char *text = detail_text(&result);
    contains(text, "10:5\n      fired     never: no call matched\n");
    contains(text, "\n  trace\n         0.001204");
    free(text);
    result_free(&result);
}

Test(report_text, nothing_known_but_the_verdict)
{
    struct result result = made_result(NULL, NULL, VERDICT_ERROR, "no space left on device");
    char *text = detail_text(&result);
    cr_expect_str_eq(text, "ERROR  \n      \n      no space left on device\n\n  seed  1\n");
    free(text);
    result_free(&result);
}

Test(report_text, faults_are_not_told_where_nothing_was_started)
{
    struct result result = made_failure("n");
    char *text = detail_text(&result);
    contains(text, "\n  fault 1: ");
    free(text);
    for (size_t i = 0; i < result.process_count; i++)
        result.processes[i].started = false;
    text = detail_text(&result);
    lacks(text, "\n  fault 1: ");
    contains(text, "not started");
    free(text);
    result_free(&result);
}

Test(report_text, stdout_is_shown_unless_a_failure_did)
{
    struct result result = made_result("x.yaml", "n", VERDICT_PASS, NULL);
    result.processes = calloc(1, sizeof *result.processes);
    result.process_count = 1;
    result.processes[0] =
        (struct process_result){.name = strdup("client"), .out = strdup("so far\n"), .out_len = 7};
    result_fail(&result, "client", "exit", "a", "b", NULL, 0, 0);
    char *text = detail_text(&result);
    contains(text, "  stdout of client\n      | so far\n");
    free(text);
    result_fail(&result, "client", "stdout", "a", "b", NULL, 0, 0);
    text = detail_text(&result);
    lacks(text, "so far");
    free(text);
    result_free(&result);
}

Test(report_text, long_stderr_shows_both_ends)
{
    struct result result = made_result("x.yaml", "n", VERDICT_FAIL, NULL);
    char *err = malloc(10000);
    size_t used = 0;
    for (int i = 1; i <= 100; i++)
        used += (size_t)sprintf(err + used, "line %d\n", i);
    memset(err + used, 'x', 1000);
    used += 1000;
    result.processes = calloc(1, sizeof *result.processes);
    result.process_count = 1;
    result.processes[0] =
        (struct process_result){.name = strdup("server"), .err = err, .err_len = used, .err_cut = true};
    char *text = detail_text(&result);
    contains(text, "  stderr of server (the first of it; there was more)\n      | line 1\n");
    contains(text, "      | line 20\n      ... 61 lines ...\n      | line 82\n");
    contains(text, "      | line 100\n      | xxx");
    contains(text, "xxx... (1000 bytes)\n");
    free(text);
    result_free(&result);
}

Test(report_text, threads_and_forks_are_told_apart)
{
    struct result result = made_failure("n");
    result.trace[3].tid = 105;
    char *text = detail_text(&result);
    contains(text, "0.001204  server:101  listen");
    contains(text, "0.002310  client      recv");
    contains(text, "0.002400  server:105  close");
    free(text);
    result_free(&result);
}

Test(report_text, forced_and_optional_are_marked)
{
    struct result result = made_failure("n");
    result.rules[0].forced = 2;
    result.rules[1].optional = true;
    char *text = detail_text(&result);
    contains(text,
             "fired     2 of 6 calls that matched, 2 by force: the kernel could not have done it there\n");
    contains(text, "fired     0 of 4 calls that matched (optional)\n");
    free(text);
    result_free(&result);
}

/* Nothing that came from outside may do something to a terminal, or make a line of its own. */
Test(report_text, nasty_strings_everywhere)
{
    struct result result = made_failure(made_nasty);
    char **strings[] = {
        &result.processes[0].name,
        &result.processes[0].waiting,
        &result.rules[0].text,
        &result.rules[0].place,
        &result.rules[1].refused_why,
        &result.trace[0].process,
        &result.trace[0].text,
        &result.trace[1].injected,
        &result.trace[1].site,
        &result.failures[0].what,
        &result.repeat,
        &result.failures[0].file,
    };
    for (size_t i = 0; i < sizeof strings / sizeof *strings; i++) {
        free(*strings[i]);
        *strings[i] = strdup("\x1b]0;owned\x07\xff\xe2\x80\xae");
    }
    char *text = detail_text(&result);
    for (const char *byte = text; *byte != '\0'; byte++)
        cr_assert(*byte == '\n' || (unsigned char)*byte >= 0x20, "byte %d", *byte);
    lacks(text, "\xff");
    lacks(text, "\xe2\x80\xae");
    contains(text, "FAIL  a\"b'c\\d <&>]]> #e\\n--- \\t\\x01\\x1b[31m\\x7f \\xff\\xc3( \\u{202e} \\u{fffe} "
                   "caf\xc3\xa9\n");
    free(text);
    result_free(&result);
}

/* ---- a whole run ---- */

static struct results four(void)
{
    struct results results = {.seed = 7, .elapsed_ns = 1500000000};
    struct result each[] = {
        made_result("b.yaml", "one", VERDICT_PASS, NULL),
        made_result("a.yaml", "two", VERDICT_PASS, NULL),
        made_result("b.yaml", "three", VERDICT_SKIP, "nginx: program not found"),
        made_result("c.yaml", "four", VERDICT_SKIP, "nginx: program not found"),
    };
    for (size_t i = 0; i < 4; i++)
        results_add(&results, &each[i]);
    return results;
}

static const char *const four_files[] = {"b.yaml", "b.yaml", "a.yaml", "c.yaml"};

Test(report_text, a_line_a_file_as_soon_as_it_is_done)
{
    struct results results = four();
    char *text = made_report("text", (struct report_stream){.total = 4, .files = four_files}, &results);
    cr_expect_str_eq(text, "ok    a.yaml (1 experiment, 12.5 ms)\n"
                           "ok    b.yaml (2 experiments, 1 skipped, 25.0 ms)\n"
                           "skip  c.yaml (1 experiment, 12.5 ms)\n"
                           "skip  2 experiments: nginx: program not found\n"
                           "\n"
                           "4 experiments in 1.50 s, seed 7\n"
                           "2 passed, 0 failed, 2 skipped\n");
    free(text);
    results_free(&results);
}

Test(report_text, a_line_a_file_at_the_end_when_nobody_said_which_there_are)
{
    struct results results = four();
    struct result failure = made_failure("five");
    results_add(&results, &failure);
    char *text = made_report("text", (struct report_stream){.total = 5}, &results);
    contains(text,
             "\nok    a.yaml (1 experiment, 12.5 ms)\nok    b.yaml (2 experiments, 1 skipped, 25.0 ms)\n"
             "skip  c.yaml (1 experiment, 12.5 ms)\nFAIL  scenarios/short.yaml (1 experiment, 12.5 ms)\n");
    cr_expect_eq(strncmp(text, "FAIL  five\n", 11), 0, "a failure is told as it comes");
    contains(text, "\n2 passed, 1 failed, 2 skipped\n");
    free(text);
    results_free(&results);
}

Test(report_text, files_that_were_not_finished_are_said_to_be_so)
{
    struct results results = four();
    static const char *const files[] = {"a.yaml", "b.yaml", "b.yaml", "b.yaml", "c.yaml", "d.yaml"};
    char *text = made_report("text", (struct report_stream){.total = 6, .files = files}, &results);
    contains(text, "ok    b.yaml (2 experiments, 1 skipped of 3, 25.0 ms)\n");
    lacks(text, "d.yaml");
    free(text);
    results_free(&results);
}

Test(report_text, several_failures_are_listed_again)
{
    struct results results = {0};
    struct result one = made_failure("first\n"),
                  two = made_result("z.yaml", "second", VERDICT_VOID, "no shim");
    results_add(&results, &one);
    results_add(&results, &two);
    char *text = made_report("text", (struct report_stream){.total = 2, .quiet = true}, &results);
    contains(text, "\nfailed:\n"
                   "  scenarios/short.yaml:1: first\\n\n"
                   "      client: exit: expected status 0, got killed by SIGSEGV (and 1 more)\n"
                   "  z.yaml: second\n"
                   "      no shim\n"
                   "0 passed, 2 failed\n");
    free(text);
    results_free(&results);
}

Test(report_text, quiet_is_failures_and_totals)
{
    struct results results = four();
    char *text =
        made_report("text", (struct report_stream){.total = 4, .quiet = true, .files = four_files}, &results);
    cr_expect_str_eq(text, "2 passed, 0 failed, 2 skipped\n");
    free(text);
    results_free(&results);
}

Test(report_text, what_was_kept_of_one_that_passed_is_told_unless_quiet)
{
    struct results results = {0};
    struct result result = made_result("a.yaml", "a claim", VERDICT_PASS, NULL);
    free(result.notes);
    result.notes = strdup("no PID namespace (x)\nkept: /tmp/kept");
    results_add(&results, &result);
    char *text = made_report("text", (struct report_stream){.total = 1}, &results);
    contains(text, "a claim\n      kept: /tmp/kept\n");
    lacks(text, "namespace");
    free(text);
    text = made_report("text", (struct report_stream){.total = 1, .quiet = true}, &results);
    lacks(text, "kept");
    free(text);
    results_free(&results);
}

Test(report_text, terminal_has_a_status_line_that_is_wiped)
{
    struct results results = four();
    char *text = made_report(
        "text", (struct report_stream){.total = 4, .terminal = true, .files = four_files}, &results);
    contains(text, "[1/4] 1 passed, 0 failed  one\r\033[K[2/4] 2 passed, 0 failed  two\r\033[K");
    contains(text, "[4/4] 2 passed, 0 failed\r\033[K\033[33mskip\033[0m  2 experiments");
    lacks(text, "b.yaml");
    free(text);
    results_free(&results);
}

Test(report_text, status_line_fits_in_the_line)
{
    struct results results = {0};
    char name[401] = "";
    for (int i = 0; i < 200; i++)
        strcat(name, "\xc3\xa9");
    struct result result = made_result("a.yaml", name, VERDICT_PASS, NULL),
                  last = made_result("a", "b", VERDICT_PASS, NULL);
    results_add(&results, &result);
    results_add(&results, &last);
    char *text = made_report("text", (struct report_stream){.total = 2, .terminal = true}, &results);
    size_t columns = 0;
    for (const char *byte = text; *byte != '\r'; byte++)
        columns += ((unsigned char)*byte & 0xc0) != 0x80;
    cr_expect_eq(columns, 79);
    free(text);
    results_free(&results);
}

static char *failure_on_terminal(void)
{
    struct results results = {0};
    struct result result = made_failure("n");
    results_add(&results, &result);
    char *text = made_report("text", (struct report_stream){.total = 1, .terminal = true}, &results);
    results_free(&results);
    return text;
}

Test(report_text, colour_on_a_terminal)
{
    char *text = failure_on_terminal();
    contains(text, "\033[1;31mFAIL\033[0m  \033[1mn\033[0m\n");
    contains(text, "\n1 experiment in ");
    free(text);
}

Test(report_text, no_colour_where_it_is_not_wanted)
{
    setenv("NO_COLOR", "1", 1);
    char *text = failure_on_terminal();
    lacks(text, "\033[1");
    contains(text, "\r\033[K");
    free(text);
}

Test(report_text, a_dumb_terminal_is_no_terminal)
{
    setenv("TERM", "dumb", 1);
    char *text = failure_on_terminal();
    lacks(text, "\033");
    lacks(text, "\r");
    free(text);
}

Test(report_text, no_experiments)
{
    struct results results = {.seed = 1};
    char *text = made_report("text", (struct report_stream){0}, &results);
    cr_expect_str_eq(text, "\n0 experiments in 0 s, seed 1\n0 passed, 0 failed\n");
    free(text);
}
