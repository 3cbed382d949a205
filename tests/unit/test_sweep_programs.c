/* The files an experiment's processes are of. Needs build/reference and build/tests/broken. */
#include "harness/sweep/records/programs.h"
#include "tests/unit/scenario_text.h"

#include <criterion/criterion.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char root[PATH_MAX];
static struct scenario_set set;
static struct sweep_programs programs;

static void begin(void)
{
    cr_assert_not_null(getcwd(root, sizeof root));
    set = scenario_good("scenario: x\nprocesses:\n"
                        "  server: {run: [build/reference/server], ready: listening}\n"
                        "  client: {run: [build/tests/broken/client-single-read, \"1\"], after: server}\n"
                        "  shell: {run: [sh]}\n"
                        "  nowhere: {run: [build/nowhere]}\n"
                        "  varied: {run: [\"${root}/build/reference/client\"]}\n"
                        "  peer: {peer: [{connect: \"${port}\"}], after: server}\n"
                        "expect: {client: {exit: 0}}\n");
    struct run_options options = {.root = root};
    cr_assert(sweep_programs_find(scenario_only(&set), &options, &programs));
}

static void finish(void)
{
    sweep_programs_free(&programs);
    scenario_set_free(&set);
}

TestSuite(sweep_programs, .init = begin, .fini = finish);

static const struct sweep_program *find(const char *process)
{
    for (size_t i = 0; i < programs.count; i++)
        if (strcmp(programs.items[i].process, process) == 0)
            return &programs.items[i];
    cr_assert_fail("no %s", process);
    return NULL;
}

Test(sweep_programs, each_that_can_be_found_has_its_path_and_its_build)
{
    char expected[PATH_MAX + 64];
    snprintf(expected, sizeof expected, "%s/build/reference/server", root);
    cr_expect_str_eq(find("server")->path, expected);
    cr_expect_neq(find("server")->build_id[0], '\0');
    cr_expect_eq(find("shell")->path[0], '/');
    cr_expect_str_neq(find("server")->build_id, find("client")->build_id);
}

Test(sweep_programs, of_others_nothing_is_known)
{
    cr_expect_null(find("nowhere")->path);
    cr_expect_null(find("varied")->path);
    cr_expect_null(find("peer")->path);
}

static char *source_of(const char *process, const char *module, uint64_t offset, int *ret_line)
{
    struct survey_call call = {
        .process = (char *)process, .frames = {{(char *)"", 1}, {(char *)module, offset}}, .frame_count = 2};
    return sweep_programs_source(&programs, &call, ret_line);
}

/* Wherever the code is: some byte of the file's first 64 KiB is of its source. */
static bool has_source(const char *process, const char *module, const char *name)
{
    for (uint64_t offset = 0x1000; offset < 0x10000; offset += 16) {
        int line = 0;
        char *source = source_of(process, module, offset, &line);
        bool found = source != NULL && strstr(source, name) != NULL && line > 0;
        free(source);
        if (found)
            return true;
    }
    return false;
}

Test(sweep_programs, a_frame_has_its_line_in_the_program_of_its_process)
{
    cr_expect(has_source("client", "client-single-read", "client-single-read.c"));
    cr_expect(has_source("client#2", "client-single-read", "client-single-read.c"), "an instance of it");
    cr_expect_not(has_source("server", "client-single-read", "client-single-read.c"), "another's program");
}

Test(sweep_programs, a_frame_of_nobody_has_none)
{
    int line;
    cr_expect_null(source_of("stranger", "server", 0x1000, &line));
    cr_expect_null(source_of("nowhere", "nowhere", 0x1000, &line));
    cr_expect_null(source_of("server", "../../etc/passwd", 0x1000, &line));
    cr_expect_null(source_of("server", "server", UINT64_MAX, &line));
}
