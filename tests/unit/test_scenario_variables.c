/* Variables that have values only at run time. */
#include "tests/unit/scenario_text.h"

#include "harness/scenario/expand.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static pid_t pid_of(void *context, const char *process)
{
    (void)context;
    return strcmp(process, "server") == 0 ? 4711 : 0;
}

static const struct runtime runtime = {
    .ports = {0, 8001, 8002, 0, 0, 0, 0, 0, 0, 8009},
    .dir = "/run/d",
    .root = "/home/r",
    .pid_of = pid_of,
};

static void expands_to(const char *text, const char *wanted)
{
    struct diag diag = {0};
    char *got = scenario_expand(text, &runtime, &diag);
    cr_assert_not_null(got, "%s", diag.text);
    cr_expect_str_eq(got, wanted);
    free(got);
}

Test(variables, every_one_has_its_value)
{
    expands_to("", "");
    expands_to("plain $ { } ${ not closed", "plain $ { } ${ not closed");
    expands_to("${port}:${port2}:${port9}", "8001:8002:8009");
    expands_to("${dir}/x and ${root}/y", "/run/d/x and /home/r/y");
    expands_to("kill ${pid:server}", "kill 4711");
}

Test(variables, two_dollars_are_one)
{
    expands_to("$${port}", "${port}");
    expands_to("$$${port}", "$${port}");
    expands_to("$$ $", "$$ $");
    expands_to("${unknown}", "${unknown}");
}

Test(variables, a_process_that_has_not_started_has_no_id)
{
    struct diag diag = {0};
    cr_expect_null(scenario_expand("${pid:client}", &runtime, &diag));
    cr_expect_str_eq(diag.text, "got ${pid:client} before it has a value, expected it later (see after:)");
}

Test(variables, the_highest_port_counts)
{
    struct scenario_set set =
        scenario_good("scenario: c\nfiles: {f: \"${port3}\"}\nprocesses: {p: {run: [\"${port}\"]}}\n"
                      "expect: {p: {stdout: {contains: \"$${port9}\"}}}\n");
    cr_expect_eq(scenario_ports(scenario_only(&set)), 3, "and what is escaped does not");
    scenario_set_free(&set);
}

Test(variables, a_regular_expression_is_ready_to_use)
{
    struct scenario_set set =
        scenario_good("scenario: c\nprocesses: {p: {run: [x], ready: {stdout: 'a\\$${2}'}}}\n"
                      "expect: {p: {running: true}}\n");
    cr_expect_str_eq(scenario_only(&set)->processes[0].ready_text, "a\\${2}");
    scenario_set_free(&set);
}

Test(variables, ports_are_port_and_port2_to_port9)
{
    cr_expect_eq(expand_port("port", 4), 1);
    cr_expect_eq(expand_port("port2", 5), 2);
    cr_expect_eq(expand_port("port9", 5), 9);
    cr_expect_eq(expand_port("port1", 5), 0);
    cr_expect_eq(expand_port("port0", 5), 0);
    cr_expect_eq(expand_port("port10", 6), 0);
    cr_expect_eq(expand_port("pork", 4), 0);
    cr_expect_eq(expand_port("por", 3), 0);
}

Test(variables, places_are_found_back_through_an_expansion)
{
    const struct variable matrix[] = {{(char *)"long", (char *)"four"}, {(char *)"e", (char *)""}};
    const char *text = "a${e}b${long}c$${d";
    struct pool *pool = NULL;
    cr_expect_str_eq(expand_matrix(&pool, text, matrix, 2), "abfourc$${d");
    pool_free(&pool);
    cr_expect_eq(expand_origin(text, matrix, 2, 0), 0);
    cr_expect_eq(expand_origin(text, matrix, 2, 1), 5, "b");
    cr_expect_eq(expand_origin(text, matrix, 2, 2), 6, "${long}");
    cr_expect_eq(expand_origin(text, matrix, 2, 5), 6, "the end of it too");
    cr_expect_eq(expand_origin(text, matrix, 2, 6), 13, "c");
    cr_expect_eq(expand_origin(text, matrix, 2, 99), strlen(text));
}
