#include "harness/run/start/environ.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Test(environ, set_replaces_and_removes)
{
    struct environment environment = {0};
    cr_assert(environment_set(&environment, "A", "1"));
    cr_assert(environment_set(&environment, "AB", "2"));
    cr_assert(environment_set(&environment, "A", "three"));
    cr_expect_str_eq(environment_get(&environment, "A"), "three");
    cr_expect_str_eq(environment_get(&environment, "AB"), "2");
    cr_expect_eq(environment.count, 2);
    cr_assert(environment_set(&environment, "A", NULL));
    cr_assert(environment_set(&environment, "never there", NULL));
    cr_expect_null(environment_get(&environment, "A"));
    cr_expect_eq(environment.count, 1);
    cr_expect_null(environment.items[1]);
    environment_free(&environment);
}

Test(environ, grows)
{
    struct environment environment = {0};
    char name[16];
    for (int i = 0; i < 1000; i++) {
        snprintf(name, sizeof name, "V%d", i);
        cr_assert(environment_set(&environment, name, name));
    }
    cr_expect_eq(environment.count, 1000);
    cr_expect_str_eq(environment_get(&environment, "V0"), "V0");
    cr_expect_str_eq(environment_get(&environment, "V999"), "V999");
    cr_expect_null(environment.items[1000]);
    environment_free(&environment);
}

/* What a process of that description gets. */
static struct environment made(struct scenario_process *process, bool bare)
{
    static struct program program = {.sanitizer = "libasan.so.8"};
    static const struct run_options options = {0};
    struct experiment experiment = {0};
    struct run run = {
        .experiment = &experiment, .options = &options, .programs = &program, .shim = "/lib/shim.so"};
    char name[] = "client#2";
    struct instance instance = {.process = process, .name = name};
    struct environment environment = {0};
    struct diag diag = {0};
    strcpy(run.board_path, "/x/board");
    cr_assert(environment_make(&run, &instance, bare, &environment, &diag), "%s", diag.text);
    return environment;
}

static bool has(const struct environment *environment, const char *name, const char *value)
{
    const char *got = environment_get(environment, name);
    return got && strcmp(got, value) == 0;
}

Test(environ, the_shim_comes_after_a_sanitizer_and_before_what_else_is_preloaded)
{
    struct scenario_process process = {.shim = true};
    setenv("LD_PRELOAD", "", 1);
    setenv("SOCKFAULT_TRACE", "of an outer run", 1);
    struct environment environment = made(&process, false);
    cr_expect(has(&environment, "LD_PRELOAD", "libasan.so.8:/lib/shim.so"));
    cr_expect(has(&environment, "SOCKFAULT_BOARD", "/x/board"));
    cr_expect(has(&environment, "SOCKFAULT_PROCESS", "client#2"));
    cr_expect_null(environment_get(&environment, "SOCKFAULT_TRACE"));
    environment_free(&environment);

    char name[] = "LD_PRELOAD", value[] = "/lib/own.so";
    struct variable preload = {name, value};
    process.env = &preload;
    process.env_count = 1;
    environment = made(&process, false);
    cr_expect(has(&environment, "LD_PRELOAD", "libasan.so.8:/lib/shim.so:/lib/own.so"));
    environment_free(&environment);
}

Test(environ, without_the_shim_there_is_nothing_of_it)
{
    struct scenario_process process = {.shim = false};
    unsetenv("LD_PRELOAD");
    struct environment environment = made(&process, false);
    cr_expect_null(environment_get(&environment, "LD_PRELOAD"));
    cr_expect_null(environment_get(&environment, "SOCKFAULT_BOARD"));
    environment_free(&environment);
}

Test(environ, a_cleared_one_keeps_four_variables)
{
    char mine[] = "MINE", yes[] = "yes", lang[] = "LANG";
    struct variable variables[] = {{mine, yes}, {lang, NULL}};
    struct scenario_process process = {.clear_env = true, .env = variables, .env_count = 2};
    setenv("PATH", "/bin", 1);
    setenv("HOME", "/home", 1);
    setenv("LANG", "C", 1);
    setenv("TMPDIR", "/tmp", 1);
    setenv("OTHER", "gone", 1);
    struct environment environment = made(&process, true);
    cr_expect_eq(environment.count, 4);
    cr_expect(has(&environment, "PATH", "/bin"));
    cr_expect(has(&environment, "HOME", "/home"));
    cr_expect(has(&environment, "TMPDIR", "/tmp"));
    cr_expect(has(&environment, "MINE", "yes"));
    environment_free(&environment);
}
