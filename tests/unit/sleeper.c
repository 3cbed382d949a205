#include "tests/unit/sleeper.h"

#include "harness/clock.h"
#include "harness/procfs.h"
#include "harness/quiet/advance.h"

#include <criterion/criterion.h>
#include <poll.h>
#include <sys/mman.h>

struct board *shared_board(void)
{
    void *memory = mmap(NULL, sizeof(struct board), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    cr_assert_neq(memory, MAP_FAILED);
    return memory;
}

static struct board_thread *sleeper(struct board *board, pid_t pid)
{
    for (size_t i = 0; i < BOARD_THREADS; i++)
        if (atomic_load(&board->threads[i].pid) == pid && atomic_load(&board->threads[i].wait) != 0)
            return proc_asleep(pid) ? &board->threads[i] : NULL;
    return NULL;
}

struct board_thread *await_sleeper(struct board *board, pid_t pid)
{
    struct board_thread *thread;
    int64_t until = clock_ns() + 10 * NS_PER_S;
    while ((thread = sleeper(board, pid)) == NULL && clock_ns() < until)
        poll(NULL, 0, 1);
    cr_assert_not_null(thread, "no wait was published");
    return thread;
}

void let_sleep_out(struct board *board, const struct board_thread *thread)
{
    advance_to(board, atomic_load(&thread->deadline_ns));
    advance_wake(board, false);
}
