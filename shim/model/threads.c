#include "shim/model/threads.h"

/* It may have been a thread's that ended in the middle of a call. */
static void renew(struct board *board, struct board_thread *thread)
{
    uint32_t end = atomic_load(&board->threads_end), mine = (uint32_t)(thread - board->threads) + 1;
    atomic_store(&thread->call, 0);
    atomic_store(&thread->wait, 0);
    while (end < mine && !atomic_compare_exchange_weak(&board->threads_end, &end, mine))
        ;
}

static bool take(struct board *board, struct board_thread *thread, int32_t owner, int32_t tid, int32_t pid)
{
    if (!atomic_compare_exchange_strong(&thread->tid, &owner, tid))
        return false;
    atomic_store(&thread->pid, pid);
    renew(board, thread);
    return true;
}

/* The first whose owner that is, from one slot to another. */
static struct board_thread *take_of(struct board *board, uint32_t from, uint32_t to, int32_t owner,
                                    int32_t tid, int32_t pid)
{
    for (uint32_t i = from; i < to && i < BOARD_THREADS; i++) {
        struct board_thread *thread = &board->threads[i];
        if (atomic_load(&thread->tid) == owner && take(board, thread, owner, tid, pid))
            return thread;
    }
    return NULL;
}

/* To ask who is dead takes a system call each: not all of them are asked. */
static struct board_thread *take_of_dead(struct board *board, int32_t tid, int32_t pid,
                                         bool (*is_dead)(int32_t pid, int32_t tid))
{
    enum { PROBES = 64 };
    for (uint32_t i = 0; i < PROBES; i++) {
        struct board_thread *thread = &board->threads[((uint32_t)tid + i) % BOARD_THREADS];
        int32_t owner = atomic_load(&thread->tid);
        if (is_dead(atomic_load(&thread->pid), owner) && take(board, thread, owner, tid, pid))
            return thread;
    }
    return NULL;
}

/* Slots fill up from the first on, so that whoever has to look at all that are taken looks at few. */
struct board_thread *board_thread_claim(struct board *board, int32_t tid, int32_t pid,
                                        bool (*is_dead)(int32_t pid, int32_t tid))
{
    uint32_t end = atomic_load(&board->threads_end);
    struct board_thread *thread = take_of(board, 0, end, tid, tid, pid);
    if (!thread)
        thread = take_of(board, end, BOARD_THREADS, 0, tid, pid);
    return thread ? thread : take_of_dead(board, tid, pid, is_dead);
}

/* The kicks that were announced to the wait that is being left come in. */
static void settle(const struct waiter *waiter, const struct board_thread *thread, give_way *yield)
{
    uint64_t word = atomic_load(&waiter->leaving);
    while (word != 0 && atomic_load(&thread->arrived) < BOARD_WAIT_KICKS(word) && yield() == 0)
        ;
}

/* No more are announced from now on. Returns the word as it was; there is no moment at which only a register
 * knows it, for a handler may interrupt. */
static uint64_t leave(struct waiter *waiter, struct board_thread *thread, give_way *yield)
{
    uint64_t word = atomic_load(&thread->wait);
    do
        atomic_store(&waiter->leaving, word);
    while (!atomic_compare_exchange_strong(&thread->wait, &word, 0));
    settle(waiter, thread, yield);
    atomic_store(&waiter->leaving, 0);
    return word;
}

void wait_publish(struct wait *wait, struct waiter *waiter, struct board_thread *thread, int64_t deadline_ns,
                  give_way *yield)
{
    settle(waiter, thread, yield);
    *wait = (struct wait){.begun = true, .outer_leaving = atomic_load(&waiter->leaving)};
    wait->outer = leave(waiter, thread, yield);
    wait->outer_frame = atomic_exchange(&waiter->frame, (uintptr_t)wait);
    if (wait->outer_frame <= (uintptr_t)wait) { /* a handler is further down than what it interrupts */
        wait->outer = wait->outer_leaving = 0;
        wait->outer_frame = 0;
    }
    wait->outer_deadline_ns = atomic_load(&thread->deadline_ns);
    wait->outer_expected = atomic_load(&waiter->expected);
    wait->outer_arrived = atomic_load(&thread->arrived);
    uint32_t number = atomic_fetch_add(&waiter->numbers, 1) + 1;
    atomic_store(&waiter->expected, number);
    atomic_store(&thread->arrived, 0);
    atomic_store(&thread->deadline_ns, deadline_ns);
    atomic_store(&thread->wait, BOARD_WAIT(number, 0));
}

bool wait_retract(struct wait *wait, struct waiter *waiter, struct board_thread *thread, give_way *yield)
{
    uint64_t word = leave(waiter, thread, yield);
    atomic_store(&waiter->expected, wait->outer_expected);
    atomic_store(&thread->arrived, wait->outer_arrived);
    atomic_store(&thread->deadline_ns, wait->outer_deadline_ns);
    atomic_store(&waiter->leaving, wait->outer_leaving);
    atomic_store(&waiter->frame, wait->outer_frame);
    atomic_store(&thread->wait, wait->outer);
    wait->begun = false;
    return word != 0 && BOARD_WAIT_KICKS(word) > 0;
}

void wait_kicked(const struct waiter *waiter, struct board_thread *thread, uint32_t number)
{
    if (number == atomic_load(&waiter->expected))
        atomic_fetch_add(&thread->arrived, 1);
}
