#include "harness/cli/sweep_coverage.h"
#include "harness/coverage/counting.h"
#include "harness/coverage/counts.h"
#include "harness/phrase.h"
#include "harness/program/program.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What the programs of a set are counted by. */
struct counters {
    bool gcc, clang;
    int major; /* of the first that tells */
};

static void look_at(const struct scenario_process *process, const struct run_options *options,
                    struct counters *counters)
{
    struct program *program = malloc(sizeof *program);
    struct diag diag = {0};
    int major = 0;
    enum counting counting = COUNTING_NOT;
    if (program != NULL && process->run != NULL && strstr(process->run[0], "${") == NULL &&
        program_find(process->run[0], options->root, getenv("PATH"), options->third_party, program, &diag))
        counting = counting_of(program->path, &major);
    counters->gcc = counters->gcc || counting == COUNTING_GCC;
    counters->clang = counters->clang || counting == COUNTING_CLANG;
    if (counting == COUNTING_GCC && counters->major == 0)
        counters->major = major;
    free(program);
}

static struct counters look_at_all(const struct scenario_set *set, const struct run_options *options)
{
    struct counters counters = {0};
    for (size_t i = 0; i < set->count; i++)
        for (size_t k = 0; k < set->experiments[i].process_count; k++)
            look_at(&set->experiments[i].processes[k], options, &counters);
    return counters;
}

static bool check(const struct counters *counters, struct diag *diag)
{
    if (counters->gcc)
        return true;
    diag_set(diag, STATUS_USAGE, "--coverage: got %s, expected one at least that gcc --coverage built",
             counters->clang ? "programs that clang --coverage built" : "programs that count nothing");
    return false;
}

/* Absolute: programs change their directory. */
static bool make_keep(const char *keep, struct diag *diag)
{
    if (keep == NULL || mkdir(keep, 0777) == 0 || errno == EEXIST)
        return true;
    diag_set(diag, STATUS_TROUBLE, "--coverage: %s: %s", keep, strerror(errno));
    return false;
}

bool sweep_coverage_begin(const struct scenario_set *set, const struct run_options *options, const char *keep,
                          struct sweep_coverage *ret, struct diag *diag)
{
    struct counters counters = look_at_all(set, options);
    char base[PATH_MAX];
    *ret = (struct sweep_coverage){.folder = {.lock = -1}, .keep = keep};
    if (!check(&counters, diag) || !coverage_tools_find(counters.major, &ret->tools, diag) ||
        !make_keep(keep, diag) || !folder_base(base, diag) || !folder_make(base, false, &ret->folder, diag))
        return false;
    const char *folder = ret->folder.path, *tool = ret->tools.gcov_tool;
    snprintf(ret->before, sizeof ret->before, "%s/before", folder);
    snprintf(ret->sweep, sizeof ret->sweep, "%s/sweep", folder);
    ret->targets.before = (struct coverage_target){folder, ret->before, tool};
    ret->targets.sweep = (struct coverage_target){folder, ret->sweep, tool};
    return ret->on = true;
}

/* Those that are kept are read with what was there before. */
static bool read_counts(const struct sweep_coverage *coverage, const char *from, const char *name,
                        unsigned char by, struct coverage *ret, struct diag *diag)
{
    char kept[PATH_MAX + 16];
    if (coverage->keep == NULL)
        return coverage_read(coverage->tools.gcov, from, by, ret, diag);
    snprintf(kept, sizeof kept, "%s/%s", coverage->keep, name);
    if (access(from, F_OK) == 0 && !counts_copy(coverage->tools.gcov_tool, kept, from, diag))
        return false;
    return coverage_read(coverage->tools.gcov, kept, by, ret, diag);
}

bool sweep_coverage_read(const struct sweep_coverage *coverage, struct coverage *ret, char **ret_sources,
                         const char *root, struct diag *diag)
{
    char *lost = counts_lost_text(coverage->folder.path);
    *ret = (struct coverage){0};
    bool read = read_counts(coverage, coverage->before, "before", COVERAGE_BEFORE, ret, diag) &&
                read_counts(coverage, coverage->sweep, "sweep", COVERAGE_SWEEP, ret, diag);
    if (lost != NULL)
        phrase_append(&ret->warnings, "\n", "%s", lost);
    free(lost);
    *ret_sources = coverage_root(ret, root);
    if (*ret_sources == NULL && read)
        diag_set(diag, STATUS_TROUBLE, "no memory for coverage");
    return read && *ret_sources != NULL;
}

void sweep_coverage_end(struct sweep_coverage *coverage)
{
    if (coverage->on)
        folder_remove(&coverage->folder);
    coverage->on = false;
}
