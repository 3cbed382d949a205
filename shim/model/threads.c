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

struct board_thread *board_thread_claim(struct board *board, int32_t tid, int32_t pid,
                                        bool (*is_dead)(int32_t pid, int32_t tid))
{
    enum { PROBES = 64 };
    for (int pass = 0; pass < 2; pass++)
        for (int i = 0; i < PROBES; i++) {
            struct board_thread *thread = &board->threads[((uint32_t)tid + (uint32_t)i) % BOARD_THREADS];
            int32_t owner = atomic_load(&thread->tid);
            bool takeable =
                pass == 0 ? owner == 0 || owner == tid : is_dead(atomic_load(&thread->pid), owner);
            if (!takeable || !atomic_compare_exchange_strong(&thread->tid, &owner, tid))
                continue;
            atomic_store(&thread->pid, pid);
            renew(board, thread);
            return thread;
        }
    return NULL;
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
