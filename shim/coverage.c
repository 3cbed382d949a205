#include "shim/coverage.h"
#include "shim/intercept/wrappers.h"
#include "shim/time/wait.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

/* All calls here are the kernel's own: what a program has in front of libc's must not see them. */

/* Who asks waits somewhat longer than for all attempts (harness/run/watch/counted.c). */
enum { MASK_BYTES = 8, PATIENCE_US = 400000, ATTEMPTS = 3 };

static void set_state(uint32_t state)
{
    if (shim.process)
        atomic_store(&shim.process->coverage, state);
}

static void run_destructors(const struct gcov_runtime *runtime)
{
    for (size_t i = runtime->destructor_count; i-- > 0;)
        if (runtime->destructors[i])
            runtime->destructors[i]();
}

/* Nothing the copy has open is its own, and nothing it says is the program's. */
static void let_go(void)
{
    long null = syscall(SYS_openat, AT_FDCWD, "/dev/null", O_RDWR, 0);
    for (int fd = 0; null >= 0 && fd <= 2; fd++)
        if (null != fd)
            syscall(SYS_dup3, null, fd, 0);
    syscall(SYS_close_range, 3, ~0U, 0);
}

static void set_patience(void)
{
    static const unsigned long action[16] = {0}; /* the kernel's struct sigaction: SIG_DFL */
    static const struct itimerval patience = {.it_value.tv_usec = PATIENCE_US};
    uint64_t alarm = UINT64_C(1) << (SIGALRM - 1);
    syscall(SYS_rt_sigaction, SIGALRM, action, NULL, MASK_BYTES);
    syscall(SYS_rt_sigprocmask, SIG_UNBLOCK, &alarm, NULL, MASK_BYTES);
    syscall(SYS_setitimer, ITIMER_REAL, &patience, NULL);
}

static _Noreturn void be_copy(void)
{
    set_patience();
    let_go();
    for (size_t i = 0; i < shim.gcov_count; i++)
        if (shim.gcov[i].write)
            shim.gcov[i].write();
        else
            run_destructors(&shim.gcov[i]);
    for (;;)
        syscall(SYS_exit_group, 0);
}

/* The copy's end signals nothing, and no wait(2) of the program's finds it. */
static bool write_by_copy(void)
{
    int status = -1;
    long pid = syscall(SYS_clone, 0, NULL, NULL, NULL, NULL), got;
    if (pid == 0)
        be_copy();
    do
        got = pid > 0 ? syscall(SYS_wait4, pid, &status, __WALL, NULL) : -1;
    while (got < 0 && pid > 0 && errno == EINTR);
    return got == pid && pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

void coverage_write(void)
{
    int saved = errno;
    uint64_t all = ~UINT64_C(0), before;
    if (shim.gcov_count == 0 || state_is_borrowed())
        return;
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, &before, MASK_BYTES);
    bool written = false;
    for (int i = 0; i < ATTEMPTS && !written; i++)
        written = write_by_copy();
    set_state(written ? BOARD_COVERAGE_WRITTEN : BOARD_COVERAGE_FAILED);
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &before, NULL, MASK_BYTES);
    state_ring();
    errno = saved;
}

/* The next image of this process knows nothing of what this one lost. */
void coverage_before_exec(void)
{
    coverage_write();
    if (shim.gcov_count > 0 && shim.process && !state_is_borrowed() &&
        atomic_load(&shim.process->coverage) == BOARD_COVERAGE_FAILED)
        atomic_fetch_add(&shim.board->coverage_lost, 1);
}

void coverage_after_exec(void)
{
    if (shim.gcov_count > 0 && !state_is_borrowed())
        set_state(BOARD_COVERAGE_COUNTS);
}

void coverage_written(void)
{
    if (shim.gcov_count > 0)
        set_state(BOARD_COVERAGE_WRITTEN);
}

/* The process ends by that signal as it would have: whoever waits for it sees the same. */
static void on_end(int number)
{
    static const struct sigaction action = {.sa_handler = SIG_DFL};
    coverage_write();
    sigaction(number, &action, NULL);
    syscall(SYS_tgkill, syscall(SYS_getpid), syscall(SYS_gettid), number);
}

bool coverage_handles(void (*handler)(int))
{
    return handler == on_end;
}

/* A handler the program installs itself replaces ours, as it would replace the default. */
static void handle_ends(void)
{
    static const int ends[] = {SIGTERM, SIGINT, SIGHUP, SIGPIPE, SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        struct sigaction before, ours = {.sa_handler = on_end, .sa_flags = SA_NODEFER | SA_ONSTACK};
        if (sigaction(ends[i], NULL, &before) == 0 && before.sa_handler == SIG_DFL)
            sigaction(ends[i], &ours, NULL);
    }
}

void coverage_prepare(void)
{
    if (!(atomic_load(&shim.board->flags) & BOARD_COVERAGE))
        return;
    shim.gcov_count = gcov_find(shim.gcov);
    if (shim.gcov_count == 0)
        return;
    set_state(BOARD_COVERAGE_COUNTS);
    handle_ends();
    if (!shim.is_virtual)
        wait_prepare();
}

/* _exit(2) ends a process without its destructors. libc's own calls of it, at exit(3), do not come here. */
static _Noreturn void leave(int status)
{
    coverage_write();
    if (shim.next_exit)
        shim.next_exit(status);
    for (;;)
        syscall(SYS_exit_group, status);
}

EXPORTED _Noreturn void wrap__exit(int status) __asm__("_exit");
void wrap__exit(int status)
{
    leave(status);
}

EXPORTED _Noreturn void wrap__Exit(int status) __asm__("_Exit");
void wrap__Exit(int status)
{
    leave(status);
}
