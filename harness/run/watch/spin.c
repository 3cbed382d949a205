#include "harness/run/watch/spin.h"

#include "harness/clock.h"
#include "harness/quiet/quiet.h"
#include "harness/quiet/seen.h"
#include "harness/run/watch/progress.h"
#include "harness/run/watch/rest.h"

#include <stdlib.h>

/* A look costs some microseconds, one for certain a tenth of a millisecond. */
#define PERIOD_NS (20 * NS_PER_MS)
/* What is looked back at when the time is over; so much of it must have been seen. */
#define LAST_NS     NS_PER_S
#define LAST_MIN_NS (200 * NS_PER_MS)

enum { SPINNERS = 16, LOOKS_FOR_PROOF = 3 };

/* The threads there were at a moment. */
struct snapshot {
    struct spin_thread *threads;
    size_t count;
    int64_t at_ns; /* clock_ns; 0: none was taken */
};

struct spin {
    uint64_t mark;                 /* of the progress so far */
    int64_t next_ns;               /* when to look again */
    uint64_t begun[BOARD_THREADS]; /* calls, when there was progress last */
    struct spin_thread suspect;    /* as it was when it came to be one; tid 0: there is none */
    int64_t suspect_ns;
    unsigned int proofs; /* looks in a row that found that it alone runs */
    struct snapshot last;
    uint64_t last_mark;
    struct quiet quiet;
    struct spinner spinners[SPINNERS];
    size_t count;
};

bool spin_is_certain(const struct spin_thread *before, const struct spin_thread *after)
{
    return before->tid == after->tid && before->pid == after->pid &&
           after->calls - before->calls >= SPIN_CALLS && after->looks == before->looks &&
           after->ran_ns - before->ran_ns >= SPIN_CPU_NS;
}

bool spin_ran_on(const struct spin_thread *before, const struct spin_thread *after, int64_t took_ns)
{
    int64_t busy = after->ran_ns - before->ran_ns + after->ready_ns - before->ready_ns;
    return before->tid == after->tid && before->pid == after->pid && took_ns > 0 && busy >= took_ns / 2;
}

void spin_begin(struct run *run)
{
    if (run->options->tool == MEMORY_VALGRIND) /* which works where the program does not */
        return;
    run->spin = calloc(1, sizeof *run->spin);
    if (!run->spin) {
        run_give_up(run, VERDICT_ERROR, "out of memory");
        return;
    }
    run->spin->quiet.scope = rest_scope(run);
}

void spin_end(struct run *run)
{
    if (!run->spin)
        return;
    quiet_free(&run->spin->quiet);
    free(run->spin->last.threads);
    free(run->spin);
    run->spin = NULL;
}

static struct spin_thread read_thread(const struct board *board, const struct task *task)
{
    const struct board_thread *thread = seen_thread(board, task->pid, task->tid);
    return (struct spin_thread){
        .pid = task->pid,
        .tid = task->tid,
        .calls = thread ? atomic_load(&thread->sequence) : 0,
        .looks = thread ? atomic_load(&thread->looks) : 0,
        .ran_ns = task->ran_ns,
        .ready_ns = task->ready_ns,
    };
}

static uint32_t threads_end(const struct board *board)
{
    uint32_t end = atomic_load(&board->threads_end);
    return end < BOARD_THREADS ? end : BOARD_THREADS;
}

/* There was progress: everything is counted from here. */
static void start_over(struct spin *spin, const struct board *board)
{
    uint32_t end = threads_end(board);
    for (uint32_t i = 0; i < end; i++)
        spin->begun[i] = atomic_load_explicit(&board->threads[i].sequence, memory_order_relaxed);
    for (uint32_t i = end; i < BOARD_THREADS; i++)
        spin->begun[i] = 0;
    spin->suspect = (struct spin_thread){0};
    spin->proofs = 0;
}

/* Who made the most calls since, if that is so many that it is worth a look at what it costs; NULL. */
static const struct board_thread *busiest(const struct spin *spin, const struct board *board)
{
    const struct board_thread *found = NULL;
    uint32_t end = threads_end(board);
    uint64_t most = SPIN_CALLS / 20;
    for (uint32_t i = 0; i < end; i++) {
        uint64_t calls =
            atomic_load_explicit(&board->threads[i].sequence, memory_order_relaxed) - spin->begun[i];
        if (calls < most)
            continue;
        most = calls;
        found = &board->threads[i];
    }
    return found;
}

static void add_spinner(struct run *run, const struct spin_thread *before, const struct spin_thread *after,
                        int64_t took_ns)
{
    struct spin *spin = run->spin;
    run->spun = true;
    if (spin->count < SPINNERS)
        spin->spinners[spin->count++] =
            (struct spinner){after->pid, after->tid, after->calls - before->calls, took_ns};
}

/* Whether it alone runs, everybody else waits for ever, and nothing is under way. */
static bool alone(struct spin *spin, pid_t tid)
{
    struct quiet_answer answer;
    spin->quiet.scope.spared = tid;
    quiet_look(&spin->quiet, &answer);
    quiet_release(&spin->quiet);
    return answer.state == QUIET_REST && answer.due_ns == BOARD_NEVER;
}

static void look_at(struct run *run, const struct board_thread *thread)
{
    struct spin *spin = run->spin;
    struct task task = {.pid = atomic_load(&thread->pid), .tid = atomic_load(&thread->tid)};
    task_read(&task);
    struct spin_thread now = read_thread(run->board, &task);
    if (task.state == 'X' || task.state == 'Z' || now.tid != spin->suspect.tid ||
        now.looks != spin->suspect.looks) {
        spin->suspect = now;
        spin->suspect_ns = clock_ns();
        spin->proofs = 0;
        return;
    }
    if (!spin_is_certain(&spin->suspect, &now) || progress_waits_for_rules(run))
        return;
    spin->proofs = alone(spin, now.tid) ? spin->proofs + 1 : 0;
    if (spin->proofs >= LOOKS_FOR_PROOF && progress_mark(run) == spin->mark)
        add_spinner(run, &spin->suspect, &now, clock_ns() - spin->suspect_ns);
}

/* What everybody has done by now, for when the time is over. */
static void take_snapshot(struct run *run)
{
    struct spin *spin = run->spin;
    struct tasks tasks = {0};
    tasks_read(&tasks, &spin->quiet.scope.of, true);
    free(spin->last.threads);
    spin->last = (struct snapshot){.threads = calloc(tasks.count + 1, sizeof *spin->last.threads)};
    for (size_t i = 0; spin->last.threads && i < tasks.count; i++)
        spin->last.threads[spin->last.count++] = read_thread(run->board, &tasks.items[i]);
    spin->last.at_ns = clock_ns();
    spin->last_mark = spin->mark;
    tasks_free(&tasks);
}

void spin_look(struct run *run)
{
    struct spin *spin = run->spin;
    int64_t now = clock_ns();
    if (!spin || now < spin->next_ns)
        return;
    spin->next_ns = now + PERIOD_NS;
    uint64_t mark = progress_mark(run);
    if (mark != spin->mark)
        start_over(spin, run->board);
    spin->mark = mark;
    if (now >= run->deadline_ns - LAST_NS && (spin->last.at_ns == 0 || mark != spin->last_mark))
        take_snapshot(run);
    const struct board_thread *thread = busiest(spin, run->board);
    if (thread)
        look_at(run, thread);
}

static const struct spin_thread *before_of(const struct snapshot *last, const struct spin_thread *now)
{
    for (size_t i = 0; i < last->count; i++)
        if (last->threads[i].tid == now->tid && last->threads[i].pid == now->pid)
            return &last->threads[i];
    return NULL;
}

void spin_look_back(struct run *run)
{
    struct spin *spin = run->spin;
    struct tasks tasks = {0};
    int64_t took = spin && spin->last.at_ns ? clock_ns() - spin->last.at_ns : 0;
    if (took < LAST_MIN_NS || progress_mark(run) != spin->last_mark)
        return;
    tasks_read(&tasks, &spin->quiet.scope.of, true);
    for (size_t i = 0; i < tasks.count; i++) {
        struct spin_thread now = read_thread(run->board, &tasks.items[i]);
        const struct spin_thread *before = before_of(&spin->last, &now);
        if (before && spin_ran_on(before, &now, took))
            add_spinner(run, before, &now, took);
    }
    tasks_free(&tasks);
}

const struct spinner *spin_of(const struct run *run, pid_t tid)
{
    for (size_t i = 0; run->spin && i < run->spin->count; i++)
        if (run->spin->spinners[i].tid == tid)
            return &run->spin->spinners[i];
    return NULL;
}
