#include "harness/run/prepare.h"

#include "harness/aim/aim.h"
#include "harness/clock.h"
#include "harness/run/ground/files.h"
#include "harness/run/lasting/known.h"
#include "harness/run/lasting/stood.h"
#include "harness/run/start/environ.h"
#include "harness/run/start/peers.h"
#include "harness/run/watch/virtual.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static bool check_needs(struct run *run)
{
    const struct experiment *experiment = run->experiment;
    for (size_t i = 0; i < experiment->need_count; i++) {
        struct program found;
        struct diag diag = {0};
        if (!program_find(experiment->needs[i], run->options->root, getenv("PATH"), run->options->third_party,
                          &found, &diag))
            return run_give_up(run, VERDICT_SKIP, "needs %s: %s", experiment->needs[i], diag.text);
    }
    return true;
}

static pid_t pid_of(void *context, const char *process)
{
    const struct instance *instance = run_find(context, process);
    return instance ? instance->pid : 0;
}

static bool set_runtime(struct run *run)
{
    struct diag diag = {0};
    if (!ports_take(scenario_ports(run->experiment), run->guard->isolation->network, &run->ports, &diag))
        return run_give_up(run, VERDICT_ERROR, "%s", diag.text);
    run->runtime =
        (struct runtime){.dir = run->dir, .root = run->options->root, .pid_of = pid_of, .context = run};
    memcpy(run->runtime.ports, run->ports.numbers, sizeof run->runtime.ports);
    return true;
}

static bool make_files(struct run *run)
{
    struct diag diag = {0};
    snprintf(run->dir, sizeof run->dir, "%s/dir", run->guard->folder);
    snprintf(run->board_path, sizeof run->board_path, "%s/board", run->guard->folder);
    return files_make(run, &diag) || run_give_up(run, VERDICT_ERROR, "%s", diag.text);
}

/* Finds the program of a process as its own PATH has it. */
static bool find_program(struct run *run, int index, struct diag *diag)
{
    const struct scenario_process *process = &run->experiment->processes[index];
    struct instance stand_in = {.process = process, .index = index, .name = process->name};
    struct environment environment = {0};
    char *name = scenario_expand(process->run[0], &run->runtime, diag);
    bool found = name && environment_make(run, &stand_in, true, &environment, diag) &&
                 program_find(name, run->options->root, environment_get(&environment, "PATH"),
                              run->options->third_party, &run->programs[index], diag);
    environment_free(&environment);
    free(name);
    return found;
}

static bool find_programs(struct run *run)
{
    size_t count = run->experiment->process_count;
    struct known_programs *known = run->guard->known;
    if (known && (run->programs = known_programs_copy(known, run->experiment)))
        return true;
    run->programs = calloc(count ? count : 1, sizeof *run->programs);
    if (!run->programs)
        return run_give_up(run, VERDICT_ERROR, "out of memory");
    for (size_t i = 0; i < count; i++) {
        const struct scenario_process *process = &run->experiment->processes[i];
        struct diag diag = {0};
        if (process->peer)
            continue;
        if (!find_program(run, (int)i, &diag))
            return run_give_up(run, VERDICT_ERROR, "%s:%d:%d: process %s: %s", process->place.file,
                               process->place.line, process->place.column, process->name, diag.text);
        const char *obstacle = program_obstacle(&run->programs[i]);
        if (obstacle && process->shim && !process->expect.shim_absent)
            return run_give_up(run, VERDICT_VOID, "process %s: %s", process->name, obstacle);
    }
    if (known)
        known_programs_keep(known, run->experiment, run->programs);
    return true;
}

static bool make_instances(struct run *run)
{
    for (size_t i = 0; i < run->experiment->process_count; i++) {
        const struct scenario_process *process = &run->experiment->processes[i];
        for (unsigned int number = 1; !process->only_probe && number <= process->count; number++)
            if (!run_add(run, (int)i, number, -1))
                return run_give_up(run, VERDICT_ERROR, "out of memory");
    }
    return true;
}

static bool map_board(struct run *run)
{
    int fd = open(run->board_path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    void *memory = MAP_FAILED;
    if (fd >= 0 && ftruncate(fd, sizeof(struct board)) == 0)
        memory = mmap(NULL, sizeof(struct board), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    int error = errno;
    if (fd >= 0)
        close(fd);
    if (memory == MAP_FAILED)
        return run_give_up(run, VERDICT_ERROR, "%s: %s", run->board_path, strerror(error));
    run->board = memory;
    return true;
}

/* Looks the rule's site up in the program of one process, as that is going to be started. */
static bool aim_at_process(struct run *run, struct rule *rule, int index, struct diag *diag)
{
    const struct scenario_process *process = &run->experiment->processes[index];
    struct instance stand_in = {.process = process, .index = index, .name = process->name};
    struct environment environment = {0};
    const struct program *found_program = &run->programs[index];
    const char *program = found_program->interpreter[0] ? found_program->interpreter : found_program->path;
    bool found = environment_make(run, &stand_in, true, &environment, diag) &&
                 aim_at_program(rule, program, environment.items, diag);
    environment_free(&environment);
    return found;
}

/* A site must be somewhere in the programs that the rule is about. */
static bool aim_rule(struct run *run, struct rule *rule, const struct place *place)
{
    struct diag first = {0};
    bool found = false;
    for (size_t i = 0; i < run->experiment->process_count; i++) {
        const struct scenario_process *process = &run->experiment->processes[i];
        struct diag diag = {0};
        if (!process->shim || process->run_count == 0 ||
            (rule->process[0] && strcmp(rule->process, process->name) != 0))
            continue;
        if (aim_at_process(run, rule, (int)i, &diag))
            found = true;
        else if (diag_ok(&first))
            first = diag;
    }
    return found || run_give_up(run, VERDICT_ERROR, "%s:%d:%d: error: %s", place->file, place->line,
                                place->column, diag_ok(&first) ? "no program has this site" : first.text);
}

static bool aim_rules(struct run *run)
{
    for (int i = 0; i < run->rule_count; i++)
        if (aim_needs_program(&run->rules[i]) &&
            !aim_rule(run, &run->rules[i], &run->experiment->faults[i].place))
            return false;
    return true;
}

bool prepare_rules(struct run *run)
{
    struct diag diag = {0};
    free(run->rules);
    run->rules = calloc(run->experiment->fault_count + 1, sizeof *run->rules);
    if (!run->rules || run->experiment->fault_count > BOARD_RULES)
        return run_give_up(run, VERDICT_ERROR, "no room for %zu rules", run->experiment->fault_count);
    run->rule_count = scenario_rules(run->experiment, &run->runtime, run->rules, &diag);
    if (run->rule_count < 0)
        return run_give_up(run, VERDICT_ERROR, "%s", diag.text);
    return aim_rules(run);
}

static bool make_board(struct run *run)
{
    if (!prepare_rules(run) || !map_board(run))
        return false;
    run->is_virtual = virtual_wanted(run);
    board_init(run->board, run->rules, (uint32_t)run->rule_count, run->result->seed,
               BOARD_TRACING | BOARD_WATCHED | (run->is_virtual ? BOARD_VIRTUAL : 0) |
                   (run->options->survey ? BOARD_SURVEY : 0) | (run->options->coverage ? BOARD_COVERAGE : 0),
               clock_ns());
    aim_regexes(run->board, 0, run->rules, (uint32_t)run->rule_count);
    if (run->options->debugger)
        atomic_store(&run->board->hold, (uint32_t)run->rule_count);
    return true;
}

bool prepare_log(struct run *run, uint64_t from)
{
    bool ordering = false;
    tracelog_free(&run->log);
    for (size_t i = 0; i < run->experiment->process_count; i++)
        ordering = ordering || run->experiment->processes[i].expect.order_count > 0;
    if (!tracelog_init(&run->log, ordering, run->options->survey))
        return run_give_up(run, VERDICT_ERROR, "out of memory");
    run->log.next = from;
    return true;
}

static bool name_shim(struct run *run)
{
    run->shim = preload_name(run->guard->folder, run->options->shim, run->shim_link);
    return run->shim || run_give_up(run, VERDICT_ERROR, "%s: %s", run->shim_link, strerror(errno));
}

bool prepare(struct run *run)
{
    return check_needs(run) && name_shim(run) && set_runtime(run) && make_files(run) && find_programs(run) &&
           make_instances(run) && make_board(run) && prepare_log(run, 0);
}

void prepare_undo(struct run *run)
{
    for (size_t i = 0; i < run->count; i++)
        instance_free(&run->instances[i]);
    stood_free(run->stood);
    free(run->instances);
    free(run->programs);
    free(run->rules);
    tracelog_free(&run->log);
    if (run->sites)
        sites_free(run->sites);
    run->sites = NULL;
    ports_give_back(&run->ports);
    if (run->board)
        munmap(run->board, sizeof *run->board);
    run->board = NULL;
}
