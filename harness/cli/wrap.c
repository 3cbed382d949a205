/* sockfault wrap: one program under faults, as env(1) would run it. */
#include "harness/cli/wrap.h"
#include "harness/control/control.h"
#include "harness/run/watch/mend.h"
#include "harness/text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What is under way. */
struct wrapped {
    struct wrap_command command;
    struct installation installation;
    struct program program;
    struct stage stage;
    struct janitor janitor;
    struct wrap_trace *trace;
    struct wrap_clock *clock;
    struct book book;
    struct control *control;
};

static int refuse(const struct wrapped *wrapped, const char *when)
{
    const char *obstacle = program_obstacle(&wrapped->program);
    fprintf(stderr, "sockfault: %s: error: the shim %s be loaded: %s\n", wrapped->command.arguments[0], when,
            obstacle != NULL ? obstacle
                             : "it ended before it was ready, or replaced its loader or LD_PRELOAD");
    return wrapped->program.obstacle == PRELOAD_NOT_ELF ? WRAP_NOT_EXECUTABLE : WRAP_TROUBLE;
}

/* 0, or what to exit with. */
static int look_up(struct wrapped *wrapped)
{
    struct diag diag = {0};
    char root[PATH_MAX];
    if (getcwd(root, sizeof root) == NULL)
        diag_set(&diag, STATUS_TROUBLE, "the current directory cannot be told: %m");
    else if (!program_find(wrapped->command.arguments[0], root, getenv("PATH"), NULL, &wrapped->program,
                           &diag)) {
        int status = errno == ENOENT ? WRAP_NOT_FOUND : WRAP_NOT_EXECUTABLE;
        cli_say(&diag);
        return status;
    } else if (wrapped->program.obstacle != PRELOAD_FINE)
        return refuse(wrapped, "cannot");
    else if (wrapped->command.clock == CLOCK_VIRTUAL && program_real_time_reason(&wrapped->program) != NULL)
        diag_set(&diag, STATUS_TROUBLE, "--time virtual: %s: %s", wrapped->command.arguments[0],
                 program_real_time_reason(&wrapped->program));
    else if (installation_find(&wrapped->installation, &diag))
        return wrap_aim(&wrapped->command, &wrapped->program) ? 0 : WRAP_TROUBLE;
    cli_say(&diag);
    return WRAP_TROUBLE;
}

/* Calls that no rule speaks of are only seen when all are traced: what is told without a rule is what was
 * seen. Where rules may come later, nothing is to be slow before. */
static uint32_t board_flags(const struct wrap_command *command)
{
    bool rules = command->rule_count > 0 || command->control != NULL;
    return (command->trace || !rules ? BOARD_TRACING : 0) |
           (command->clock == CLOCK_VIRTUAL ? BOARD_VIRTUAL : 0);
}

/* All that has to be there before the program starts: a trace that cannot be written and a socket that cannot
 * be made are told before anything happened. */
static bool prepare(struct wrapped *wrapped, struct diag *diag)
{
    const struct wrap_command *command = &wrapped->command;
    if (!stage_open(&wrapped->stage, command->rules, command->rule_count, command->seed, board_flags(command),
                    diag))
        return false;
    const char *interpreter = wrapped->program.interpreter;
    if (!book_open(&wrapped->book, wrapped->stage.board, command->rules, command->rule_count,
                   interpreter[0] != '\0' ? interpreter : wrapped->program.path, diag))
        return false;
    if (command->control != NULL)
        wrapped->control = control_open(command->control, diag);
    if (diag_ok(diag) && command->trace)
        wrapped->trace = wrap_trace_open(wrapped->stage.board, command->trace_file, diag);
    if (diag_ok(diag) && command->clock == CLOCK_VIRTUAL)
        wrapped->clock = wrap_clock_open(wrapped->stage.board, diag);
    return diag_ok(diag) &&
           janitor_start(&wrapped->janitor, &wrapped->stage, control_endpoint(wrapped->control), diag);
}

/* What it exits with, if Sockfault has no reason to say something else. */
static int tell(const struct wrapped *wrapped, int status, uint64_t trace_lost, struct diag *diag)
{
    const struct wrap_command *command = &wrapped->command;
    const char *trouble = mend_trouble(wrapped->stage.board, wrapped->stage.board_path);
    if (trouble != NULL) {
        diag_set(diag, STATUS_TROUBLE, "%s: %s", wrapped->command.arguments[0], trouble);
        return WRAP_TROUBLE;
    }
    if (!stage_heard(&wrapped->stage))
        return refuse(wrapped, "could not");
    if (!command->quiet)
        wrap_summary(&wrapped->book, command, trace_lost);
    if (command->require_fired && wrap_idle_rules(&wrapped->book, command))
        return WRAP_TROUBLE;
    return status;
}

static int start_failed(const struct wrapped *wrapped, int error, const char *what, struct diag *diag)
{
    diag_set(diag, STATUS_TROUBLE, "%s: %s: %s", wrapped->command.arguments[0], what, strerror(error));
    if (strcmp(what, "exec") != 0)
        return WRAP_TROUBLE;
    return error == ENOENT ? WRAP_NOT_FOUND : WRAP_NOT_EXECUTABLE;
}

static void end_control(struct wrapped *wrapped)
{
    control_end(wrapped->control);
    wrapped->control = NULL;
}

static void end_clock(struct wrapped *wrapped)
{
    char ahead[TEXT_DURATION_MAX];
    const struct wrap_command *command = &wrapped->command;
    if (wrapped->clock == NULL)
        return;
    const char *held_by = wrap_clock_end(wrapped->clock);
    wrapped->clock = NULL;
    if (command->quiet)
        return;
    fprintf(stderr, "sockfault: the clock was advanced by %s",
            text_duration(atomic_load(&wrapped->stage.board->offset_ns), ahead));
    fprintf(stderr, held_by != NULL ? "; time went by as it does where it could not be: %s\n" : "\n",
            held_by);
}

static void start_threads(struct wrapped *wrapped, pid_t program, struct diag *diag)
{
    /* The program has it. Of ours, two threads would take it out of the environment and put it back. */
    unsetenv("DEBUGINFOD_URLS");
    if (wrapped->trace != NULL)
        wrap_trace_start(wrapped->trace, diag);
    if (wrapped->control != NULL && !control_start(wrapped->control, &wrapped->book, diag))
        end_control(wrapped);
    if (wrapped->clock != NULL)
        wrap_clock_start(wrapped->clock, program, diag);
}

static int run_program(struct wrapped *wrapped, struct diag *diag)
{
    struct child child;
    const char *failed;
    int error = child_start(&child, &wrapped->stage, wrapped->installation.shim, &wrapped->program,
                            wrapped->command.arguments, &failed);
    if (error != 0)
        return start_failed(wrapped, error, failed, diag);
    start_threads(wrapped, child.pid, diag);
    int status = child_wait(&child);
    end_clock(wrapped);
    end_control(wrapped);
    uint64_t lost = wrap_trace_end(wrapped->trace);
    wrapped->trace = NULL;
    return tell(wrapped, status, lost, diag);
}

enum status command_wrap(int argc, char **argv)
{
    struct wrapped wrapped = {.janitor.lifeline = -1};
    struct diag diag = {0};
    enum cli_next next = wrap_options_parse(argc, argv, &wrapped.command);
    int status = next == CLI_HELPED ? 0 : next == CLI_WRONG ? WRAP_TROUBLE : look_up(&wrapped);
    if (next == CLI_GO_ON && status == 0)
        status = prepare(&wrapped, &diag) ? run_program(&wrapped, &diag) : WRAP_TROUBLE;
    if (!diag_ok(&diag))
        cli_say(&diag);
    end_clock(&wrapped);
    end_control(&wrapped);
    wrap_trace_end(wrapped.trace);
    book_close(&wrapped.book);
    stage_close(&wrapped.stage);
    janitor_dismiss(&wrapped.janitor);
    return (enum status)status;
}
