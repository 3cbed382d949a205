#include "tests/unit/made.h"

#include <stdlib.h>
#include <string.h>

const char made_nasty[] =
    "a\"b'c\\d <&>]]> #e\n--- \t\x01\x1b[31m\x7f \xff\xc3( \xe2\x80\xae \xef\xbf\xbe caf\xc3\xa9";

static char *copy(const char *text)
{
    return text == NULL ? NULL : strdup(text);
}

struct result made_result(const char *file, const char *name, enum verdict verdict, const char *reason)
{
    return (struct result){
        .file = copy(file),
        .name = copy(name),
        .verdict = verdict,
        .reason = copy(reason),
        .seed = 1,
        .elapsed_ns = 12500000,
    };
}

static void add_processes(struct result *result)
{
    static const char out[] = "hel\0lo\n";
    result->processes = calloc(2, sizeof *result->processes);
    result->process_count = 2;
    result->processes[0] = (struct process_result){
        .name = copy("server"),
        .pid = 101,
        .command = copy("build/reference/server --port 4711"),
        .started = true,
        .ended = true,
        .stopped_by_us = true,
        .elapsed_ns = 11000000,
        .hello = true,
        .fds_before = 5,
        .fds_after = 7,
        .bytes_received = 6,
        .bytes_sent = 3,
        .calls = 5,
        .waiting = copy("waits in accept() (9.98 s so far)"),
    };
    result->processes[1] = (struct process_result){
        .name = copy("client"),
        .pid = 102,
        .command = copy("build/reference/client --port 4711 hello"),
        .started = true,
        .ended = true,
        .status = -1,
        .signal = 11,
        .elapsed_ns = 3200000,
        .hello = true,
        .out = malloc(sizeof out),
        .out_len = sizeof out - 1,
        .err = copy("client: short reply\nclient: giving up\n"),
        .err_len = 38,
        .fds_before = -1,
        .fds_after = -1,
        .zombies = -1,
    };
    memcpy(result->processes[1].out, out, sizeof out);
}

static void add_rules(struct result *result)
{
    result->rules = calloc(2, sizeof *result->rules);
    result->rule_count = 2;
    result->rules[0] = (struct rule_result){
        .text = copy("client/receive:short=1"),
        .place = copy("scenarios/short.yaml:9:5"),
        .matched = 6,
        .fired = 2,
    };
    result->rules[1] = (struct rule_result){
        .text = copy("server/send:reset"),
        .place = copy("scenarios/short.yaml:10:5"),
        .matched = 4,
        .refused = 4,
        .refused_why = copy("the socket is not TCP"),
    };
}

static void add_trace(struct result *result)
{
    result->trace = calloc(4, sizeof *result->trace);
    result->trace_count = 4;
    result->trace_total = 57;
    result->trace_lost = 2;
    result->trace[0] = (struct trace_line){
        .time_ns = 1204000,
        .process = copy("server"),
        .pid = 101,
        .tid = 101,
        .text = copy("listen(3, 128) = 0"),
        .site = copy("server.c:40"),
    };
    result->trace[1] = (struct trace_line){
        .time_ns = 2310999,
        .process = copy("client"),
        .pid = 102,
        .tid = 102,
        .text = copy("recv(4, 4096) = 1"),
        .injected = copy("short=1 (rule 1)"),
        .site = copy("client.c:88"),
        .connection = 1,
    };
    result->trace[2] = (struct trace_line){
        .time_ns = 2350000,
        .process = copy("server"),
        .pid = 101,
        .tid = 101,
        .text = copy("send(4, 3) = 3"),
        .injected = copy("refused: the socket is not TCP (rule 2)"),
        .site = copy("server.c:77"),
        .connection = 1,
    };
    result->trace[3] = (struct trace_line){
        .time_ns = 2400000,
        .process = copy("server"),
        .pid = 101,
        .tid = 101,
        .text = copy("close(4) = 0"),
        .left_out = 6,
    };
}

struct result made_failure(const char *name)
{
    struct result result = made_result("scenarios/short.yaml", name, VERDICT_FAIL, NULL);
    result.line = 1;
    result.tags = calloc(2, sizeof *result.tags);
    result.tags[0] = copy("stream");
    result.tags[1] = copy("short");
    result.tag_count = 2;
    result.points = 3;
    result.repeat = copy("sockfault run --seed 1 --only 'the claim' scenarios/short.yaml");
    result.notes = copy("no user namespace: ports under the ephemeral range");
    add_processes(&result);
    add_rules(&result);
    add_trace(&result);
    result_fail(&result, "client", "exit", "status 0", "killed by SIGSEGV", "scenarios/short.yaml", 12, 3);
    result_fail(&result, "client", "stdout", "\"hello\\n\"", "line 1: \"hel\"\nof 3 bytes",
                "scenarios/short.yaml", 12, 22);
    return result;
}

char *made_report(const char *format, struct report_stream stream, const struct results *results)
{
    const struct report_format *row = report_find(format);
    char *text = NULL;
    size_t size = 0;
    stream.file = open_memstream(&text, &size);
    if (row->begin != NULL)
        row->begin(&stream);
    for (size_t i = 0; i < results->count && row->one != NULL; i++)
        row->one(&stream, &results->items[i]);
    row->end(&stream, results);
    fclose(stream.file);
    return text;
}
