/* What follows of a scenario: who is a service, who is only a probe, whether it fits together. */
#include "tests/unit/scenario_text.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static const struct scenario_process *named(const struct scenario_set *set, const char *name)
{
    const struct experiment *e = scenario_only(set);
    for (size_t i = 0; i < e->process_count; i++)
        if (strcmp(e->processes[i].name, name) == 0)
            return &e->processes[i];
    cr_assert_fail("no process %s", name);
    return NULL;
}

/* Whether process `s` of that kind, expected to do that, is a service; `c` waits for it when `awaited`. */
static bool service(const char *keys, const char *expect, bool awaited)
{
    char text[500];
    snprintf(text, sizeof text,
             "scenario: x\nprocesses:\n  s: {run: [x]%s}\n  c: {run: [y]%s}\nexpect: {s: {%s}}\n", keys,
             awaited ? ", after: s" : "", expect);
    struct scenario_set set = scenario_good(text);
    bool is = named(&set, "s")->service;
    scenario_set_free(&set);
    return is;
}

Test(settle, a_service_ends_only_because_it_is_stopped)
{
    cr_expect(service(", ready: listening", "", false));
    cr_expect(service(", ready: listening", "fds: unchanged", true));
    cr_expect(service(", ready: started", "", true));
    cr_expect(service(", ready: {stdout: up}", "", false));
    cr_expect(service("", "running: true", false));
    cr_expect(service(", ready: listening", "running: true, exit: 3", true),
              "3 is its answer to being stopped");
}

Test(settle, what_ends_by_itself_is_no_service)
{
    cr_expect_not(service("", "", false));
    cr_expect_not(service("", "stdout: x", true));
    cr_expect_not(service(", ready: exit", "", true));
    cr_expect_not(service(", ready: listening", "exit: 0", true));
    cr_expect_not(service(", ready: listening", "signal: PIPE", true));
    cr_expect_not(service(", ready: listening", "elapsed: {max: 1s}", true));
    cr_expect_not(service(", ready: listening", "running: false", true));
}

static bool probe(const char *keys, const char *more)
{
    char text[500];
    snprintf(text, sizeof text,
             "scenario: x\nprocesses: {s: {run: [x], ready: started}, p: {run: [y]%s}, q: {run: [z]}}\n%s",
             keys, more);
    struct scenario_set set = scenario_good(text);
    bool is = named(&set, "p")->only_probe;
    cr_expect_not(named(&set, "s")->only_probe);
    cr_expect_not(named(&set, "q")->only_probe);
    scenario_set_free(&set);
    return is;
}

Test(settle, a_probe_is_what_nothing_but_serves_speaks_of)
{
    cr_expect(probe("", "expect: {s: {serves: p}}\n"));
    cr_expect(probe(", ready: started", "expect: {s: {serves: {client: p, exit: 1}}}\n"));
    cr_expect_not(probe("", "expect: {}\n"));
    cr_expect_not(probe(", after: s", "expect: {s: {serves: p}}\n"));
    cr_expect_not(probe("", "expect: {s: {serves: p}, p: {exit: 0}}\n"));
    cr_expect_not(probe("", "expect: {s: {serves: p}}\nfaults: [{in: p, call: recv, short: 1}]\n"));
}

Test(settle, cycles_are_found_wherever_they_begin)
{
    cr_expect_str_eq(
        scenario_wrong("scenario: x\nexpect: {}\nprocesses:\n  a: {run: [x], after: b}\n"
                       "  b: {run: [x], after: [d, c]}\n  c: {run: [x], after: b}\n  d: {run: [x]}\n"),
        "6:24: error: got a cycle (c after b after c), expected an order in which they can start");
}

Test(settle, a_diamond_is_no_cycle)
{
    struct scenario_set set =
        scenario_good("scenario: x\nexpect: {}\nprocesses:\n  a: {run: [x]}\n  b: {run: [x], after: a}\n"
                      "  c: {run: [x], after: a}\n  d: {run: [x], after: [b, c, a]}\n");
    cr_expect_eq(named(&set, "d")->after_count, 3);
    scenario_set_free(&set);
}

Test(settle, running_fits_no_awaited_end)
{
    cr_expect_str_eq(
        scenario_wrong(
            "scenario: x\nprocesses: {a: {run: [x], ready: exit}}\nexpect: {a: {running: true}}\n"),
        "3:23: error: got 'running: true' for a process with 'ready: exit', expected one of the two");
}
