#include "harness/quiet/sleeps.h"

#include <linux/futex.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* How the timeout of a system call is to be told from its arguments. */
enum timeout_form {
    NO_TIMEOUT,
    ALWAYS,       /* it is there to let time go by, or nobody knows what for */
    POINTER,      /* a timespec or timeval; NULL: for ever */
    MILLISECONDS, /* an int; negative: for ever */
    OF_FUTEX,     /* a pointer, if the operation is one that waits */
    OF_SOCKET,    /* an option of the descriptor, which is the first argument */
};

struct row {
    int number;
    enum timeout_form form;
    int arg;
};

static const struct row rows[] = {
    {SYS_futex, OF_FUTEX, 3},
    {SYS_read, OF_SOCKET, 0},
    {SYS_readv, OF_SOCKET, 0},
    {SYS_write, OF_SOCKET, 0},
    {SYS_writev, OF_SOCKET, 0},
    {SYS_recvfrom, OF_SOCKET, 0},
    {SYS_recvmsg, OF_SOCKET, 0},
    {SYS_sendto, OF_SOCKET, 0},
    {SYS_sendmsg, OF_SOCKET, 0},
    {SYS_sendmmsg, OF_SOCKET, 0},
    {SYS_sendfile, OF_SOCKET, 0},
    {SYS_accept, OF_SOCKET, 0},
    {SYS_accept4, OF_SOCKET, 0},
    {SYS_connect, OF_SOCKET, 0},
    {SYS_recvmmsg, OF_SOCKET,
     0},                     /* its own timeout is looked at only when a datagram has come: recvmmsg(2) */
    {SYS_splice, ALWAYS, 0}, /* of two descriptors either may be the socket */
    {SYS_ppoll, POINTER, 2},
    {SYS_pselect6, POINTER, 4},
    {SYS_epoll_pwait, MILLISECONDS, 3},
#ifdef SYS_epoll_pwait2
    {SYS_epoll_pwait2, POINTER, 3},
#endif
#ifdef SYS_poll
    {SYS_poll, MILLISECONDS, 2},
#endif
#ifdef SYS_select
    {SYS_select, POINTER, 4},
#endif
#ifdef SYS_epoll_wait
    {SYS_epoll_wait, MILLISECONDS, 3},
#endif
#ifdef SYS_pause
    {SYS_pause, NO_TIMEOUT, 0},
#endif
    {SYS_wait4, NO_TIMEOUT, 0},
    {SYS_waitid, NO_TIMEOUT, 0},
    {SYS_rt_sigsuspend, NO_TIMEOUT, 0},
    {SYS_flock, NO_TIMEOUT, 0},
    {SYS_fcntl, NO_TIMEOUT, 0},
    {SYS_openat, NO_TIMEOUT, 0}, /* a FIFO waits for its other end */
    {SYS_rt_sigtimedwait, POINTER, 2},
    {SYS_nanosleep, ALWAYS, 0},
    {SYS_clock_nanosleep, ALWAYS, 0},
    {SYS_restart_syscall, ALWAYS, 0},
};

static bool futex_waits(uint64_t operation)
{
    switch (operation & FUTEX_CMD_MASK) {
    case FUTEX_WAIT:
    case FUTEX_WAIT_BITSET:
    case FUTEX_LOCK_PI:
    case FUTEX_WAIT_REQUEUE_PI:
#ifdef FUTEX_LOCK_PI2
    case FUTEX_LOCK_PI2:
#endif
        return true;
    }
    return false;
}

static enum sleep_kind kind_of(const struct task *task, const struct row *row)
{
    switch (row->form) {
    case NO_TIMEOUT:
        return SLEEP_PASSIVE;
    case ALWAYS:
        return SLEEP_TIMED;
    case OF_SOCKET:
        return SLEEP_SOCKET;
    case MILLISECONDS:
        return (int)task->args[row->arg] < 0 ? SLEEP_PASSIVE : SLEEP_TIMED;
    case OF_FUTEX:
        if (!futex_waits(task->args[1]))
            return SLEEP_UNKNOWN;
        /* fall through */
    case POINTER:
        return task->args[row->arg] == 0 ? SLEEP_PASSIVE : SLEEP_TIMED;
    }
    return SLEEP_UNKNOWN;
}

enum sleep_kind sleep_kind(const struct task *task)
{
    if (task->state == 'T')
        return SLEEP_PASSIVE; /* stopped by a signal: another has to continue it */
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].number == task->number)
            return kind_of(task, &rows[i]);
    return SLEEP_UNKNOWN;
}

bool sleeps_on_socket(const struct task *task)
{
    char path[64], target[32];
    snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)task->pid, (int)task->args[0]);
    ssize_t len = readlink(path, target, sizeof target);
    return len < 0 || strncmp(target, "socket:", 7) == 0;
}
