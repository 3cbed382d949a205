/* sockfault replay: what a sweep has recorded, once more. */
#include "harness/sweep/records/replay.h"
#include "harness/cli/cli.h"
#include "harness/cli/interrupt.h"
#include "harness/cli/select.h"
#include "harness/program/program.h"
#include "harness/run/trace/trace_text.h"
#include "harness/text.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { KEY_TRACE = 256, KEY_GDB, KEY_GDB_COMMAND };

struct replay_command {
    struct words records;
    bool trace, gdb;
    struct words gdb_commands;
    struct run_debugger debugger;
    struct program debugger_program;
    struct run_options options;
};

static error_t add_word(const struct argp_state *state, struct words *words, const char *word)
{
    if (words_add(words, word))
        return 0;
    argp_failure(state, 0, ENOMEM, "cannot keep the command line");
    return ENOMEM;
}

static error_t at_end(const struct argp_state *state, const struct replay_command *command)
{
    if (command->records.count == 0)
        argp_error(state, "got no RECORD, expected a file that a sweep has written");
    else if (command->gdb_commands.count > 0 && !command->gdb)
        argp_error(state, "got --gdb-command, expected --gdb with it");
    else if (command->gdb && command->records.count > 1)
        argp_error(state, "--gdb: got %zu records, expected one", command->records.count);
    else
        return 0;
    return EINVAL;
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct replay_command *command = state->input;
    switch (key) {
    case KEY_TRACE:
        command->trace = true;
        return 0;
    case KEY_GDB:
        command->gdb = true;
        return 0;
    case KEY_GDB_COMMAND:
        return add_word(state, &command->gdb_commands, argument);
    case ARGP_KEY_ARG:
        return add_word(state, &command->records, argument);
    case ARGP_KEY_END:
        return at_end(state, command);
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static enum cli_next parse_options(int argc, char **argv, struct replay_command *command)
{
    static const struct argp_option options[] = {
        {"trace", KEY_TRACE, NULL, 0, "print every call of the experiment", 0},
        {"gdb", KEY_GDB, NULL, 0, "stop in gdb at the call that meets the fault", 0},
        {"gdb-command", KEY_GDB_COMMAND, "CMD", 0, "carry that out there, instead of a prompt; several", 0},
        {0},
    };
    static const struct argp argp = {
        options,
        parse,
        "RECORD...",
        "Run what a sweep has recorded once more, and say whether the same comes of it.\v"
        "Exit status: 0 the same; 1 something else; 2 the command line or a record is wrong; 3 Sockfault "
        "could "
        "not do its work.",
        NULL,
        NULL,
        NULL,
    };
    return cli_parse(&argp, 0, argc, argv, command);
}

static void print_text(const char *text)
{
    if (text != NULL)
        text_escape(stdout, text, strlen(text), false);
}

/* Several lines, each after the first with a margin. */
static void print_lines(const char *margin, const char *text)
{
    for (const char *line = text; line != NULL && *line != '\0';) {
        size_t len = strcspn(line, "\n");
        fputs(margin, stdout);
        text_escape(stdout, line, len, false);
        fputc('\n', stdout);
        line += len + (line[len] == '\n');
    }
}

static void print_trace(const struct result *result)
{
    for (size_t i = 0; i < result->trace_count; i++) {
        char *text = trace_line_text(&result->trace[i]);
        printf("    %s\n", text == NULL ? "" : text);
        free(text);
    }
}

static void print_replayed(const char *path, const struct record *record, const struct replayed *replayed,
                           bool trace)
{
    bool same = replayed->seen.outcome == record->outcome;
    print_lines("warning: ", replayed->changes);
    fputs(same ? "same     " : "another  ", stdout);
    print_text(path);
    printf(": %s", sweep_outcome_text(replayed->seen.outcome));
    if (!same)
        printf("; in the record: %s", sweep_outcome_text(record->outcome));
    fputs("\n    ", stdout);
    print_text(record->rule);
    fputs(" at ", stdout);
    print_text(record->site);
    fputc('\n', stdout);
    print_lines("    ", replayed->seen.words);
    if (trace)
        print_trace(&replayed->result);
}

static enum status replay_one(const struct replay_command *command, const char *path)
{
    struct record record;
    struct replayed replayed;
    struct diag diag = {0};
    if (!record_read(path, &record, &diag)) {
        cli_say(&diag);
        return diag.status;
    }
    enum status status = STATUS_TROUBLE;
    if (replay(&record, &command->options, &replayed, &diag)) {
        print_replayed(path, &record, &replayed, command->trace);
        status = replayed.seen.outcome == record.outcome ? STATUS_HELD : STATUS_FAILED;
        replayed_free(&replayed);
    } else { /* of several records, it is told which */
        struct diag named = {0};
        diag_set(&named, diag.status, "%s: %s", path, diag.text);
        cli_say(&named);
        status = diag.status;
    }
    record_free(&record);
    return status;
}

/* gdb in PATH, for the options. */
static bool find_gdb(struct replay_command *command, const char *root, struct diag *diag)
{
    struct diag missing = {0};
    if (!program_find("gdb", root, getenv("PATH"), NULL, &command->debugger_program, &missing)) {
        diag_set(diag, STATUS_TROUBLE, "--gdb: %s", missing.text);
        return false;
    }
    command->debugger = (struct run_debugger){command->debugger_program.path, command->gdb_commands.items,
                                              command->gdb_commands.count};
    signal(SIGINT, SIG_IGN); /* the debugger's: it is on our terminal */
    return true;
}

/* What went worst. */
static int replay_all(struct replay_command *command, struct diag *diag)
{
    struct installation installation;
    char root[PATH_MAX];
    enum status worst = STATUS_HELD;
    if (getcwd(root, sizeof root) == NULL)
        diag_set(diag, STATUS_TROUBLE, "the current directory cannot be told: %m");
    if (!diag_ok(diag) || !installation_find(&installation, diag))
        return (int)diag->status;
    if (command->gdb && !find_gdb(command, root, diag))
        return (int)diag->status;
    const volatile int *stopped_by = interrupt_catch();
    command->options = (struct run_options){
        .shim = installation.shim,
        .root = root,
        .third_party = installation.third_party[0] == '\0' ? NULL : installation.third_party,
        .whole_trace = command->trace,
        .debugger = command->gdb ? &command->debugger : NULL,
        .stop = stopped_by,
    };
    for (size_t i = 0; i < command->records.count && *stopped_by == 0; i++) {
        enum status status = replay_one(command, command->records.items[i]);
        worst = status > worst ? status : worst;
    }
    return *stopped_by != 0 ? 128 + *stopped_by : (int)worst;
}

enum status command_replay(int argc, char **argv)
{
    struct replay_command command = {0};
    struct diag diag = {0};
    int status = STATUS_HELD;
    enum cli_next next = parse_options(argc, argv, &command);
    if (next == CLI_WRONG)
        status = STATUS_USAGE;
    else if (next == CLI_GO_ON)
        status = replay_all(&command, &diag);
    if (!diag_ok(&diag))
        cli_say(&diag);
    free(command.records.items);
    free(command.gdb_commands.items);
    return (enum status)status;
}
