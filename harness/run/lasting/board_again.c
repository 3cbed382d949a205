#include "harness/run/lasting/board_again.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static uint32_t count_roles(const struct board *board)
{
    uint32_t count = 0;
    while (count < BOARD_ROLES && atomic_load(&board->roles[count].state) != 0)
        count++;
    return count;
}

static uint32_t count_processes(const struct board *board)
{
    uint32_t count = 0;
    while (count < BOARD_PROCESSES && atomic_load(&board->processes[count].state) != BOARD_PROCESS_FREE)
        count++;
    return count;
}

static uint32_t at_most(uint32_t count, uint32_t limit)
{
    return count < limit ? count : limit;
}

/* Of those processes; who has gone has none. */
static uint32_t count_alarms(const struct board *board, uint32_t processes)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < processes; i++)
        count += atomic_load(&board->alarms[i].pid) != 0 &&
                 atomic_load(&board->alarms[i].deadline_ns) != BOARD_NEVER;
    return count;
}

/* NULL: no memory. */
static void *copy(const void *from, size_t size)
{
    void *ret = malloc(size + 1);
    if (ret != NULL && size > 0)
        memcpy(ret, from, size);
    return ret;
}

bool board_mark_take(const struct board *board, struct board_mark *ret)
{
    *ret = (struct board_mark){.roles = count_roles(board),
                               .processes = count_processes(board),
                               .threads = at_most(atomic_load(&board->threads_end), BOARD_THREADS),
                               .modules = at_most(atomic_load(&board->module_count), BOARD_MODULES),
                               .timers = atomic_load(&board->timers_end),
                               .unseen = atomic_load(&board->unseen)};
    ret->alarms = count_alarms(board, ret->processes);
    ret->counts = copy(board->roles, ret->roles * sizeof *ret->counts);
    ret->those = copy(board->processes, ret->processes * sizeof *ret->those);
    return ret->counts != NULL && ret->those != NULL;
}

void board_mark_free(struct board_mark *mark)
{
    free(mark->counts);
    free(mark->those);
    *mark = (struct board_mark){0};
}

/* Who has executed a program since is another, and its modules stand behind those of the mark. */
static bool same_images(const struct board *board, const struct board_mark *mark)
{
    for (uint32_t i = 0; i < mark->processes; i++)
        if (atomic_load(&board->processes[i].image) != atomic_load(&mark->those[i].image) ||
            atomic_load(&board->processes[i].module_set) != atomic_load(&mark->those[i].module_set))
            return false;
    return true;
}

/* A socket that is not what it seems to the kernel is one of those who have gone: no descriptor is left. */
bool board_unchanged(const struct board *board, const struct board_mark *mark)
{
    uint32_t lasting = BOARD_FILTERED | BOARD_OWN_PATIENCE;
    return atomic_load(&board->timers_end) == mark->timers && atomic_load(&board->kernel_timers) == 0 &&
           count_alarms(board, mark->processes) == mark->alarms &&
           atomic_load(&board->unseen) == mark->unseen && same_images(board, mark) &&
           (atomic_load(&board->silenced) & lasting) == 0 && atomic_load(&board->counters_lost) == 0 &&
           count_roles(board) < BOARD_ROLES - 1 && count_processes(board) < BOARD_PROCESSES;
}

static void forget_processes(struct board *board, const struct board_mark *mark)
{
    uint32_t end = count_processes(board);
    for (uint32_t i = mark->processes; i < end; i++) {
        memset(&board->processes[i], 0, sizeof board->processes[i]);
        memset(&board->alarms[i], 0, sizeof board->alarms[i]);
    }
}

/* Nobody's slot is taken again below the end: those who stay keep theirs. */
static void forget_threads(struct board *board, const struct board_mark *mark,
                           bool (*lives)(void *context, pid_t pid), void *context)
{
    uint32_t end = at_most(atomic_load(&board->threads_end), BOARD_THREADS), last = mark->threads;
    for (uint32_t i = mark->threads; i < end; i++) {
        if (lives(context, atomic_load(&board->threads[i].pid)))
            last = i + 1;
        else
            memset(&board->threads[i], 0, sizeof board->threads[i]);
    }
    atomic_store(&board->threads_end, last);
}

static void forget_modules(struct board *board, const struct board_mark *mark)
{
    uint32_t end = at_most(atomic_load(&board->module_count), BOARD_MODULES);
    for (uint32_t i = mark->modules; i < end; i++)
        memset(&board->modules[i], 0, sizeof board->modules[i]);
    atomic_store(&board->module_count, mark->modules);
}

static void forget_roles(struct board *board, const struct board_mark *mark)
{
    uint32_t end = count_roles(board);
    memcpy(board->roles, mark->counts, mark->roles * sizeof *mark->counts);
    for (uint32_t i = mark->roles; i < end; i++)
        memset(&board->roles[i], 0, sizeof board->roles[i]);
}

/* Whole pages are given back to the file system, which costs less than to write on those that were never
 * there; it gives zeroes when they are wanted again. */
static void clear(void *from, size_t size)
{
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), begin = (uintptr_t)from, end = begin + size;
    uintptr_t first = (begin + page - 1) / page * page, last = end / page * page;
    if (first >= last || madvise((void *)first, last - first, MADV_REMOVE) != 0) {
        memset(from, 0, size);
        return;
    }
    memset(from, 0, first - begin);
    memset((void *)last, 0, end - last);
}

static void forget_rules(struct board *board)
{
    uint32_t count = at_most(atomic_load(&board->rule_count), BOARD_RULES);
    memset(board->counts, 0, count * sizeof *board->counts);
    for (size_t i = 0; i < sizeof board->rules_on / sizeof *board->rules_on; i++)
        atomic_store(&board->rules_on[i], 0);
    atomic_store(&board->rule_count, 0);
    atomic_store(&board->matcher_count, 0);
    atomic_store(&board->keep_armed, 0);
    atomic_store(&board->paused, 0);
    atomic_store(&board->phantoms, 0);
    clear(board->counters, sizeof board->counters);
}

static void forget_silence(struct board *board)
{
    uint32_t end = at_most(atomic_load(&board->deaf_end), BOARD_DEAF);
    for (uint32_t i = 0; i < end; i++)
        atomic_store(&board->deaf[i], 0);
    atomic_store(&board->deaf_end, 0);
    atomic_store(&board->silenced, 0);
}

void board_again(struct board *board, const struct board_mark *mark, bool (*lives)(void *context, pid_t pid),
                 void *context, const struct rule *rules, uint32_t rule_count, uint64_t seed, int64_t now_ns)
{
    forget_processes(board, mark);
    forget_threads(board, mark, lives, context);
    forget_modules(board, mark);
    forget_roles(board, mark);
    forget_rules(board);
    forget_silence(board);
    board_init(board, rules, rule_count, seed, atomic_load(&board->flags), now_ns);
}
