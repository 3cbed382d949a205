/* sockfault sweep: every legal fault at every place of a scenario's programs, and what came of it. */
#include "harness/cli/interrupt.h"
#include "harness/cli/sweep_coverage.h"
#include "harness/cli/sweep_matched.h"
#include "harness/cli/sweep_options.h"
#include "harness/clock.h"
#include "harness/phrase.h"
#include "harness/sweep/pairs.h"
#include "harness/sweep/records/records.h"
#include "harness/version.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A command in progress. */
struct sweeping {
    struct sweep_command command;
    struct installation installation;
    char root[PATH_MAX];
    char *text; /* of the scenario, where it was made of a command; or NULL */
    struct scenario_set set;
    const volatile int *stopped_by;
    struct sweep_matched matched;
    struct sweep_coverage counting;
    struct coverage coverage;
    bool counted;  /* what is covered is known */
    char *sources; /* folder that what is covered is in */
};

static char *replay_command(const char *called_by)
{
    char *text = cli_called_by(called_by);
    if (text != NULL)
        phrase_append(&text, " ", "replay");
    return text;
}

/* `--in` is about processes of the scenario. */
static bool check_processes(const struct sweeping *s, const struct experiment *experiment, struct diag *diag)
{
    for (size_t i = 0; i < s->command.in.count; i++) {
        bool there = false;
        for (size_t k = 0; k < experiment->process_count; k++)
            there = there || strcmp(experiment->processes[k].name, s->command.in.items[i]) == 0;
        if (there)
            continue;
        diag_set(diag, STATUS_USAGE,
                 "--in: got '%s', expected a process of the scenario:", s->command.in.items[i]);
        for (size_t k = 0; k < experiment->process_count; k++)
            diag_more(diag, "    %s", experiment->processes[k].name);
        return false;
    }
    return true;
}

static bool add_matched(struct sweeping *s, const struct sweep_plan *plan, struct diag *diag)
{
    if (sweep_matched_add(&s->matched, &s->command.options.filter, plan))
        return true;
    diag_set(diag, STATUS_TROUBLE, "no memory for a sweep");
    return false;
}

static bool record_and_tell(struct sweeping *s, struct sweep *sweep, struct sweep_programs *programs,
                            struct diag *diag)
{
    bool recorded =
        records_write(sweep, programs, &s->command.options.run, s->text, s->command.records, diag);
    sweep_reports_one(&s->command.reports, sweep, programs);
    return recorded;
}

/* What a second fault does to what programs do about a first one. */
static bool pair_up(struct sweeping *s, const struct experiment *experiment, const struct sweep *first,
                    struct sweep_programs *programs, struct diag *diag)
{
    struct sweep_pairs pairs;
    char *warnings = NULL;
    bool ok = sweep_pairs_run(experiment, first, &s->command.options, s->stopped_by, &pairs, &warnings, diag);
    for (size_t i = 0; ok && i < pairs.count; i++)
        ok = record_and_tell(s, &pairs.items[i], programs, diag);
    if (warnings != NULL) {
        struct diag note = {0};
        diag_set(&note, STATUS_HELD, "--pairs: not all could be tried:\n%s", warnings);
        cli_say(&note);
    }
    free(warnings);
    sweep_pairs_free(&pairs);
    return ok;
}

static bool sweep_one(struct sweeping *s, const struct experiment *experiment, struct diag *diag)
{
    const struct sweep_options *options = &s->command.options;
    struct sweep sweep;
    struct sweep_programs programs = {0};
    bool ok = sweep_run(experiment, options, s->stopped_by, &sweep, diag);
    if (ok && !sweep_programs_find(experiment, &options->run, &programs)) {
        diag_set(diag, STATUS_TROUBLE, "no memory for the programs of a scenario");
        ok = false;
    }
    ok = ok && add_matched(s, &sweep.plan, diag) && record_and_tell(s, &sweep, &programs, diag);
    if (ok && s->command.pairs)
        ok = pair_up(s, experiment, &sweep, &programs, diag);
    sweep_programs_free(&programs);
    sweep_free(&sweep);
    return ok;
}

static bool list_one(struct sweeping *s, const struct experiment *experiment, struct diag *diag)
{
    struct sweep_subject subject = {0};
    struct survey survey = {0};
    struct result without = {0};
    struct sweep_plan plan = {0};
    char *warnings = NULL;
    bool ok = sweep_subject_make(experiment, &subject, diag) &&
              sweep_measure_take(&subject, &s->command.options.run, &survey, &without, &warnings, diag) &&
              sweep_plan_make(&survey, &s->command.options.filter, &plan, diag);
    for (size_t i = 0; ok && i < plan.count; i++)
        printf("%s %s\n", plan.trials[i].rule, plan.trials[i].call->site);
    ok = ok && add_matched(s, &plan, diag);
    sweep_plan_free(&plan);
    survey_free(&survey);
    result_free(&without);
    sweep_subject_free(&subject);
    free(warnings);
    return ok;
}

static enum status status_of(const struct sweep_sum *sum)
{
    if (sum->classes[SWEEP_CLASS_DEFECT] > 0)
        return STATUS_FAILED;
    return sum->classes[SWEEP_CLASS_TROUBLE] > 0 ? STATUS_TROUBLE : STATUS_HELD;
}

static int sweep_all(struct sweeping *s, struct diag *diag)
{
    bool ok = true;
    for (size_t i = 0; i < s->set.count; i++)
        if (!check_processes(s, &s->set.experiments[i], diag) ||
            !memory_check(s->command.options.run.tool, &s->set.experiments[i], s->root,
                          s->command.options.run.third_party, diag))
            return (int)diag->status;
    if (s->command.budget_ns > 0)
        s->command.options.until_ns = clock_ns() + s->command.budget_ns;
    for (size_t i = 0; ok && i < s->set.count && *s->stopped_by == 0; i++)
        ok = s->command.list ? list_one(s, &s->set.experiments[i], diag)
                             : sweep_one(s, &s->set.experiments[i], diag);
    ok = ok && (*s->stopped_by != 0 || sweep_matched_check(&s->matched, &s->command.options.filter, diag));
    if (ok && s->counting.on)
        ok = sweep_coverage_read(&s->counting, &s->coverage, &s->sources, s->root, diag);
    s->counted = ok && s->counting.on;
    if (*s->stopped_by != 0)
        return 128 + *s->stopped_by;
    return ok ? (int)status_of(&s->command.reports.sum) : (int)diag->status;
}

static void say_wrong(void *context, const struct diag *diag)
{
    (void)context;
    cli_say(diag);
}

static void say_notes(const char *name, const char *notes)
{
    for (const char *line = notes; line != NULL && *line != '\0';) {
        size_t len = strcspn(line, "\n");
        fprintf(stderr, "sockfault: %s: %.*s\n", name, (int)len, line);
        line += len + (line[len] == '\n');
    }
}

/* The scenario of a command, once it is known how it runs without a fault. */
static bool make_scenario(struct sweeping *s, struct diag *diag)
{
    struct command *made = &s->command.made;
    char *notes = NULL;
    if (!command_name(made)) {
        diag_set(diag, STATUS_TROUBLE, "no memory for a command");
        return false;
    }
    struct run_options run = s->command.options.run;
    run.stop = s->stopped_by;
    run.tool = MEMORY_NONE;
    bool ok = command_scenario(made, &run, &s->text, &notes, diag);
    say_notes(made->name, notes);
    free(notes);
    return ok && scenario_read_text(made->name, s->text, strlen(s->text), &s->set, diag);
}

/* With what the programs count of their code brought home, if that is wanted. */
static int count_and_sweep(struct sweeping *s, struct diag *diag)
{
    const struct run_options *run = &s->command.options.run;
    if (s->command.coverage && !s->command.list) {
        if (!sweep_coverage_begin(&s->set, run, s->command.coverage_keep, &s->counting, diag))
            return (int)diag->status;
        s->command.options.coverage = &s->counting.targets;
    }
    return sweep_all(s, diag);
}

/* Neither --list nor --print-scenario has anything to report. */
static int sweep_and_tell(struct sweeping *s, struct diag *diag)
{
    struct sweep_reports *reports = &s->command.reports;
    int status = STATUS_HELD;
    if (!s->command.list && !s->command.print_scenario && !sweep_reports_begin(reports, diag))
        status = (int)diag->status;
    else if (s->command.path == NULL && !make_scenario(s, diag))
        status = *s->stopped_by != 0 ? 128 + *s->stopped_by : (int)diag->status;
    else if (s->command.print_scenario)
        fputs(s->text, stdout);
    else
        status = count_and_sweep(s, diag);
    if (reports->sweeps != NULL)
        sweep_reports_end(reports, s->counted ? &s->coverage : NULL, s->sources,
                          diag_ok(diag) ? NULL : diag->text);
    sweep_reports_close(reports, diag);
    return status == STATUS_HELD ? (int)diag->status : status;
}

static int prepare_and_sweep(struct sweeping *s, struct diag *diag)
{
    struct diag wrong = {0};
    const char *path = s->command.path;
    if (path != NULL && !scenario_read(path, &s->set, &wrong, say_wrong, NULL))
        return (int)wrong.status;
    if (getcwd(s->root, sizeof s->root) == NULL)
        diag_set(diag, STATUS_TROUBLE, "the current directory cannot be told: %m");
    if (!diag_ok(diag) || !installation_find(&s->installation, diag))
        return (int)diag->status;
    struct run_options *run = &s->command.options.run;
    run->shim = s->installation.shim;
    run->third_party = s->installation.third_party[0] == '\0' ? NULL : s->installation.third_party;
    run->root = s->root;
    if (run->tool == MEMORY_VALGRIND &&
        !memory_find_valgrind(s->root, run->third_party, s->command.valgrind, diag))
        return (int)diag->status;
    run->valgrind = s->command.valgrind;
    s->stopped_by = interrupt_catch();
    return sweep_and_tell(s, diag);
}

enum status command_sweep(int argc, char **argv)
{
    struct sweeping s = {0};
    struct diag diag = {0};
    int status = STATUS_HELD;
    char *replay = replay_command(argv[0]);
    enum cli_next next = sweep_options_parse(argc, argv, &s.command);
    s.command.reports.replay = replay;
    if (next == CLI_WRONG)
        status = STATUS_USAGE;
    else if (next == CLI_GO_ON)
        status = prepare_and_sweep(&s, &diag);
    if (!diag_ok(&diag))
        cli_say(&diag);
    sweep_coverage_end(&s.counting);
    coverage_free(&s.coverage);
    free(s.sources);
    free(replay);
    free(s.text);
    sweep_matched_free(&s.matched);
    scenario_set_free(&s.set);
    sweep_options_free(&s.command);
    return (enum status)status;
}
