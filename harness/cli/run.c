/* sockfault run: reads scenarios, runs what is selected of them, reports. */
#include "harness/cli/interrupt.h"
#include "harness/cli/run_options.h"
#include "harness/clock.h"
#include "harness/phrase.h"
#include "harness/scenario/scenario.h"
#include "harness/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A run in progress. */
struct run {
    struct run_command command;
    const char *called_by; /* argv[0]: "build/sockfault run" */
    struct installation installation;
    char root[PATH_MAX];
    struct scenario_set set;
    struct selection selection;
    struct results results;
    size_t *order;      /* of results.items[i]: which experiment it is of */
    const char **files; /* of each experiment there will be */
    size_t expected;
    const volatile int *stopped_by; /* the signal that asked for the end, or 0 */
};

static void say_wrong(void *context, const struct diag *diag)
{
    (void)context;
    cli_say(diag);
}

/* All files are read before anything runs, so that every mistake in them is told at once. */
static enum status read_scenarios(struct run *run)
{
    enum status status = STATUS_HELD;
    for (size_t i = 0; i < run->command.paths.count; i++) {
        struct diag diag = {0};
        if (!scenario_read(run->command.paths.items[i], &run->set, &diag, say_wrong, NULL))
            status = diag.status > status ? diag.status : status;
    }
    return status;
}

/* The command that runs just this experiment again, as it can be typed into a shell. */
static char *repeat_command(const struct run *run, const char *experiment, const struct result *result)
{
    char *sockfault = cli_called_by(run->called_by);
    char *name = phrase_quote(experiment), *file = phrase_quote(result->file), *text = NULL;
    const char *timeout = run->command.timeout;
    bool timed = run->command.options.clock != CLOCK_DEFAULT;
    if (sockfault != NULL && name != NULL && file != NULL)
        text = text_format("%s run --seed %llu%s%s%s%s --only %s %s", sockfault,
                           (unsigned long long)result->seed, timed ? " --time " : "",
                           timed ? clock_word(run->command.options.clock) : "",
                           timeout == NULL ? "" : " --timeout ", timeout == NULL ? "" : timeout, name, file);
    free(sockfault);
    free(name);
    free(file);
    return text;
}

static void experiment_done(void *context, size_t index, struct result *result)
{
    struct run *run = context;
    char *repeat = repeat_command(run, run->selection.items[index]->name, result);
    if (repeat != NULL) {
        free(result->repeat);
        result->repeat = repeat;
    }
    run_reports_one(&run->command.reports, result);
    if (run->results.count < run->expected)
        run->order[run->results.count] = index;
    results_add(&run->results, result);
}

struct ordered {
    size_t index, arrival;
    struct result result;
};

static int by_order(const void *one, const void *other)
{
    const struct ordered *a = one, *b = other;
    if (a->index != b->index)
        return a->index < b->index ? -1 : 1;
    return a->arrival < b->arrival ? -1 : a->arrival > b->arrival;
}

/* Results come as experiments end; a report lists them as they were written, the same in every run. */
static void sort_results(struct run *run)
{
    size_t count = run->results.count;
    struct ordered *sorted = count == 0 || count > run->expected ? NULL : calloc(count, sizeof *sorted);
    if (sorted == NULL)
        return;
    for (size_t i = 0; i < count; i++)
        sorted[i] = (struct ordered){run->order[i], i, run->results.items[i]};
    qsort(sorted, count, sizeof *sorted, by_order);
    for (size_t i = 0; i < count; i++)
        run->results.items[i] = sorted[i].result;
    free(sorted);
}

static int list_names(const struct run *run)
{
    for (size_t i = 0; i < run->selection.count; i++)
        puts(run->selection.items[i]->name);
    return STATUS_HELD;
}

static void say_unfinished(const struct run *run)
{
    char name[TEXT_SIGNAL_MAX];
    if (run->results.count < run->expected)
        fprintf(stderr, "sockfault: stopped by %s: %zu of %zu experiments were run\n",
                *run->stopped_by != 0 ? text_signal(*run->stopped_by, name) : "--fail-fast",
                run->results.count, run->expected);
}

static bool make_room(struct run *run, struct diag *diag)
{
    run->expected = run->selection.count * run->command.options.repeat;
    run->order = calloc(run->expected + 1, sizeof *run->order);
    run->files = calloc(run->expected + 1, sizeof *run->files);
    if (run->order == NULL || run->files == NULL) {
        diag_set(diag, STATUS_TROUBLE, "no memory for %zu experiments", run->expected);
        return false;
    }
    for (size_t i = 0; i < run->expected; i++)
        run->files[i] = run->selection.items[i % run->selection.count]->file;
    return true;
}

/* From here on there is something to report. */
static int execute(struct run *run, struct diag *diag)
{
    struct run_options *options = &run->command.options;
    options->shim = run->installation.shim;
    options->third_party = run->installation.third_party[0] == '\0' ? NULL : run->installation.third_party;
    options->root = run->root;
    if (!make_room(run, diag) ||
        !run_reports_begin(&run->command.reports, run->files, run->expected, run->command.quiet, diag))
        return (int)diag->status;
    run->stopped_by = interrupt_catch();
    int64_t began = clock_ns();
    bool ran = schedule_run(run->selection.items, run->selection.count, options, run->stopped_by,
                            experiment_done, run, diag);
    run->results.elapsed_ns = clock_ns() - began;
    run->results.seed = options->seed;
    sort_results(run);
    bool written = run_reports_end(&run->command.reports, &run->results, diag);
    if (ran)
        say_unfinished(run);
    if (*run->stopped_by != 0)
        return 128 + *run->stopped_by;
    enum status status = results_status(&run->results);
    return status == STATUS_HELD && !(ran && written) ? STATUS_TROUBLE : (int)status;
}

static int run_all(struct run *run, struct diag *diag)
{
    enum status status = read_scenarios(run);
    if (status != STATUS_HELD)
        return (int)status;
    if (!select_experiments(&run->set, &run->command.filter, &run->selection, diag))
        return (int)diag->status;
    if (run->command.list)
        return list_names(run);
    if (getcwd(run->root, sizeof run->root) == NULL) {
        diag_set(diag, STATUS_TROUBLE, "the current directory cannot be told: %m");
        return STATUS_TROUBLE;
    }
    if (!installation_find(&run->installation, diag))
        return (int)diag->status;
    return execute(run, diag);
}

enum status command_run(int argc, char **argv)
{
    struct run run = {.called_by = argv[0]};
    struct diag diag = {0};
    int status = STATUS_HELD;
    enum cli_next next = run_options_parse(argc, argv, &run.command);
    if (next == CLI_WRONG)
        status = STATUS_USAGE;
    else if (next == CLI_GO_ON)
        status = run_all(&run, &diag);
    if (!diag_ok(&diag))
        cli_say(&diag);
    free(run.order);
    free(run.files);
    free(run.selection.items);
    results_free(&run.results);
    scenario_set_free(&run.set);
    run_options_free(&run.command);
    return (enum status)status;
}
