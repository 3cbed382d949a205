#include "harness/quiet/advance.h"

#include "harness/clock.h"

#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

int64_t advance_now(const struct board *board)
{
    return board_time(board, clock_ns());
}

int64_t advance_due(const struct board *board)
{
    uint32_t end = atomic_load(&board->threads_end);
    int64_t due = BOARD_NEVER;
    for (uint32_t i = 0; i < end && i < BOARD_THREADS; i++) {
        const struct board_thread *thread = &board->threads[i];
        uint64_t wait = atomic_load(&thread->wait);
        int64_t deadline = atomic_load(&thread->deadline_ns);
        if (wait != 0 && BOARD_WAIT_KICKS(wait) == 0 && deadline < due)
            due = deadline;
    }
    return due;
}

int64_t advance_to(struct board *board, int64_t moment_ns)
{
    int64_t missing = moment_ns - advance_now(board);
    if (missing <= 0)
        return 0;
    atomic_fetch_add(&board->offset_ns, missing);
    return missing;
}

static void wake(struct board_thread *thread, uint64_t wait)
{
    siginfo_t info = {.si_signo = TIME_SIGNAL, .si_code = SI_QUEUE};
    pid_t pid = atomic_load(&thread->pid), tid = atomic_load(&thread->tid);
    info.si_pid = getpid();
    info.si_value.sival_int = (int)BOARD_WAIT_NUMBER(wait);
    if (!atomic_compare_exchange_strong(&thread->wait, &wait, wait + 1))
        return;
    /* One that was announced and cannot be sent must not be waited for. */
    if (pid <= 1 || tid <= 1 || syscall(SYS_rt_tgsigqueueinfo, pid, tid, TIME_SIGNAL, &info) < 0)
        atomic_fetch_add(&thread->arrived, 1);
}

void advance_wake(struct board *board, bool again)
{
    uint32_t end = atomic_load(&board->threads_end);
    int64_t now = advance_now(board);
    for (uint32_t i = 0; i < end && i < BOARD_THREADS; i++) {
        struct board_thread *thread = &board->threads[i];
        uint64_t wait = atomic_load(&thread->wait);
        if (wait == 0 || atomic_load(&thread->deadline_ns) > now)
            continue;
        uint32_t kicks = BOARD_WAIT_KICKS(wait);
        if (kicks == 0 || (again && kicks < BOARD_KICKS_MAX && atomic_load(&thread->arrived) >= kicks))
            wake(thread, wait);
    }
}
