#include "harness/quiet/quiet.h"

#include "harness/quiet/advance.h"
#include "harness/quiet/flight.h"
#include "harness/quiet/inodes.h"
#include "harness/quiet/seen.h"
#include "harness/quiet/sleeps.h"
#include "harness/quiet/timers.h"

#include <stdlib.h>
#include <time.h>

uint64_t quiet_calls(const struct board *board)
{
    uint32_t end = atomic_load(&board->threads_end);
    uint64_t calls = 0;
    for (uint32_t i = 0; i < end && i < BOARD_THREADS; i++)
        calls += atomic_load_explicit(&board->threads[i].sequence, memory_order_relaxed);
    return calls;
}

/* The same without those of the one that may run. */
static uint64_t calls_of_others(const struct quiet_scope *scope)
{
    uint32_t end = atomic_load(&scope->board->threads_end);
    uint64_t calls = quiet_calls(scope->board);
    for (uint32_t i = 0; scope->spared != 0 && i < end && i < BOARD_THREADS; i++)
        if (atomic_load(&scope->board->threads[i].tid) == scope->spared)
            return calls - atomic_load(&scope->board->threads[i].sequence);
    return calls;
}

/* Of who is not under the shim nothing else has to be said. */
static void unseen(const struct quiet *quiet, struct quiet_answer *ret, const struct task *task,
                   const char *why)
{
    bool stranger = !seen_process(quiet->scope.board, task->pid);
    *ret = (struct quiet_answer){.state = QUIET_UNSEEN,
                                 .why = stranger ? "it is not under the shim" : why,
                                 .stranger = stranger,
                                 .pid = task->pid,
                                 .tid = task->tid,
                                 .number = task->number};
}

/* Until when it sleeps, as it said itself; false: it has not said. */
static bool published(const struct board *board, const struct task *task, int64_t *ret_due)
{
    const struct board_thread *thread = seen_thread(board, task->pid, task->tid);
    if (!thread || atomic_load(&thread->wait) == 0)
        return false;
    *ret_due = atomic_load(&thread->deadline_ns);
    return true;
}

/* Takes the thread's part in; false: that settles it, *ret says how. */
static bool add_task(const struct quiet *quiet, const struct task *task, struct quiet_answer *ret)
{
    const struct quiet_scope *scope = &quiet->scope;
    int64_t due = BOARD_NEVER;
    enum sleep_kind kind = sleep_kind(task);
    bool is_socket = kind == SLEEP_SOCKET;
    if (task->state != 'T' && task->number == TASK_HIDDEN) {
        unseen(quiet, ret, task, "what it waits in is not told");
        return false;
    }
    if (kind == SLEEP_UNKNOWN) {
        unseen(quiet, ret, task, "it waits in a system call that is not known");
        return false;
    }
    if (kind != SLEEP_PASSIVE && !published(scope->board, task, &due) &&
        (!is_socket || sleeps_on_socket(task))) {
        unseen(quiet, ret, task, "it waits in a system call of its own");
        return false;
    }
    /* Input that comes from outside, and output that goes there. */
    if (is_socket && scope->listeners_open && !sleeps_on_socket(task)) {
        unseen(quiet, ret, task, "it waits for somebody else");
        return false;
    }
    if (due < ret->due_ns)
        ret->due_ns = due;
    return true;
}

static bool add_tasks(const struct quiet *quiet, struct quiet_answer *ret)
{
    for (size_t i = 0; i < quiet->before.count; i++)
        if (!quiet->before.items[i].is_spared && !add_task(quiet, &quiet->before.items[i], ret))
            return false;
    return true;
}

/* Those who are not under the shim may do what they like. Asked last: it takes a while. */
static bool all_seen(const struct quiet *quiet, struct quiet_answer *ret)
{
    pid_t last = 0;
    for (size_t i = 0; i < quiet->before.count; i++) {
        const struct task *task = &quiet->before.items[i];
        if (task->pid == last)
            continue;
        last = task->pid;
        if (!seen_process(quiet->scope.board, last)) {
            unseen(quiet, ret, task, "it is not under the shim");
            return false;
        }
    }
    return true;
}

/* Who is deaf: all of them, or the scope says that there may be others. */
static void add_deaf(const struct board *board, struct flight_scope *scope)
{
    uint32_t silenced = atomic_load(&board->silenced);
    scope->silenced = (silenced & (BOARD_SILENCED | BOARD_FILTERED)) != 0;
    if (silenced != BOARD_SILENCED)
        return;
    scope->deaf = board->deaf;
    scope->deaf_count = atomic_load(&board->deaf_end);
}

static enum flight flight_now(const struct quiet *quiet)
{
    struct inodes inodes = {0};
    struct flight_scope scope = {.listeners_open = quiet->scope.listeners_open,
                                 .softirq = quiet->scope.softirq};
    add_deaf(quiet->scope.board, &scope);
    if (!quiet->scope.private_network) {
        inodes_read(&inodes, &quiet->before);
        scope.inodes = inodes.items;
        scope.count = inodes.count;
    }
    enum flight flight = flight_look(&scope);
    inodes_free(&inodes);
    return flight;
}

static enum quiet_state state_of_flight(enum flight flight)
{
    switch (flight) {
    case FLIGHT_NONE:
    case FLIGHT_DOOMED:
        return QUIET_REST;
    case FLIGHT_MOVING:
        return QUIET_MOVING;
    case FLIGHT_TIMER:
        return QUIET_KERNEL;
    case FLIGHT_OUTSIDE:
    case FLIGHT_UNKNOWN:
        break;
    }
    return QUIET_UNSEEN;
}

/* Of the processes that were there at the first look; their timers are theirs together. */
static bool read_timerfds(struct quiet *quiet, const char **ret_why)
{
    const struct tasks *tasks = &quiet->before;
    pid_t *pids = calloc(tasks->count + 1, sizeof *pids);
    size_t count = 0;
    *ret_why = "out of memory";
    for (size_t i = 0; pids && i < tasks->count; i++)
        if (count == 0 || pids[count - 1] != tasks->items[i].pid)
            pids[count++] = tasks->items[i].pid;
    bool is_read = pids && timerfds_read(&quiet->timerfds, pids, count, ret_why);
    free(pids);
    return is_read;
}

/* Timers wake those who sleep without a timeout. false: one cannot be seen, *ret says why. */
static bool add_timers(struct quiet *quiet, struct quiet_answer *ret)
{
    struct board *board = quiet->scope.board;
    int64_t due = timers_due(board);
    if (atomic_load(&board->kernel_timers) != 0) {
        ret->state = QUIET_KERNEL;
        return false;
    }
    if (atomic_load(&board->timerfds) != 0 && !read_timerfds(quiet, &ret->why)) {
        ret->state = QUIET_UNSEEN;
        return false;
    }
    int64_t left = timerfds_left_ns(&quiet->timerfds);
    ret->due_ns = due < ret->due_ns ? due : ret->due_ns;
    if (left != INT64_MAX && advance_now(board) + left < ret->due_ns)
        ret->due_ns = advance_now(board) + left;
    return true;
}

/* The kernel gives a connection up no sooner than so long after it was seen to send in vain. */
static void add_patience(struct quiet *quiet, enum flight flight, struct quiet_answer *ret)
{
    int64_t now = advance_now(quiet->scope.board);
    if (flight == FLIGHT_NONE) {
        quiet->doomed_since_ns = 0;
        return;
    }
    if (quiet->doomed_since_ns == 0)
        quiet->doomed_since_ns = now;
    int64_t until = quiet->doomed_since_ns + flight_patience_ns();
    if (until <= now)
        ret->state = QUIET_KERNEL;
    else if (until < ret->due_ns) {
        ret->due_ns = until;
        ret->by_kernel = true;
    }
}

void quiet_begin(struct quiet *quiet, struct quiet_answer *ret)
{
    const struct quiet_scope *scope = &quiet->scope;
    quiet->calls = calls_of_others(scope);
    quiet->before.spared = scope->spared;
    *ret = (struct quiet_answer){.state = QUIET_BUSY, .due_ns = BOARD_NEVER};
    if (!tasks_read(&quiet->before, &scope->of, false) || !add_tasks(quiet, ret))
        return;
    enum flight flight = flight_now(quiet);
    enum quiet_state state = state_of_flight(flight);
    if (state != QUIET_REST) {
        ret->state = state;
        ret->why = state == QUIET_UNSEEN ? "a socket leads to somebody else" : NULL;
    } else if (all_seen(quiet, ret)) {
        if (!add_timers(quiet, ret)) {
            quiet_release(quiet);
            return;
        }
        ret->state = QUIET_REST;
        add_patience(quiet, flight, ret);
    }
}

bool quiet_goes_on(struct quiet *quiet)
{
    const struct quiet_scope *scope = &quiet->scope;
    return tasks_slept_on(&quiet->before, &scope->of) && calls_of_others(scope) == quiet->calls;
}

void quiet_look(struct quiet *quiet, struct quiet_answer *ret)
{
    static const struct timespec moment = {.tv_nsec = QUIET_MOMENT_NS};
    quiet_begin(quiet, ret);
    if (ret->state != QUIET_REST)
        return;
    nanosleep(&moment, NULL);
    if (quiet_goes_on(quiet))
        return;
    ret->state = QUIET_BUSY;
    quiet_release(quiet);
}

void quiet_release(struct quiet *quiet)
{
    timerfds_free(&quiet->timerfds);
}

void quiet_free(struct quiet *quiet)
{
    tasks_free(&quiet->before);
    quiet_release(quiet);
}
