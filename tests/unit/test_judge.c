#include "tests/unit/judge_world.h"

#include <criterion/criterion.h>
#include <signal.h>
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

TestSuite(judge, .init = two, .fini = end);

static void held(void)
{
    cr_expect_str_eq(world_judge(&w), "");
    cr_expect_eq(w.result.verdict, VERDICT_PASS);
}

static void failed(const char *failures)
{
    cr_expect_str_eq(world_judge(&w), failures);
    cr_expect_eq(w.result.verdict, VERDICT_FAIL);
}

static struct expectations *expect(size_t i)
{
    w.processes[i].expect.present = true;
    w.processes[i].expect.place = (struct place){"x.yaml", 11, 3};
    return &w.processes[i].expect;
}

static void ended(size_t i, int status, int number)
{
    w.result.processes[i].status = status;
    w.result.processes[i].signal = number;
}

/* ---- what is not said ---- */

Test(judge, what_is_expected_without_being_said_holds)
{
    world_service(&w, 1);
    held();
    cr_expect_eq(w.result.line, 1);
}

Test(judge, status_not_said_is_0)
{
    ended(0, 3, 0);
    failed("client: exit: expected status 0, got status 3\n");
    cr_expect_str_eq(w.result.failures[0].file, "x.yaml");
    cr_expect_eq(w.result.failures[0].line, 3, "where the process stands");
}

Test(judge, signal_not_said_is_none)
{
    ended(0, -1, SIGSEGV);
    failed("client: exit: expected status 0, got killed by SIGSEGV\n");
}

Test(judge, service_that_ends_by_itself)
{
    world_service(&w, 1);
    w.result.processes[1].stopped_by_us = false;
    failed("server: running: expected running until told to stop, got status 0 after 5.00 ms\n");
}

Test(judge, service_that_crashes)
{
    world_service(&w, 1);
    w.result.processes[1].stopped_by_us = false;
    ended(1, -1, SIGABRT);
    failed("server: running: expected running until told to stop, got killed by SIGABRT after 5.00 ms\n");
}

Test(judge, service_may_end_by_the_very_signal)
{
    world_service(&w, 1);
    ended(1, -1, SIGTERM);
    held();
}

Test(judge, service_that_ends_badly_when_told_to_stop)
{
    world_service(&w, 1);
    ended(1, 1, 0);
    failed("server: running: expected status 0 or killed by SIGTERM, once told to stop, got status 1\n");
}

Test(judge, service_that_does_not_stop)
{
    world_service(&w, 1);
    w.seen[1].killed = KILL_STOP;
    w.result.processes[1].killed_by_us = true;
    w.result.processes[1].waiting = strdup("waits in accept()");
    ended(1, -1, SIGKILL);
    failed("server: running: expected over within 2.00 s of SIGTERM, got still running: waits in accept(); "
           "killed\n");
}

Test(judge, too_much_output_explains_the_rest)
{
    w.seen[0].killed = KILL_OUTPUT;
    w.result.processes[0].err_cut = true;
    ended(0, -1, SIGKILL);
    failed("client: output: expected at most 1048576 bytes (output_limit), got more to stderr, and was "
           "killed\n");
}

/* ---- exit, signal, running ---- */

Test(judge, exit_of_a_list)
{
    struct expectations *e = expect(0);
    *e = (struct expectations){.present = true,
                               .place = e->place,
                               .running = -1,
                               .has_exit = true,
                               .exits = {0, 7},
                               .exit_count = 2,
                               .serves.process = -1};
    ended(0, 7, 0);
    held();
    ended(0, 1, 0);
    failed("client: exit: expected status 0 or 7, got status 1\n");
    cr_expect_eq(w.result.failures[0].line, 11, "where it is expected");
}

Test(judge, exit_nonzero)
{
    expect(0)->has_exit = true;
    expect(0)->exit_nonzero = true;
    ended(0, 2, 0);
    held();
    ended(0, 0, 0);
    failed("client: exit: expected a status that is not 0, got status 0\n");
}

Test(judge, a_signal_is_not_a_status)
{
    expect(0)->has_exit = true;
    expect(0)->exit_nonzero = true;
    ended(0, -1, SIGPIPE);
    failed("client: exit: expected a status that is not 0, got killed by SIGPIPE\n");
}

Test(judge, expected_signal)
{
    expect(0)->signal = SIGPIPE;
    ended(0, -1, SIGPIPE);
    held();
    ended(0, 0, 0);
    failed("client: signal: expected killed by SIGPIPE, got status 0\n");
}

Test(judge, running_false)
{
    expect(1)->running = 0;
    held();
    w.result.processes[1].stopped_by_us = true;
    failed("server: running: expected ended by itself, got still running when all else was over\n");
}

Test(judge, running_with_a_status_of_its_own)
{
    world_service(&w, 1);
    expect(1)->running = 1;
    expect(1)->has_exit = true;
    expect(1)->exits[0] = 4;
    expect(1)->exit_count = 1;
    ended(1, 4, 0);
    held();
    ended(1, 0, 0);
    failed("server: exit: expected status 4, got status 0\n");
}

/* ---- what it left behind ---- */

Test(judge, elapsed)
{
    struct expectations *e = expect(0);
    e->has_elapsed = true;
    e->elapsed_min_ns = 5000000;
    e->elapsed_max_ns = 6000000;
    held();
    w.result.processes[0].elapsed_ns = 6000001;
    e->elapsed_max_ns = 6000000;
    failed("client: elapsed: expected 5.00 ms to 6.00 ms, got 6.00 ms\n");
}

Test(judge, elapsed_at_least)
{
    expect(0)->has_elapsed = true;
    expect(0)->elapsed_min_ns = 1000000000;
    expect(0)->elapsed_max_ns = INT64_MAX;
    failed("client: elapsed: expected at least 1.00 s, got 5.00 ms\n");
}

Test(judge, fds)
{
    world_service(&w, 1);
    expect(1)->fds_unchanged = true;
    w.result.processes[1].fds_before = w.result.processes[1].fds_after = 5;
    held();
    w.result.processes[1].fds_after = 6;
    w.seen[1].fds_list = (char *)"5 -> socket:[77]";
    failed(
        "server: fds: expected 5 descriptors, as at its first wait, got 6 descriptors: 5 -> socket:[77]\n");
}

Test(judge, fds_that_could_not_be_counted_do_not_hold)
{
    expect(0)->fds_unchanged = true;
    w.seen[0].fds_note = (char *)"no wait was seen";
    failed("client: fds: expected as many descriptors as at its first wait, got not counted: no wait was "
           "seen\n");
}

Test(judge, zombies)
{
    expect(1)->no_zombies = true;
    w.result.processes[1].zombies = 0;
    held();
    w.result.processes[1].zombies = 2;
    failed("server: zombies: expected none, got 2 ended children not waited for\n");
}

Test(judge, zombies_not_counted_do_not_hold)
{
    expect(1)->no_zombies = true;
    failed("server: zombies: expected none, got not counted\n");
}

Test(judge, bytes)
{
    struct expectations *e = expect(0);
    e->has_received = e->has_sent = true;
    e->received = (struct range){5, 5};
    e->sent = (struct range){1, 10};
    w.seen[0].counts.bytes_received = 5;
    w.seen[0].counts.bytes_sent = 10;
    held();
    w.seen[0].counts.bytes_received = 4;
    w.seen[0].counts.bytes_sent = 11;
    failed(
        "client: bytes received: expected exactly 5, got 4\nclient: bytes sent: expected 1 to 10, got 11\n");
}

/* ---- calls ---- */

static struct call_expectation one_call(const char *word, enum call_id id, uint64_t min, uint64_t max)
{
    struct call_expectation calls = {.word = (char *)word, .times = {min, max}, .place = {"x.yaml", 13, 9}};
    call_set_add(&calls.calls, id);
    return calls;
}

Test(judge, calls)
{
    struct call_expectation calls = one_call("recv", CALL_recv, 2, UINT64_MAX);
    expect(0)->calls = &calls;
    expect(0)->call_count = 1;
    w.seen[0].counts.calls[CALL_recv] = 2;
    held();
    w.seen[0].counts.calls[CALL_recv] = 1;
    failed("client: calls: expected recv: at least 2, got 1\n");
    cr_expect_eq(w.result.failures[0].line, 13);
}

Test(judge, calls_names_what_was_called_instead)
{
    struct call_expectation calls = one_call("recv", CALL_recv, 1, UINT64_MAX);
    expect(0)->calls = &calls;
    expect(0)->call_count = 1;
    w.seen[0].counts.calls[CALL_read] = 3;
    w.seen[0].counts.calls[CALL_send] = 9;
    failed("client: calls: expected recv: at least 1, got 0 (but read 3)\n");
}

static void calls_were(const enum call_id *calls, size_t count)
{
    for (size_t i = 0; i < count; i++)
        world_call(&w, 0, calls[i], 3, -1, NULL, -1);
}

Test(judge, order)
{
    enum call_id order[] = {CALL_connect, CALL_send, CALL_recv};
    const enum call_id made[] = {CALL_socket, CALL_connect, CALL_poll, CALL_send, CALL_recv, CALL_close};
    expect(0)->order = order;
    expect(0)->order_count = 3;
    calls_were(made, 6);
    held();
    order[2] = CALL_connect;
    failed("client: order: expected connect, then send, then connect, got no connect after that send\n"
           "socket, connect, poll, send, recv, close\n");
}

Test(judge, order_shows_the_end_of_a_long_trace)
{
    enum call_id order[] = {CALL_accept};
    expect(0)->order = order;
    expect(0)->order_count = 1;
    for (int i = 0; i < 20; i++)
        world_call(&w, 0, i % 2 ? CALL_send : CALL_recv, 3, -1, NULL, -1);
    world_call(&w, 0, CALL_send, 3, -1, NULL, -1);
    w.seen[0].calls_lost = 4;
    failed("client: order: expected accept, got no accept\n"
           "... recv, send, recv, send, recv, send, recv, send, recv, send, recv, send, recv, send, recv, "
           "send x2\n"
           "(4 calls of this experiment were lost from the trace)\n");
}

/* ---- serves ---- */

Test(judge, serves)
{
    world_service(&w, 1);
    expect(1)->serves.process = 0;
    world_add(&w, 0, "client#next", 1);
    held();
}

Test(judge, serves_wants_its_own_status_and_text)
{
    world_service(&w, 1);
    expect(1)->serves.process = 0;
    world_text(&expect(1)->serves.out, TEXT_EQUALS, "hello\n");
    size_t probe = world_add(&w, 0, "client#next", 1);
    ended(probe, 1, 0);
    failed("server: serves: expected a fresh client, with the rules off, ends with status 0, got "
           "client#next: status 1\n"
           "server: serves: stdout: expected \"hello\\n\", got \"\"\n");
}

Test(judge, probe_that_hangs)
{
    world_service(&w, 1);
    expect(1)->serves.process = 0;
    size_t probe = world_add(&w, 0, "client#next", 1);
    w.seen[probe].killed = KILL_TIMEOUT;
    w.result.processes[probe].waiting = strdup("waits in connect()");
    ended(probe, -1, SIGKILL);
    failed("server: serves: expected a fresh client, with the rules off, ends with status 0, got client#next "
           "did not end: waits in connect()\n");
}

Test(judge, no_probe)
{
    world_service(&w, 1);
    expect(1)->serves.process = 0;
    failed("server: serves: expected a fresh client, with the rules off, ends with status 0, got none was "
           "started\n");
}

Test(judge, too_much_memory_explains_the_rest)
{
    w.seen[0].killed = KILL_MEMORY;
    w.seen[0].memory_limit = UINT64_C(10) << 20;
    w.result.processes[0].memory_cut = strdup("12 MiB at client.c:7");
    ended(0, -1, SIGKILL);
    failed("client: memory: expected at most 10 MiB (memory_limit), got 12 MiB at client.c:7, and was "
           "killed\n");
}
