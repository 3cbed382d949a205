#include "harness/run/watch/counted.h"

#include "harness/clock.h"
#include "harness/coverage/counts.h"
#include "harness/procfs.h"
#include "harness/text.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Somewhat longer than copies that write have for it (shim/coverage.c). */
#define PATIENCE_NS (1500 * NS_PER_MS)

void counted_folder(const struct run *run, char ret[PATH_MAX + 16])
{
    snprintf(ret, PATH_MAX + 16, "%s/counts", run->guard->folder);
}

static bool has_counts(const struct board_process *process, int role)
{
    return atomic_load(&process->state) == BOARD_PROCESS_HELLO && atomic_load(&process->pid) > 1 &&
           (role < 0 || atomic_load(&process->role) == (uint32_t)role) &&
           atomic_load(&process->coverage) == BOARD_COVERAGE_COUNTS;
}

static bool is_alive(const struct proc_table *table, pid_t pid)
{
    for (size_t i = 0; i < table->count; i++)
        if (table->items[i].pid == pid)
            return table->items[i].state != 'Z' && table->items[i].state != 'X';
    return false;
}

static void ask(const struct board_process *process)
{
    siginfo_t info = {.si_signo = TIME_SIGNAL, .si_code = SI_QUEUE};
    info.si_pid = getpid();
    info.si_value.sival_int = TIME_SIGNAL_COVERAGE;
    syscall(SYS_rt_sigqueueinfo, atomic_load(&process->pid), TIME_SIGNAL, &info);
}

/* How many are still to write; asks them, if so. The dead never will. */
static size_t look(const struct run *run, int role, bool asks)
{
    struct proc_table table = {0};
    size_t count = 0;
    proc_table_read(&table);
    for (size_t i = 0; i < BOARD_PROCESSES; i++) {
        const struct board_process *process = &run->board->processes[i];
        if (!has_counts(process, role) || !is_alive(&table, atomic_load(&process->pid)))
            continue;
        if (asks)
            ask(process);
        count++;
    }
    proc_table_free(&table);
    return count;
}

void counted_ask(struct run *run, int role)
{
    static const struct timespec moment = {.tv_nsec = NS_PER_MS / 5};
    int64_t limit = clock_ns() + PATIENCE_NS;
    if (!run->options->coverage || !run->board)
        return;
    for (size_t left = look(run, role, true); left > 0 && clock_ns() < limit; left = look(run, role, false))
        nanosleep(&moment, NULL);
}

static void tell_lost(const struct run *run, const struct board_process *process)
{
    uint32_t role = atomic_load(&process->role), state = atomic_load(&process->coverage);
    const char *why = state == BOARD_COVERAGE_FAILED ? "could not write" : "was killed before it had written";
    char exe[sizeof process->exe + 1] = "";
    if (role >= BOARD_ROLES || (state != BOARD_COVERAGE_COUNTS && state != BOARD_COVERAGE_FAILED))
        return;
    memcpy(exe, process->exe, sizeof process->exe);
    char *line =
        text_format("%.*s (%s) %s what it counted", BOARD_ROLE_NAME, run->board->roles[role].name, exe, why);
    char *escaped = line == NULL ? NULL : text_escaped(line, strlen(line), false);
    if (escaped != NULL)
        counts_lost(run->options->coverage->folder, escaped);
    free(escaped);
    free(line);
}

void counted_collect(struct run *run)
{
    const struct coverage_target *target = run->options->coverage;
    char from[PATH_MAX + 16];
    struct diag diag = {0};
    if (!target || !run->board)
        return;
    for (size_t i = 0; i < BOARD_PROCESSES; i++)
        tell_lost(run, &run->board->processes[i]);
    for (uint32_t i = atomic_load(&run->board->coverage_lost); i > 0; i--)
        counts_lost(target->folder, "a program that was replaced by exec could not write what it counted");
    counted_folder(run, from);
    if (access(from, F_OK) == 0 && !counts_add(target->gcov_tool, target->into, from, &diag))
        counts_lost(target->folder, diag.text);
}
