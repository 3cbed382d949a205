#include "harness/run/trace/trace_text.h"
#include "shim/model/expr.h"
#include "shim/model/legal.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct board *board;
static struct trace_text context;

static void begin(void)
{
    struct expr_error error;
    board = calloc(1, sizeof *board);
    cr_assert_not_null(board);
    int count = expr_parse("receive:short=1; connect:error=ECONNREFUSED; send:delay=50ms; receive:short=50%; "
                           "receive:eof=full; accept:reset",
                           board->rules, RULES_MAX, &error);
    cr_assert_eq(count, 6, "%s", error.message);
    board->rule_count = 6;
    board_role(board, "client");
    context = (struct trace_text){.board = board, .began_ns = 1000};
}

static void finish(void)
{
    free(board);
}

TestSuite(trace_text, .init = begin, .fini = finish);

static struct trace_record blank(enum call_id call, int fd)
{
    return (struct trace_record){
        .time_ns = 1501000, .pid = 7, .tid = 8, .call = (uint16_t)call, .rule = -1, .fd = fd, .asked = -1};
}

static void expect_line(const struct trace_record *record, const char *text, const char *injected)
{
    struct trace_line line;
    cr_assert(trace_line_make(&context, record, &line));
    cr_expect_str_eq(line.text, text);
    if (injected && line.injected)
        cr_expect_str_eq(line.injected, injected);
    else
        cr_expect(!injected && !line.injected, "got %s", line.injected ? line.injected : "nothing");
    trace_line_clear(&line);
}

static struct endpoint local_port(uint16_t port)
{
    return (struct endpoint){.family = AF_INET, .port = port, .ip = {127, 0, 0, 1}};
}

Test(trace_text, a_call_is_told_as_strace_tells_it)
{
    struct trace_record record = blank(CALL_recv, 5);
    record.asked = 4096;
    record.result = 100;
    expect_line(&record, "recv(5, 4096) = 100", NULL);

    record = blank(CALL_connect, 3);
    record.peer = local_port(4000);
    record.result = -1;
    record.error = EHOSTUNREACH;
    expect_line(&record, "connect(3, 127.0.0.1:4000) = -1 EHOSTUNREACH", NULL);

    record = blank(CALL_accept, 4);
    record.peer = local_port(40000);
    record.result = 5;
    expect_line(&record, "accept(4) = 5 from 127.0.0.1:40000", NULL);

    record = blank(CALL_poll, -1);
    record.asked = 20;
    record.result = 1;
    expect_line(&record, "poll(20.0 ms) = 1", NULL);

    record = blank(CALL_getaddrinfo, -1);
    record.result = EAI_AGAIN;
    record.error = EAGAIN;
    expect_line(&record, "getaddrinfo() = EAI_AGAIN", NULL);

    record = blank(CALL_gethostbyname, -1);
    expect_line(&record, "gethostbyname() = NULL", NULL);
}

Test(trace_text, what_was_injected_names_its_rule)
{
    static const struct {
        enum call_id call;
        int rule;
        const char *injected;
    } cases[] = {
        {CALL_recv, 0, "short=1 (rule 1)"},   {CALL_connect, 1, "error=ECONNREFUSED (rule 2)"},
        {CALL_recv, 3, "short=50% (rule 4)"}, {CALL_recv, 4, "eof=full (rule 5)"},
        {CALL_accept, 5, "reset (rule 6)"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct trace_record record = blank(cases[i].call, 3);
        char text[64];
        record.rule = (int16_t)cases[i].rule;
        snprintf(text, sizeof text, "%s(3) = 0", call_info(cases[i].call)->name);
        expect_line(&record, text, cases[i].injected);
    }
}

Test(trace_text, a_delay_has_its_length)
{
    struct trace_record record = blank(CALL_send, 3);
    record.rule = 2;
    record.delay_ns = 50000000;
    expect_line(&record, "send(3) = 0", "delay 50.0 ms (rule 3)");
    record.rule = 0;
    expect_line(&record, "send(3) = 0", "delay 50.0 ms, short=1 (rule 1)");
}

Test(trace_text, a_call_that_took_long_says_how_long)
{
    struct trace_record record = blank(CALL_recv, 6);
    record.asked = 2;
    record.result = -1;
    record.error = EAGAIN;
    record.elapsed_ns = 5000000000;
    expect_line(&record, "recv(6, 2) = -1 EAGAIN <5.00 s>", NULL);
    record.elapsed_ns = 1000000;
    expect_line(&record, "recv(6, 2) = -1 EAGAIN <1.00 ms>", NULL);
    record.elapsed_ns = 999999;
    expect_line(&record, "recv(6, 2) = -1 EAGAIN", NULL);
}

Test(trace_text, a_refusal_says_why)
{
    struct trace_record record = blank(CALL_recv, 3);
    char wanted[200];
    record.kind = TRACE_REFUSED;
    record.rule = 0;
    record.error = 1;
    snprintf(wanted, sizeof wanted, "refused: %s (rule 1)", condition_lack((enum condition_bit)0));
    expect_line(&record, "recv(3)", wanted);
    record.error = 30000;
    expect_line(&record, "recv(3)", "refused: not possible at that call (rule 1)");
}

Test(trace_text, nothing_in_a_record_is_trusted)
{
    struct trace_record record = blank(CALL_recv, 3);
    record.call = 60000;
    record.role = 60000;
    record.rule = 6;
    expect_line(&record, "?", NULL);
    record.rule = INT16_MAX;
    expect_line(&record, "?", NULL);
    board->rules[0].fault = 1000;
    record.rule = 0;
    expect_line(&record, "?", NULL);
    memset(board->roles[0].name, 'x', sizeof board->roles[0].name);
    record.role = 0;
    expect_line(&record, "?", NULL);
}

Test(trace_text, a_line_holds_all_of_it)
{
    struct trace_record record = blank(CALL_recv, 5);
    struct trace_line line;
    record.asked = 10;
    record.result = 1;
    record.rule = 0;
    cr_assert(trace_line_make(&context, &record, &line));
    cr_expect(line.time_ns == 1500000 && line.pid == 7 && line.tid == 8);
    line.site = strdup("client.c:88\033[0m");
    char *text = trace_line_text(&line);
    cr_expect_str_eq(text, "0.001500 client 8 recv(5, 10) = 1  [short=1 (rule 1)]  client.c:88\\x1b[0m");
    free(text);
    trace_line_clear(&line);
}

static void add_module(uint32_t i, uint32_t set, uint64_t base, const char *path)
{
    board->modules[i].set = set;
    board->modules[i].base = base;
    board->modules[i].end = base + 0x1000;
    strcpy(board->modules[i].path, path);
}

Test(trace_text, a_site_is_looked_up_in_the_modules_of_its_own_process)
{
    struct trace_record record = blank(CALL_recv, 5);
    struct trace_line line;
    atomic_store(&board->module_count, UINT32_MAX); /* nonsense: the end of the table is the end */
    add_module(0, 1, 0x10000, "/nowhere/first");
    add_module(1, 2, 0x10000, "/nowhere/second");
    add_module(2, 1, 0x30000, "/nowhere/later");
    record.module_set = 2;
    record.site = 0x10123;
    context.sites = sites_new();
    cr_assert(trace_line_make(&context, &record, &line));
    cr_expect_str_eq(line.site, "second+0x123");
    trace_line_clear(&line);
    record.site = 0x30123; /* of another set */
    cr_assert(trace_line_make(&context, &record, &line));
    cr_expect_null(line.site);
    trace_line_clear(&line);
    sites_free(context.sites);
}
