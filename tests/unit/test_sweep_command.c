/* Scenarios made of commands, as texts. */
#include "harness/sweep/command/command.h"

#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

static struct shell_words words_of(const char *text)
{
    struct shell_words words = {0};
    struct diag diag = {0};
    cr_assert(shell_words_split("--client", text, &words, &diag), "%s", diag.text);
    return words;
}

/* What is read of the text that is made of it. */
static struct scenario_set read_back(const struct command *command, const struct command_facts *facts)
{
    struct scenario_set set = {0};
    struct diag diag = {0};
    char *text = NULL;
    cr_assert(command_text(command, facts, &text, &diag), "%s", diag.text);
    cr_assert(scenario_read_text("t", text, strlen(text), &set, &diag), "%s\n%s", diag.text, text);
    free(text);
    cr_assert_eq(set.count, 1);
    return set;
}

Test(sweep_command, words_come_through_as_they_are)
{
    static const char *const argv[] = {
        "/bin/1st-program", "a \"b\" \\ \t\n\x01 \xc3\xa4 'c'", "${port}", "$$", "#x: -", NULL};
    struct command command = {0};
    struct command_facts facts = {.status = 3};
    struct diag diag = {0};
    cr_assert(shell_words_take((char *const *)argv, 5, &command.program, &diag));
    struct scenario_set set = read_back(&command, &facts);
    const struct scenario_process *process = &set.experiments[0].processes[0];
    cr_expect_eq(process->run_count, 5);
    for (size_t i = 0; i < 5; i++) {
        struct runtime runtime = {.dir = "/d", .root = "/r"};
        char *word = scenario_expand(process->run[i], &runtime, &diag);
        cr_expect_str_eq(word, argv[i]);
        free(word);
    }
    cr_expect_str_eq(process->name, "program", "a name begins with a letter");
    cr_expect_str_eq(process->cwd, "${root}");
    cr_expect_eq(process->expect.exits[0], 3);
    cr_expect_not(set.experiments[0].shares_network);
    scenario_set_free(&set);
    command_free(&command);
}

Test(sweep_command, a_pair_is_a_service_and_who_comes_after)
{
    struct command command = {.server = words_of("./a-server --port ${port}"),
                              .client = words_of("cat ${dir}/x")};
    struct command_facts facts = {.signal = 11};
    struct scenario_set set = read_back(&command, &facts);
    const struct scenario_process *server = &set.experiments[0].processes[0], *client = server + 1;
    cr_expect(server->service);
    cr_expect_eq(server->ready, READY_LISTENING);
    cr_expect_eq(server->ready_port, 0);
    cr_expect_str_eq(server->run[2], "${port}");
    cr_expect_not(client->service);
    cr_expect_eq(client->after[0], 0);
    cr_expect_eq(client->expect.signal, 11);
    cr_expect_str_eq(client->run[1], "${dir}/x");
    cr_assert(command_name(&command));
    cr_expect_str_eq(command.name, "a-server-cat");
    scenario_set_free(&set);
    command_free(&command);
}

Test(sweep_command, a_port_that_is_said_stands_for_the_variable)
{
    struct command command = {.server = words_of("s ${port}:${port2} '${port}'"),
                              .client = words_of("c \"${port}\""),
                              .port = 8080};
    struct command_facts facts = {.machine = true};
    struct scenario_set set = read_back(&command, &facts);
    const struct scenario_process *server = &set.experiments[0].processes[0];
    cr_expect_str_eq(server->run[1], "8080:${port2}");
    cr_expect_str_eq(server->run[2], "$${port}");
    cr_expect_str_eq(server[1].run[1], "8080");
    cr_expect_eq(server->ready_port, 8080);
    cr_expect_eq(server->ready, READY_LISTENING);
    cr_expect(set.experiments[0].shares_network);
    scenario_set_free(&set);
    command_free(&command);
}

Test(sweep_command, bytes_that_are_no_text_are_refused)
{
    static const char *const argv[] = {"x", "\xff", NULL};
    char *text = NULL;
    struct command command = {0};
    struct command_facts facts = {0};
    struct diag diag = {0};
    cr_assert(shell_words_take((char *const *)argv, 2, &command.program, &diag));
    cr_expect_not(command_text(&command, &facts, &text, &diag));
    cr_expect_eq(diag.status, STATUS_USAGE);
    cr_expect_str_eq(diag.text, "word 2 of the command: got bytes that are not UTF-8, expected UTF-8");
    command_free(&command);
}
