/* sockfault shrink: of the faults of a scenario that fails, the few that it takes. */
#include "harness/cli/interrupt.h"
#include "harness/cli/shrink_options.h"
#include "harness/clock.h"
#include "harness/phrase.h"
#include "harness/sweep/shrink/written.h"
#include "harness/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CONFIRMATIONS = 3 };

/* A command in progress. */
struct shrinking {
    struct shrink_command command;
    const char *called_by; /* "build/sockfault shrink" */
    struct installation installation;
    char root[PATH_MAX];
    struct scenario_set set;
    const struct experiment *experiment;
    char *output;
    const volatile int *stopped_by;
    int64_t began_ns;
};

/* The experiment, of one or by --only. */
static bool choose(struct shrinking *s, struct diag *diag)
{
    struct selection chosen;
    if (!select_experiments(&s->set, &s->command.filter, &chosen, diag))
        return false;
    s->experiment = chosen.items[0];
    if (chosen.count > 1) {
        diag_at(diag, s->experiment->file, s->experiment->place.line, s->experiment->place.column,
                "got %zu experiments, expected one: choose it by --only", chosen.count);
        for (size_t i = 0; i < chosen.count && i < 8; i++)
            diag_more(diag, "    %s", chosen.items[i]->name);
    }
    free(chosen.items);
    return diag_ok(diag);
}

/* "reset.yaml" makes "reset.shrunk.yaml", in the current directory. */
static char *default_output(const char *path)
{
    const char *slash = strrchr(path, '/'), *base = slash == NULL ? path : slash + 1;
    const char *dot = strrchr(base, '.');
    int len = dot == NULL || dot == base ? (int)strlen(base) : (int)(dot - base);
    return text_format("%.*s.shrunk.yaml", len, base);
}

/* A scenario is not to be written over itself. */
static bool check_output(const struct shrinking *s, struct diag *diag)
{
    struct stat from, to;
    if (stat(s->output, &to) < 0 || stat(s->experiment->file, &from) < 0)
        return true;
    bool same = from.st_dev == to.st_dev && from.st_ino == to.st_ino;
    if (same)
        diag_set(diag, STATUS_USAGE, "--output: got '%s', the scenario itself, expected another file",
                 s->output);
    else if (S_ISDIR(to.st_mode))
        diag_set(diag, STATUS_USAGE, "--output: got '%s', a folder, expected a file", s->output);
    return diag_ok(diag);
}

static bool write_file(const char *path, const char *text, struct diag *diag)
{
    FILE *to = fopen(path, "we");
    bool ok = to != NULL && fputs(text, to) != EOF;
    if (to != NULL)
        ok = fclose(to) == 0 && ok;
    if (!ok)
        diag_set(diag, STATUS_TROUBLE, "--output: %s: %m", path);
    return ok;
}

static void print_kept(const struct shrunk *shrunk)
{
    for (size_t i = 0; i < shrunk->choices.count; i++) {
        char *sentence = shrunk->kept[i] ? choice_sentence(&shrunk->choices.items[i]) : NULL;
        const char *site = shrunk->choices.items[i].site;
        if (sentence == NULL)
            continue;
        fputs("    ", stdout);
        text_escape(stdout, site, strlen(site), false);
        printf(": %s\n", sentence);
        free(sentence);
    }
}

static void print_failing(const struct failing *failing)
{
    fputs("fails: ", stdout);
    text_escape(stdout, failing->words, strcspn(failing->words, "\n"), false);
    putchar('\n');
}

/* The command that runs what is left, as it can be typed into a shell. */
static void print_command(const struct shrinking *s)
{
    const struct run_options *run = &s->command.options.run;
    char *sockfault = cli_called_by(s->called_by), *file = phrase_quote(s->output);
    printf("run it: %s run", sockfault == NULL ? "sockfault" : sockfault);
    if (run->seed != 1)
        printf(" --seed %llu", (unsigned long long)run->seed);
    if (run->clock != CLOCK_DEFAULT)
        printf(" --time %s", clock_word(run->clock));
    if (s->command.timeout != NULL)
        printf(" --timeout %s", s->command.timeout);
    printf(" %s\n", file == NULL ? "" : file);
    free(sockfault);
    free(file);
}

static void print_shrunk(const struct shrinking *s, const struct shrunk *shrunk)
{
    char duration[TEXT_DURATION_MAX];
    size_t kept = ddmin_size(shrunk->kept, shrunk->choices.count);
    printf("%zu of %zu single faults left, in %zu runs (%s)%s\n", kept, shrunk->choices.count, shrunk->runs,
           text_duration(clock_ns() - s->began_ns, duration),
           shrunk->minimal ? "" : ": there was no time to try whether fewer will do");
    print_kept(shrunk);
    print_failing(&shrunk->failing);
    if (shrunk->failed < shrunk->tries)
        printf("unsteady: by all of them it failed in %zu of %zu runs\n", shrunk->failed, shrunk->tries);
    if (shrunk->lost > 0)
        printf("warning: %llu calls were too many to be told of\n", (unsigned long long)shrunk->lost);
}

/* The file, read and run as anybody will. */
static bool confirm(struct shrinking *s, const struct shrunk *shrunk, const char *text, struct diag *diag)
{
    struct scenario_set set = {0};
    size_t failed = 0, times = shrunk->failed < shrunk->tries ? shrunk->tries : CONFIRMATIONS;
    bool ok = scenario_read_text(s->output, text, strlen(text), &set, diag) && set.count == 1;
    if (!ok && diag_ok(diag))
        diag_set(diag, STATUS_TROUBLE, "%s: what was written is not one experiment", s->output);
    if (ok && shrink_confirm(&set.experiments[0], &shrunk->failing, &s->command.options, times, &failed)) {
        printf("tried once more: it failed so in %zu of %zu runs\n", failed, times);
        if (failed == 0)
            diag_set(diag, STATUS_TROUBLE, "%s: no steady reproduction", s->output);
    }
    scenario_set_free(&set);
    return diag_ok(diag);
}

static bool is_time_up(const struct shrinking *s)
{
    return s->command.options.until_ns > 0 && clock_ns() >= s->command.options.until_ns;
}

static int shrink(struct shrinking *s, struct diag *diag)
{
    struct shrunk shrunk;
    char *text = NULL;
    s->began_ns = clock_ns();
    if (s->command.budget_ns > 0)
        s->command.options.until_ns = s->began_ns + s->command.budget_ns;
    bool ok = shrink_run(s->experiment, &s->command.options, &shrunk, diag);
    if (ok) {
        print_shrunk(s, &shrunk);
        text = written_scenario(s->experiment, &shrunk, diag);
        ok = text != NULL && write_file(s->output, text, diag);
    }
    if (ok && *s->stopped_by == 0 && !is_time_up(s))
        ok = confirm(s, &shrunk, text, diag);
    if (ok)
        print_command(s);
    free(text);
    shrunk_free(&shrunk);
    return *s->stopped_by != 0 ? 128 + *s->stopped_by : (int)diag->status;
}

static void say_wrong(void *context, const struct diag *diag)
{
    (void)context;
    cli_say(diag);
}

static int prepare_and_shrink(struct shrinking *s, struct diag *diag)
{
    struct diag wrong = {0};
    struct run_options *run = &s->command.options.run;
    if (!scenario_read(s->command.path, &s->set, &wrong, say_wrong, NULL))
        return (int)wrong.status;
    s->output = s->command.output == NULL ? default_output(s->command.path) : strdup(s->command.output);
    if (getcwd(s->root, sizeof s->root) == NULL || s->output == NULL)
        diag_set(diag, STATUS_TROUBLE, "the current directory cannot be told: %m");
    if (!diag_ok(diag) || !choose(s, diag) || !check_output(s, diag) ||
        !installation_find(&s->installation, diag))
        return (int)diag->status;
    s->stopped_by = interrupt_catch();
    run->shim = s->installation.shim;
    run->third_party = s->installation.third_party[0] == '\0' ? NULL : s->installation.third_party;
    run->root = s->root;
    run->stop = s->stopped_by;
    return shrink(s, diag);
}

enum status command_shrink(int argc, char **argv)
{
    struct shrinking s = {.called_by = argv[0]};
    struct diag diag = {0};
    int status = STATUS_HELD;
    enum cli_next next = shrink_options_parse(argc, argv, &s.command);
    if (next == CLI_WRONG)
        status = STATUS_USAGE;
    else if (next == CLI_GO_ON)
        status = prepare_and_shrink(&s, &diag);
    if (!diag_ok(&diag))
        cli_say(&diag);
    free(s.output);
    scenario_set_free(&s.set);
    shrink_options_free(&s.command);
    return (enum status)status;
}
