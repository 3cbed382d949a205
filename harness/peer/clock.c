#include "harness/peer/clock.h"

#include "harness/clock.h"
#include "shim/time/signal.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/auxv.h>
#include <unistd.h>

/* Whom kicks are for. A handler has nowhere else to look. */
static struct peer_clock *_Atomic running;

static void on_signal(int number, siginfo_t *info, void *context)
{
    struct peer_clock *clock = atomic_load(&running);
    (void)number, (void)context;
    if (info->si_code == SI_QUEUE && clock->thread != NULL)
        wait_kicked(&clock->waiter, clock->thread, (uint32_t)info->si_value.sival_int);
}

static bool is_dead(int32_t pid, int32_t tid)
{
    return tgkill(pid, tid, 0) < 0 && errno == ESRCH;
}

void peer_clock_begin(struct peer_clock *clock, struct board *board)
{
    struct board_process *process = board_process_claim(board, getpid());
    *clock = (struct peer_clock){.board = board};
    clock->thread = board_thread_claim(board, gettid(), getpid(), is_dead);
    atomic_store(&running, clock);
    time_signal_handle(on_signal);
    if (process == NULL)
        return;
    snprintf(process->exe, sizeof process->exe, "peer");
    atomic_store(&process->parent, getppid());
    atomic_store(&process->image, getauxval(AT_RANDOM));
    atomic_store(&process->state, BOARD_PROCESS_PEER);
}

int64_t peer_clock_ns(const struct peer_clock *clock)
{
    return board_time(clock->board, clock_ns());
}

/* As poll(2), interrupted when the time is up. */
static int sleep_once(struct peer_clock *clock, struct pollfd *fd, const struct timespec *time,
                      int64_t until_ns)
{
    struct wait wait;
    if (clock->thread == NULL)
        return ppoll(fd, 1, time, NULL);
    atomic_fetch_add(&clock->thread->sequence, 1);
    wait_publish(&wait, &clock->waiter, clock->thread, until_ns, time_signal_let_in);
    int ready = ppoll(fd, 1, time, NULL), error = errno;
    wait_retract(&wait, &clock->waiter, clock->thread, time_signal_let_in);
    errno = error;
    return ready;
}

short peer_clock_poll(struct peer_clock *clock, int fd, short events, int64_t until_ns)
{
    struct pollfd one = {.fd = fd, .events = events};
    bool for_ever = until_ns == BOARD_NEVER;
    for (int ready = 0; ready == 0 || (ready < 0 && errno == EINTR);) {
        int64_t left = for_ever ? 0 : until_ns - peer_clock_ns(clock);
        struct timespec time = {.tv_sec = left / NS_PER_S, .tv_nsec = left % NS_PER_S};
        if (left < 0)
            break;
        ready = sleep_once(clock, &one, for_ever ? NULL : &time, until_ns);
    }
    return one.revents;
}
