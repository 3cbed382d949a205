#include "tests/unit/run_world.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct run_world world;

static void begin(void)
{
    run_world_begin(&world);
}

static void begin_bare(void)
{
    run_world_begin(&world);
    run_world_forbid_namespaces();
}

static void finish(void)
{
    run_world_end(&world);
}

/* Every test once with what the machine allows, and once without namespaces. */
TestSuite(experiment, .init = begin, .fini = finish, .timeout = 30);
TestSuite(experiment_bare, .init = begin_bare, .fini = finish, .timeout = 30);
#define BOTH(name)                                                                                           \
    static void name(void);                                                                                  \
    Test(experiment, name)                                                                                   \
    {                                                                                                        \
        name();                                                                                              \
    }                                                                                                        \
    Test(experiment_bare, name)                                                                              \
    {                                                                                                        \
        name();                                                                                              \
    }                                                                                                        \
    static void name(void)

static const struct process_result *process(const struct result *result, const char *name)
{
    for (size_t i = 0; i < result->process_count; i++)
        if (strcmp(result->processes[i].name, name) == 0)
            return &result->processes[i];
    cr_assert_fail("there is no process %s", name);
    return NULL;
}

static void expect_verdict(const struct result *result, enum verdict verdict)
{
    const struct failure *first = result->failure_count ? &result->failures[0] : NULL;
    cr_expect_eq(result->verdict, verdict, "%s: %s; %s: expected %s, got %s", verdict_name(result->verdict),
                 result->reason ? result->reason : "", first ? first->what : "", first ? first->expected : "",
                 first ? first->got : "");
}

/* Runs one program without the shim that must print just that. */
static void expect_output(const char *rest_of_process, const char *output)
{
    char text[4096];
    snprintf(text, sizeof text, "scenario: x\nprocesses:\n  a: {shim: false, %s}\nexpect: {a: {exit: 0}}\n",
             rest_of_process);
    struct result result = run_world_run(&world, text);
    expect_verdict(&result, VERDICT_PASS);
    cr_expect_str_eq(process(&result, "a")->out, output, "%s", process(&result, "a")->err);
    result_free(&result);
}

BOTH(ends_are_told_apart)
{
    struct result result = run_world_run(&world, "scenario: x\n"
                                                 "processes:\n"
                                                 "  three: {shim: false, run: [sh, -c, 'exit 3']}\n"
                                                 "  killed: {shim: false, run: [sh, -c, 'kill -9 $$']}\n"
                                                 "expect: {three: {exit: 3}, killed: {signal: KILL}}\n");
    expect_verdict(&result, VERDICT_PASS);
    const struct process_result *three = process(&result, "three"), *killed = process(&result, "killed");
    cr_expect(three->started && three->ended && three->status == 3 && three->signal == 0 && !three->hello);
    cr_expect(killed->ended && killed->status == -1 && killed->signal == SIGKILL && !killed->killed_by_us);
    cr_expect_str_eq(three->command, "sh -c 'exit 3'");
    cr_expect_gt(three->elapsed_ns, 0);
    result_free(&result);
}

BOTH(starts_in_order)
{
    struct result result =
        run_world_run(&world, "scenario: x\n"
                              "processes:\n"
                              "  last: {shim: false, run: [cat, trail], after: [first, second]}\n"
                              "  second: {shim: false, run: [sh, -c, 'echo second >>trail'], after: first}\n"
                              "  first: {shim: false, run: [sh, -c, 'sleep 0.1; echo first >>trail']}\n"
                              "expect: {last: {stdout: \"first\\nsecond\\n\"}}\n");
    expect_verdict(&result, VERDICT_PASS);
    result_free(&result);
}

BOTH(input_files_and_environment_are_as_written)
{
    struct result result = run_world_run(
        &world, "scenario: x\n"
                "env: {ALL: everywhere, GONE: not here}\n"
                "files: {sub/text: \"dir ${dir}\\n\", run.sh: \"#!/bin/sh\\necho script $1\\n\"}\n"
                "processes:\n"
                "  cat: {shim: false, run: [cat, '-', sub/text], stdin: \"a line\\n\", count: 2}\n"
                "  env: {shim: false, run: [sh, -c, 'echo $ALL $GONE $OWN; pwd'], env: {GONE: null, OWN: "
                "'${port}'}}\n"
                "  script: {shim: false, run: ['${dir}/run.sh', \"two words\"], cwd: /}\n"
                "  empty: {shim: false, run: [cat]}\n"
                "expect:\n"
                "  cat: {stdout: \"a line\\ndir ${dir}\\n\"}\n"
                "  env: {stdout: \"everywhere ${port}\\n${dir}\\n\"}\n"
                "  script: {stdout: \"script two words\\n\"}\n"
                "  empty: {stdout: ''}\n");
    expect_verdict(&result, VERDICT_PASS);
    process(&result, "cat#1");
    process(&result, "cat#2");
    result_free(&result);
}

BOTH(a_process_begins_as_a_shell_would_start_it)
{
    signal(SIGPIPE, SIG_IGN);
    expect_output("run: [grep, -E, 'Sig(Blk|Ign)', /proc/self/status]",
                  "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
    expect_output("run: [ls, /proc/self/fd]", "0\n1\n2\n3\n"); /* 3 is the folder ls reads */
    expect_output("run: [sh, -c, 'read -r pid name state parent group session rest </proc/self/stat;"
                  " [ $pid = $group ] && [ $pid = $session ] && echo leader']",
                  "leader\n");
    expect_output("run: [sh, -c, 'ulimit -c']", "0\n");
}

BOTH(the_time_of_an_experiment_ends)
{
    struct result result = run_world_run(&world, "scenario: x\n"
                                                 "timeout: 300ms\n"
                                                 "processes: {a: {shim: false, run: [sleep, '1000']}}\n"
                                                 "expect: {a: {exit: 0}}\n");
    expect_verdict(&result, VERDICT_TIMEOUT);
    const struct process_result *a = process(&result, "a");
    cr_expect(a->killed_by_us && a->ended && a->signal == SIGKILL);
    cr_expect_not_null(strstr(a->waiting, "time to pass"), "%s", a->waiting);
    cr_expect_geq(result.elapsed_ns, 300000000);
    result_free(&result);
}

BOTH(what_hangs_and_what_spins_is_told_before_the_time_is_over)
{
    static const struct {
        const char *way, *words;
        enum verdict verdict;
    } cases[] = {{"receive", "waits in recv() at stuck.c:", VERDICT_HANG},
                 {"lock", "waits in futex() at stuck.c:", VERDICT_HANG},
                 {"spin", "spins in recv() at stuck.c:", VERDICT_SPIN}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[256];
        snprintf(text, sizeof text,
                 "scenario: x\ntimeout: 20s\nprocesses: {a: {run: [build/tests/hang/stuck, %s]}}\n"
                 "expect: {a: {exit: 0}}\n",
                 cases[i].way);
        struct result result = run_world_run(&world, text);
        const struct process_result *a = process(&result, "a");
        expect_verdict(&result, cases[i].verdict);
        cr_assert_not_null(a->waiting);
        cr_expect_not_null(strstr(a->waiting, cases[i].words), "%s", a->waiting);
        result_free(&result);
    }
}

BOTH(who_writes_too_much_is_killed_and_nothing_waits_for_it)
{
    struct result result =
        run_world_run(&world, "scenario: x\n"
                              "processes: {a: {shim: false, run: [sh, -c, 'yes >&2'], output_limit: 10KiB}}\n"
                              "expect: {a: {exit: 0}}\n");
    expect_verdict(&result, VERDICT_FAIL);
    const struct process_result *a = process(&result, "a");
    cr_expect(a->killed_by_us && a->err_cut && !a->out_cut);
    cr_expect_eq(a->err_len, 10240);
    result_free(&result);
}

BOTH(who_takes_too_much_memory_is_killed_and_so_is_one_whose_child_does)
{
    struct result result = run_world_run(
        &world,
        "scenario: x\n"
        "processes: {a: {shim: false, run: [sh, -c, 'head -c 300000000 /dev/zero | tail -n 1 | cksum'],"
        " memory_limit: 20MiB}}\n"
        "expect: {a: {exit: 0}}\n");
    expect_verdict(&result, VERDICT_FAIL);
    const struct process_result *a = process(&result, "a");
    cr_expect(a->killed_by_us && a->signal == SIGKILL);
    cr_expect_gt(a->memory_peak, 20 << 20);
    cr_assert_not_null(a->memory_cut);
    cr_expect_not_null(strstr(a->memory_cut, " MiB"), "%s", a->memory_cut);
    cr_assert_eq(result.failure_count, 1);
    cr_expect_str_eq(result.failures[0].what, "memory");
    cr_expect_str_eq(result.failures[0].expected, "at most 20 MiB (memory_limit)");
    result_free(&result);
}

BOTH(who_takes_less_is_let_be_and_what_it_had_is_told)
{
    struct result result = run_world_run(
        &world,
        "scenario: x\n"
        "processes: {a: {shim: false, run: [sh, -c, 'head -c 40000000 /dev/zero | tail -n 1 | wc -c'],"
        " memory_limit: 400MiB}}\n"
        "expect: {a: {stdout: {matches: '^40000000'}}}\n");
    expect_verdict(&result, VERDICT_PASS);
    const struct process_result *a = process(&result, "a");
    cr_expect_null(a->memory_cut);
    cr_expect_gt(a->memory_peak, 20 << 20);
    result_free(&result);
}

/* What it waits for is the limit itself. */
BOTH(who_comes_near_its_memory_limit_is_fenced)
{
    struct result result =
        run_world_run(&world, "scenario: x\n"
                              "processes: {a: {shim: false, memory_limit: 64MiB, run: [sh, -c,"
                              " 'x=$(head -c 20000000 /dev/zero | tr \"\\0\" x)\n\n"
                              "  while [ $(ulimit -d) = unlimited ]; do :; done']}}\n"
                              "expect: {a: {exit: 0}}\n");
    expect_verdict(&result, VERDICT_PASS);
    result_free(&result);
}

BOTH(whoever_comes_after_one_that_is_not_ready_is_not_started)
{
    struct result result =
        run_world_run(&world, "scenario: x\n"
                              "processes:\n"
                              "  server: {shim: false, run: [sh, -c, 'exit 4'], ready: {stdout: 'up'}}\n"
                              "  client: {shim: false, run: ['true'], after: server}\n"
                              "  last: {shim: false, run: ['true'], after: client}\n"
                              "expect: {client: {exit: 0}}\n");
    expect_verdict(&result, VERDICT_FAIL);
    cr_expect_not(process(&result, "client")->started);
    cr_expect_not(process(&result, "last")->started);
    cr_assert_gt(result.failure_count, 0);
    cr_expect_str_eq(result.failures[0].process, "server");
    cr_expect_str_eq(result.failures[0].got, "ended with status 4 before it had written /up/ to stdout");
    result_free(&result);
}

/* A server for sh: says so when it is up, and waits for a signal that TRAP handles. */
#define SERVER(trap) "[sh, -c, '" trap "; echo up; while :; do sleep 0.02; done']"

BOTH(a_service_is_told_to_stop_when_the_others_have_ended)
{
    struct result result = run_world_run(
        &world,
        "scenario: x\n"
        "processes:\n"
        "  server: {shim: false, ready: {stdout: '^up'}, stop: USR1, run: " SERVER(
            "trap \"echo bye; exit 0\" USR1") "}\n"
                                              "  client: {shim: false, run: ['true'], after: server}\n"
                                              "expect: {client: {exit: 0}, server: {running: true, stdout: "
                                              "\"up\\nbye\\n\"}}\n");
    expect_verdict(&result, VERDICT_PASS);
    const struct process_result *server = process(&result, "server");
    cr_expect(server->stopped_by_us && !server->killed_by_us && server->status == 0);
    result_free(&result);
}

BOTH(a_service_that_does_not_stop_is_killed)
{
    struct result result = run_world_run(
        &world, "scenario: x\n"
                "processes:\n"
                "  server: {shim: false, ready: {stdout: '^up'}, stop_timeout: 100ms, run: " SERVER(
                    "trap \"\" TERM") "}\n"
                                      "  client: {shim: false, run: ['true'], after: server}\n"
                                      "expect: {client: {exit: 0}, server: {running: true}}\n");
    expect_verdict(&result, VERDICT_FAIL);
    const struct process_result *server = process(&result, "server");
    cr_expect(server->stopped_by_us && server->killed_by_us && server->signal == SIGKILL);
    result_free(&result);
}

BOTH(a_service_that_ended_before_was_not_stopped_by_us)
{
    struct result result = run_world_run(
        &world, "scenario: x\n"
                "processes:\n"
                "  server: {shim: false, ready: {stdout: '^up'}, run: [sh, -c, 'echo up; exit 5']}\n"
                "  client: {shim: false, run: [sleep, '0.1'], after: server}\n"
                "expect: {client: {exit: 0}, server: {running: true}}\n");
    expect_verdict(&result, VERDICT_FAIL);
    const struct process_result *server = process(&result, "server");
    cr_expect(!server->stopped_by_us && server->status == 5);
    result_free(&result);
}

BOTH(what_left_its_session_is_ended_too)
{
    struct result result = run_world_run(
        &world, "scenario: x\n"
                "processes:\n"
                "  a: {shim: false, run: [sh, -c, 'setsid sh -c \"echo x; touch up; sleep 1000\" >@FIFO@ &"
                " until [ -e up ]; do sleep 0.01; done']}\n"
                "expect: {a: {exit: 0}}\n");
    expect_verdict(&result, VERDICT_PASS);
    run_world_await_line(&world);
    cr_expect(run_world_fifo_closed(&world));
    result_free(&result);
}

BOTH(a_probe_is_run_when_all_else_is_over)
{
    struct result result =
        run_world_run(&world, "scenario: x\n"
                              "processes:\n"
                              "  server: {shim: false, ready: {stdout: '^up'}, run: " SERVER(
                                  "trap \"exit 0\" TERM") "}\n"
                                                          "  client: {shim: false, run: [sh, -c, 'echo first "
                                                          ">>trail; cat trail'], after: server}\n"
                                                          "expect: {client: {stdout: \"first\\n\"},"
                                                          " server: {running: true, serves: {client: client, "
                                                          "stdout: \"first\\nfirst\\n\"}}}\n");
    expect_verdict(&result, VERDICT_PASS);
    cr_expect_eq(process(&result, "client#next")->status, 0);
    result_free(&result);
}

static void expect_reason(const char *text, enum verdict verdict, const char *reason)
{
    struct result result = run_world_run(&world, text);
    expect_verdict(&result, verdict);
    cr_expect_not_null(strstr(result.reason ? result.reason : "", reason), "got %s", result.reason);
    result_free(&result);
}

BOTH(what_cannot_be_done_is_told_with_its_reason)
{
    expect_reason(
        "scenario: x\nneeds: [no-such-program]\nprocesses: {a: {run: ['true']}}\nexpect: {a: {exit: 0}}\n",
        VERDICT_SKIP, "no-such-program");
    expect_reason("scenario: x\nprocesses: {a: {run: [no-such-program]}}\nexpect: {a: {exit: 0}}\n",
                  VERDICT_ERROR, "t.yaml:2:13: process a: no-such-program");
    expect_reason(
        "scenario: x\nprocesses: {a: {shim: false, run: ['true'], cwd: /no/such}}\nexpect: {a: {exit: 0}}\n",
        VERDICT_ERROR, "cwd: /no/such: No such file or directory");
    expect_reason("scenario: x\nprocesses: {a: {shim: false, run: ['true'], stdin: {file: no-such}}}\n"
                  "expect: {a: {exit: 0}}\n",
                  VERDICT_ERROR, "no-such: No such file or directory");
    expect_reason(
        "scenario: x\nfiles: {y: {copy: no-such}}\nprocesses: {a: {run: ['true']}}\nexpect: {a: {exit: 0}}\n",
        VERDICT_ERROR, "no-such cannot be copied");
}

BOTH(without_a_word_from_the_shim_nothing_is_claimed)
{
    world.options.shim = "/no/such/shim.so";
    expect_reason("scenario: x\nprocesses: {a: {run: ['true']}}\nexpect: {a: {exit: 0}}\n", VERDICT_VOID,
                  "the shim was not loaded into a");
}

BOTH(the_fallbacks_are_named)
{
    struct result result = run_world_run(
        &world,
        "scenario: x\nprocesses: {a: {shim: false, run: [sh, -c, 'echo $$']}}\nexpect: {a: {exit: 0}}\n");
    bool own = atoi(process(&result, "a")->out) < 100; /* numbers begin anew in a namespace */
    bool named = result.notes && strstr(result.notes, "no PID namespace");
    cr_expect_neq(own, named, "process %s, notes %s", process(&result, "a")->out, result.notes);
    result_free(&result);
}
