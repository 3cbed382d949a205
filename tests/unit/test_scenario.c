/* A scenario file that is right: every key ends up where the rest of the program looks for it. */
#include "tests/unit/scenario_text.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

static const int64_t ms = 1000000;

Test(scenario, the_least_there_can_be_has_the_defaults)
{
    struct scenario_set set =
        scenario_good("scenario: it works\nprocesses: {p: {run: [prog]}}\nexpect: {}\n");
    const struct experiment *e = scenario_only(&set);
    const struct scenario_process *p = &e->processes[0];
    cr_expect_str_eq(e->file, "t.yaml");
    cr_expect_str_eq(e->name, "it works");
    cr_expect_str_eq(e->claim, "it works");
    cr_expect_eq(set.file_count, 1);
    cr_expect_eq(e->timeout_ns, 0, "not said: the command line's holds");
    cr_expect_not(e->has_seed);
    cr_expect_eq(e->points, 0);
    cr_expect_eq(e->tag_count + e->need_count + e->env_count + e->file_count + e->fault_count, 0);
    cr_assert_eq(e->process_count, 1);
    cr_expect_str_eq(p->name, "p");
    cr_expect_str_eq(p->run[0], "prog");
    cr_expect_null(p->run[1]);
    cr_expect(p->shim);
    cr_expect_not(p->clear_env);
    cr_expect_null(p->cwd);
    cr_expect_null(p->stdin_text);
    cr_expect_null(p->stdin_file);
    cr_expect_eq(p->stop_signal, SIGTERM);
    cr_expect_eq(p->stop_timeout_ns, 2000 * ms);
    cr_expect_eq(p->output_limit, 1048576);
    cr_expect_eq(p->count, 1);
    cr_expect_eq(p->ready, READY_EXIT);
    cr_expect_not(p->ready_said);
    cr_expect_eq(p->expect.running, -1);
    cr_expect_eq(p->expect.serves.process, -1);
    cr_expect_not(p->expect.present);
    cr_expect_eq(p->place.line, 2);
    cr_expect_eq(p->place.column, 13);
    scenario_set_free(&set);
    cr_expect_null(set.experiments, "a freed set can be used again");
}

Test(scenario, the_top_level_is_read)
{
    struct scenario_set set = scenario_good("scenario: >\n  a claim\n  in two lines\n"
                                            "tags: [one, 2]\nneeds: [curl, nginx]\ntimeout: 250ms\n"
                                            "seed: 18446744073709551615\ntime: real\npoints: 5\n"
                                            "env: {A: b, EMPTY: ''}\n"
                                            "files: {a/b.txt: \"x\\n\", c: {copy: docs/c}}\n"
                                            "processes: {p: {run: [prog]}}\nexpect: {}\n");
    const struct experiment *e = scenario_only(&set);
    cr_expect_str_eq(e->claim, "a claim in two lines", "a folded text's newline is no part of the claim");
    cr_assert_eq(e->tag_count, 2);
    cr_expect_str_eq(e->tags[0], "one");
    cr_expect_str_eq(e->tags[1], "2");
    cr_assert_eq(e->need_count, 2);
    cr_expect_str_eq(e->needs[1], "nginx");
    cr_expect_eq(e->timeout_ns, 250 * ms);
    cr_expect(e->has_seed);
    cr_expect_eq(e->seed, UINT64_MAX);
    cr_expect_eq(e->points, 5);
    cr_assert_eq(e->env_count, 2);
    cr_expect_str_eq(e->env[0].name, "A");
    cr_expect_str_eq(e->env[1].value, "");
    cr_assert_eq(e->file_count, 2);
    cr_expect_str_eq(e->files[0].name, "a/b.txt");
    cr_expect_str_eq(e->files[0].content, "x\n");
    cr_expect_null(e->files[0].copy_from);
    cr_expect_null(e->files[1].content);
    cr_expect_str_eq(e->files[1].copy_from, "docs/c");
    scenario_set_free(&set);
}

Test(scenario, a_process_is_read)
{
    struct scenario_set set = scenario_good(
        "scenario: x\nprocesses:\n"
        "  server:\n    run: [server, --port, \"${port}\", 5, true]\n    ready: {stdout: \"^up[0-9]+$\"}\n"
        "    env: {LANG: null, HOME: ~, A: \"\"}\n    clear_env: true\n    cwd: /tmp\n    stop: SIGINT\n"
        "    stop_timeout: 100ms\n    output_limit: 4KiB\n    shim: false\n"
        "  client: {run: [c], after: [server, other], stdin: \"a\\nb\", count: 64}\n"
        "  other: {run: [o], stdin: {file: input}}\nexpect: {}\n");
    const struct experiment *e = scenario_only(&set);
    const struct scenario_process *server = &e->processes[0], *client = &e->processes[1],
                                  *other = &e->processes[2];
    cr_assert_eq(server->run_count, 5);
    cr_expect_str_eq(server->run[2], "${port}", "has no value yet");
    cr_expect_str_eq(server->run[3], "5");
    cr_expect_str_eq(server->run[4], "true");
    cr_expect_null(server->run[5]);
    cr_expect_eq(server->ready, READY_STDOUT);
    cr_expect(server->ready_said);
    cr_expect_str_eq(server->ready_text, "^up[0-9]+$");
    cr_expect_eq(regexec(&server->ready_regex, "up12", 0, NULL, 0), 0);
    cr_expect_eq(regexec(&server->ready_regex, "not up1", 0, NULL, 0), REG_NOMATCH);
    cr_assert_eq(server->env_count, 3);
    cr_expect_null(server->env[0].value, "null removes");
    cr_expect_null(server->env[1].value);
    cr_expect_str_eq(server->env[2].value, "", "the empty string does not");
    cr_expect(server->clear_env);
    cr_expect_str_eq(server->cwd, "/tmp");
    cr_expect_eq(server->stop_signal, SIGINT);
    cr_expect_eq(server->stop_timeout_ns, 100 * ms);
    cr_expect_eq(server->output_limit, 4096);
    cr_expect_not(server->shim);
    cr_assert_eq(client->after_count, 2);
    cr_expect_eq(client->after[0], 0);
    cr_expect_eq(client->after[1], 2);
    cr_expect_str_eq(client->stdin_text, "a\nb");
    cr_expect_eq(client->count, 64);
    cr_expect_null(other->stdin_text);
    cr_expect_str_eq(other->stdin_file, "input");
    scenario_set_free(&set);
}

Test(scenario, expectations_are_read)
{
    struct scenario_set set = scenario_good(
        "scenario: x\nprocesses: {a: {run: [x]}, b: {run: [y], ready: listening}, c: {run: [z]}}\n"
        "expect:\n  a:\n    exit: [0, 3]\n    elapsed: {min: 1ms, max: 2s}\n    fds: unchanged\n    zombies: "
        "none\n"
        "    calls: {recv: 1.., accept: 0, send: ..4}\n    order: [socket, connect, send]\n"
        "    bytes: {received: 2..4, sent: 7}\n    shim: absent\n"
        "  b: {running: true, serves: {client: c, exit: 2, stdout: {contains: ok}}}\n"
        "  c: {signal: KILL, running: false, elapsed: {min: 5ms}}\n");
    const struct experiment *e = scenario_only(&set);
    const struct expectations *a = &e->processes[0].expect, *b = &e->processes[1].expect,
                              *c = &e->processes[2].expect;
    cr_expect(a->present && a->has_exit && !a->exit_nonzero);
    cr_expect_eq(a->place.line, 4);
    cr_assert_eq(a->exit_count, 2);
    cr_expect_eq(a->exits[1], 3);
    cr_expect(a->has_elapsed);
    cr_expect_eq(a->elapsed_min_ns, ms);
    cr_expect_eq(a->elapsed_max_ns, 2000 * ms);
    cr_expect(a->fds_unchanged && a->no_zombies && a->shim_absent);
    cr_assert_eq(a->call_count, 3);
    cr_expect_str_eq(a->calls[1].word, "accept");
    cr_expect(call_set_has(&a->calls[1].calls, CALL_accept4),
              "a word that is a family as well means the family");
    cr_expect(call_set_has(&a->calls[0].calls, CALL_recv) && !call_set_has(&a->calls[0].calls, CALL_read));
    cr_expect_eq(a->calls[0].times.min, 1);
    cr_expect_eq(a->calls[0].times.max, UINT64_MAX);
    cr_expect_eq(a->calls[1].times.max, 0);
    cr_expect_eq(a->calls[2].times.min, 0);
    cr_expect_eq(a->calls[2].times.max, 4);
    cr_assert_eq(a->order_count, 3);
    cr_expect_eq(a->order[1], CALL_connect);
    cr_expect(a->has_received && a->has_sent);
    cr_expect_eq(a->received.min, 2);
    cr_expect_eq(a->received.max, 4);
    cr_expect_eq(a->sent.min, 7);
    cr_expect_eq(a->sent.max, 7);
    cr_expect_eq(b->running, 1);
    cr_expect_eq(b->serves.process, 2);
    cr_expect_eq(b->serves.exit, 2);
    cr_assert_eq(b->serves.out.count, 1);
    cr_expect_eq(b->serves.out.items[0].test, TEXT_CONTAINS);
    cr_expect_eq(c->signal, SIGKILL);
    cr_expect_eq(c->running, 0);
    cr_expect_not(c->has_exit);
    cr_expect_eq(c->elapsed_max_ns, INT64_MAX, "not said: no bound");
    scenario_set_free(&set);
}

Test(scenario, nonzero_is_no_list_of_statuses)
{
    struct scenario_set set =
        scenario_good("scenario: x\nprocesses: {a: {run: [x]}}\nexpect: {a: {exit: nonzero}}\n");
    const struct expectations *a = &scenario_only(&set)->processes[0].expect;
    cr_expect(a->has_exit && a->exit_nonzero);
    cr_expect_eq(a->exit_count, 0);
    scenario_set_free(&set);
}

Test(scenario, texts_are_read)
{
    struct scenario_set set =
        scenario_good("scenario: x\nprocesses: {a: {run: [x]}}\n"
                      "expect:\n  a:\n    stdout: |\n      two\n      lines\n"
                      "    stderr: {equals: 5, contains: [p, \"\"], matches: [\"^a+$\", \"[$]{2}\"]}\n");
    const struct expectations *a = &scenario_only(&set)->processes[0].expect;
    cr_assert_eq(a->out.count, 1);
    cr_expect_eq(a->out.items[0].test, TEXT_EQUALS);
    cr_expect_str_eq(a->out.items[0].text, "two\nlines\n");
    cr_assert_eq(a->err.count, 5);
    cr_expect_str_eq(a->err.items[0].text, "5");
    cr_expect_eq(a->err.items[2].test, TEXT_CONTAINS);
    cr_expect_str_eq(a->err.items[2].text, "");
    cr_expect_eq(a->err.items[4].test, TEXT_MATCHES);
    cr_expect_eq(a->err.items[4].place.line, 8);
    cr_expect_eq(regexec(&a->err.items[3].regex, "aaa", 0, NULL, 0), 0);
    cr_expect_eq(regexec(&a->err.items[4].regex, "a$$b", 0, NULL, 0), 0);
    cr_expect_eq(regexec(&a->err.items[4].regex, "a$b", 0, NULL, 0), REG_NOMATCH);
    scenario_set_free(&set);
}

Test(scenario, an_alias_is_what_it_stands_for)
{
    struct scenario_set set =
        scenario_good("scenario: x\n"
                      "processes: {a: &p {run: &r [x, y]}, b: {run: *r, after: a}, c: *p}\n"
                      "expect: {a: &e {exit: 1}, b: *e}\n");
    const struct experiment *e = scenario_only(&set);
    cr_expect_str_eq(e->processes[1].run[1], "y");
    cr_expect_eq(e->processes[2].run_count, 2);
    cr_expect_eq(e->processes[1].expect.exits[0], 1);
    scenario_set_free(&set);
}

Test(scenario, several_files_gather_in_one_set)
{
    static const char one[] = "scenario: one\nprocesses: {a: {run: [x]}}\nexpect: {}\n",
                      wrong[] = "scenario: two\n";
    struct scenario_set set = {0};
    struct diag diag = {0};
    cr_assert(scenario_read_text("1.yaml", one, strlen(one), &set, &diag));
    cr_assert_not(scenario_read_text("2.yaml", wrong, strlen(wrong), &set, &diag));
    diag = (struct diag){0};
    cr_assert(scenario_read_text("3.yaml", one, strlen(one), &set, &diag));
    cr_assert_eq(set.count, 2);
    cr_expect_eq(set.file_count, 2);
    cr_expect_str_eq(set.experiments[0].file, "1.yaml");
    cr_expect_str_eq(set.experiments[1].file, "3.yaml");
    scenario_set_free(&set);
}

Test(scenario, json_is_yaml)
{
    struct scenario_set set = scenario_good("{\"scenario\": \"x\", \"processes\": {\"a\": {\"run\": [\"x\"], "
                                            "\"count\": 2}}, \"expect\": {\"a\": {\"exit\": 1}}}");
    cr_expect_eq(scenario_only(&set)->processes[0].count, 2);
    scenario_set_free(&set);
}

Test(scenario, a_byte_order_mark_and_crlf_do_no_harm)
{
    struct scenario_set set =
        scenario_good("\xef\xbb\xbfscenario: x\r\nprocesses:\r\n  a: {run: [x]}\r\nexpect: {}\r\n");
    cr_expect_str_eq(scenario_only(&set)->claim, "x");
    cr_expect_eq(scenario_only(&set)->processes[0].place.line, 3);
    scenario_set_free(&set);
}

/* What regcomp(3) would make of these takes gigabytes. */
Test(scenario, a_regular_expression_must_be_affordable)
{
    static const char *const wrong[] = {"a+++++++++++++++++++++++++", "((a{1,200}){1,200})", "a{32767}",
                                        "(((((a+)+b)+c){50})+d){60}"};
    static const char *const right[] = {
        "^[0-9]{1,3}[.][0-9]{1,3}[.][0-9]{1,3}[.][0-9]{1,3}:[0-9]{1,5}$",
        "a+ b+ c+ d+ e+ f+ g+ h+ i+ j+ k+ l+ m+ n+ o+ p+ q+",
        "[]+{99999}[:alpha:]]x\\\\{99999\\\\}",
        "(a{1,64})+",
    };
    char text[400];
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        snprintf(text, sizeof text,
                 "scenario: x\nprocesses: {a: {run: [x]}}\nexpect: {a: {stdout: {matches: '%s'}}}\n",
                 wrong[i]);
        const char *said = scenario_wrong(text);
        cr_expect_not_null(strstr(said, "expected fewer repetitions within repetitions"), "%s", said);
    }
    for (size_t i = 0; i < sizeof right / sizeof *right; i++) {
        snprintf(text, sizeof text,
                 "scenario: x\nprocesses: {a: {run: [x]}}\nexpect: {a: {stdout: {matches: \"%s\"}}}\n",
                 right[i]);
        struct scenario_set set = scenario_good(text);
        scenario_set_free(&set);
    }
}
