#include "harness/quiet/timers.h"

#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* How the process, or the thread, that a signal is for takes it: proc(5). */
struct receiver {
    bool lives, pending, ignored;
};

static bool has_signal(const char *status, const char *field, int signo)
{
    const char *at = strstr(status, field);
    uint64_t set = 0;
    return at && sscanf(at + strlen(field), "%" SCNx64, &set) == 1 && set >> (signo - 1) & 1;
}

/* A process whose first thread has ended may have others. */
static bool has_life(const char *status)
{
    const char *state = strstr(status, "\nState:\t"), *threads = strstr(status, "\nThreads:\t");
    return state && (!strchr("ZX", state[8]) || (threads && atoi(threads + 10) > 1));
}

static struct receiver read_receiver(pid_t pid, pid_t tid, int signo)
{
    char path[64], status[4096];
    snprintf(path, sizeof path, tid ? "/proc/%d/task/%d/status" : "/proc/%d/status", (int)pid, (int)tid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = fd < 0 ? -1 : read(fd, status, sizeof status - 1);
    if (fd >= 0)
        close(fd);
    status[got > 0 ? got : 0] = '\0';
    return (struct receiver){
        .lives = has_life(status),
        .pending = has_signal(status, tid ? "\nSigPnd:" : "\nShdPnd:", signo),
        .ignored = has_signal(status, "\nSigIgn:", signo),
    };
}

/* Nothing that stands on the board makes us signal whom we should not. */
static bool takes_part(const struct board *board, pid_t pid)
{
    for (int i = 0; i < BOARD_PROCESSES && pid > 1 && pid != getpid(); i++)
        if (atomic_load(&board->processes[i].pid) == pid &&
            atomic_load(&board->processes[i].state) != BOARD_PROCESS_FREE)
            return true;
    return false;
}

/* What is armed, copied so that it cannot change between look and use. */
struct armed {
    pid_t pid, tid;
    int signo;
    int64_t deadline_ns;
};

static struct armed read_armed(const struct board_timer *timer)
{
    return (struct armed){atomic_load(&timer->pid), atomic_load(&timer->facts.tid),
                          atomic_load(&timer->facts.signo), atomic_load(&timer->deadline_ns)};
}

static bool is_sane(const struct board *board, const struct armed *armed)
{
    return armed->signo > 0 && armed->signo < NSIG && armed->tid >= 0 && takes_part(board, armed->pid);
}

/* false: nobody is there for it any more; then it is free. */
static bool look(struct board *board, struct board_timer *timer, const struct armed *armed,
                 struct receiver *ret)
{
    *ret = (struct receiver){0};
    if (is_sane(board, armed))
        *ret = read_receiver(armed->pid, armed->tid, armed->signo);
    if (!ret->lives && atomic_load(&timer->pid) == armed->pid)
        timer_free(timer);
    return ret->lives;
}

int64_t timers_due(struct board *board)
{
    int64_t due = BOARD_NEVER;
    uint32_t index = 0;
    struct board_timer *timer;
    while ((timer = timer_next(board, &index))) {
        struct armed armed = read_armed(timer);
        struct receiver receiver;
        if (armed.deadline_ns < due && look(board, timer, &armed, &receiver) && !receiver.pending &&
            !receiver.ignored)
            due = armed.deadline_ns;
    }
    return due;
}

/* As the kernel sends it: timer_create(2). It sends alarm(2)'s as SI_KERNEL, which no process may send to
 * another; so that one has the rest of it: no sender. */
static void send_signal(const struct board_timer *timer, const struct armed *armed, uint32_t overrun)
{
    siginfo_t info;
    memset(&info, 0, sizeof info);
    info.si_signo = armed->signo;
    info.si_code = SI_TIMER;
    info.si_timerid = atomic_load(&timer->facts.id);
    info.si_overrun = (int)overrun;
    info.si_value.sival_ptr = (void *)(uintptr_t)atomic_load(&timer->facts.value);
    if (armed->tid)
        syscall(SYS_rt_tgsigqueueinfo, armed->pid, armed->tid, armed->signo, &info);
    else
        syscall(SYS_rt_sigqueueinfo, armed->pid, armed->signo, &info);
}

static void expire(struct board_timer *timer, const struct armed *armed, const struct receiver *receiver,
                   int64_t now_ns)
{
    uint32_t times = timer_expire(timer, now_ns);
    if (times == 0 || receiver->ignored)
        return;
    if (receiver->pending) {
        uint32_t before = atomic_load(&timer->overrun);
        atomic_store(&timer->overrun, before < INT32_MAX - times ? before + times : INT32_MAX);
        return;
    }
    atomic_store(&timer->overrun, times - 1);
    atomic_store(&timer->sent, 1);
    send_signal(timer, armed, times - 1);
}

void timers_fire(struct board *board, int64_t now_ns)
{
    uint32_t index = 0;
    struct board_timer *timer;
    while ((timer = timer_next(board, &index))) {
        struct armed armed = read_armed(timer);
        struct receiver receiver;
        if (armed.deadline_ns > now_ns || !look(board, timer, &armed, &receiver))
            continue;
        if (receiver.pending && !atomic_load(&timer->sent))
            continue; /* somebody else's */
        /* Who sets it meanwhile waits for the signal to be there (shim/time/timers.c). */
        atomic_store(&timer->firing, 1);
        expire(timer, &armed, &receiver, now_ns);
        atomic_store(&timer->firing, 0);
    }
}
