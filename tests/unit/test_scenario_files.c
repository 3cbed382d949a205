/* Scenario files on disk: which of a folder are read, and what is said of those that cannot be. */
#include "harness/scenario/scenario.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/sockfault-test-XXXXXX";

static void run(const char *command)
{
    char line[200];
    snprintf(line, sizeof line, "cd '%s' && %s", folder, command);
    cr_assert_eq(system(line), 0, "%s", line);
}

static void make(void)
{
    cr_assert_not_null(mkdtemp(folder));
}

static void remove_all(void)
{
    run("cd / && rm -rf \"$OLDPWD\"");
}

static void put(const char *name, const char *text)
{
    char path[200];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    cr_assert_not_null(file);
    fputs(text, file);
    fclose(file);
}

static const char good[] = "scenario: x\nprocesses: {a: {run: [x]}}\nexpect: {}\n";

struct said {
    int count;
    char texts[4][2048];
};

static void say(void *context, const struct diag *diag)
{
    struct said *said = context;
    cr_assert_lt(said->count, 4);
    strcpy(said->texts[said->count++], diag->text);
}

Test(files, a_folder_is_read_in_byte_order, .init = make, .fini = remove_all)
{
    static const char *const wanted[] = {"B.yaml", "a.yml", "a/z.yaml", "b.yaml"};
    struct scenario_set set = {0};
    struct diag diag = {0};
    run("mkdir a .hidden c.yaml");
    put("b.yaml", good);
    put("a/z.yaml", good);
    put("a.yml", good);
    put("B.yaml", good);
    put("a/.#lock.yaml", "not: a scenario");
    put(".hidden/x.yaml", "not: a scenario");
    put("notes.txt", "not a scenario");
    cr_assert(scenario_read(folder, &set, &diag, NULL, NULL), "%s", diag.text);
    cr_assert_eq(set.count, 4);
    for (size_t i = 0; i < 4; i++)
        cr_expect_str_eq(set.experiments[i].file + strlen(folder) + 1, wanted[i]);
    scenario_set_free(&set);
}

Test(files, a_slash_behind_the_folder_is_not_doubled, .init = make, .fini = remove_all)
{
    char path[200], wanted[200];
    struct scenario_set set = {0};
    struct diag diag = {0};
    put("b.yaml", good);
    snprintf(path, sizeof path, "%s//", folder);
    snprintf(wanted, sizeof wanted, "%s/b.yaml", folder);
    cr_assert(scenario_read(path, &set, &diag, NULL, NULL));
    cr_expect_str_eq(set.experiments[0].file, wanted);
    cr_expect_str_eq(set.experiments[0].place.file, wanted);
    scenario_set_free(&set);
}

Test(files, a_file_may_have_any_name, .init = make, .fini = remove_all)
{
    char path[200];
    struct scenario_set set = {0};
    struct diag diag = {0};
    put("scenario", good);
    snprintf(path, sizeof path, "%s/scenario", folder);
    cr_expect(scenario_read(path, &set, &diag, NULL, NULL));
    scenario_set_free(&set);
}

Test(files, every_wrong_file_is_reported_and_the_first_kept, .init = make, .fini = remove_all)
{
    struct scenario_set set = {0};
    struct diag diag = {0};
    struct said said = {0};
    put("1.yaml", "scenario: x\n");
    put("2.yaml", good);
    put("3.yaml", "wrong\n");
    cr_expect_not(scenario_read(folder, &set, &diag, say, &said));
    cr_assert_eq(said.count, 2);
    cr_expect_str_eq(diag.text, said.texts[0]);
    cr_expect_not_null(strstr(said.texts[0], "/1.yaml:1:1: error: got no key 'processes'"));
    cr_expect_not_null(strstr(said.texts[1], "/3.yaml:1:1: error: got 'wrong', expected a map"));
    cr_expect_eq(set.count, 1);
    cr_expect_eq(set.file_count, 1);
    scenario_set_free(&set);
}

Test(files, what_cannot_be_read_is_said, .init = make, .fini = remove_all)
{
    char wanted[300], path[200];
    struct scenario_set set = {0};
    struct diag diag = {0};
    struct said said = {0};
    snprintf(wanted, sizeof wanted,
             "%s: got a folder without scenarios, expected *.yaml or *.yml in it or below", folder);
    cr_expect_not(scenario_read(folder, &set, &diag, say, &said));
    cr_expect_str_eq(diag.text, wanted);
    cr_expect_eq(said.count, 1);
    diag = (struct diag){0};
    snprintf(path, sizeof path, "%s/nothing", folder);
    snprintf(wanted, sizeof wanted,
             "%s: cannot be read (No such file or directory), expected a scenario file or a folder of them",
             path);
    cr_expect_not(scenario_read(path, &set, &diag, NULL, NULL));
    cr_expect_str_eq(diag.text, wanted);
    diag = (struct diag){0};
    run("ln -s nowhere dangling.yaml");
    cr_expect_not(scenario_read(folder, &set, &diag, NULL, NULL));
    cr_expect_not_null(strstr(diag.text, "/dangling.yaml: cannot be read (No such file"));
    scenario_set_free(&set);
}

Test(files, a_fifo_in_a_folder_is_said_and_not_waited_for, .init = make, .fini = remove_all, .timeout = 10)
{
    struct scenario_set set = {0};
    struct diag diag = {0};
    run("mkfifo fifo.yaml .hidden.yaml fifo");
    cr_expect_not(scenario_read(folder, &set, &diag, NULL, NULL));
    cr_expect_not_null(strstr(diag.text, "/fifo.yaml: cannot be read (not a regular file), expected"));
    run("rm fifo.yaml && ln -s fifo link.yaml");
    diag = (struct diag){0};
    cr_expect_not(scenario_read(folder, &set, &diag, NULL, NULL));
    cr_expect_not_null(strstr(diag.text, "/link.yaml: cannot be read (not a regular file), expected"));
    scenario_set_free(&set);
}
