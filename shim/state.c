#include "shim/state.h"
#include "shim/know/thread.h"

#include <limits.h>
#include <linux/futex.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <unistd.h>

static const _Atomic uint64_t nothing_armed[CALL_SET_WORDS];

struct shim shim = {.armed = nothing_armed, .once = PTHREAD_ONCE_INIT};

bool state_is_borrowed(void)
{
    return syscall(SYS_getpid) != shim.pid;
}

void state_ring(void)
{
    atomic_fetch_add(&shim.board->bell, 1);
    if (atomic_load_explicit(&shim.board->flags, memory_order_relaxed) & BOARD_WATCHED)
        syscall(SYS_futex, &shim.board->bell, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

void state_hello(void)
{
    shim.pid = (pid_t)syscall(SYS_getpid);
    struct board_process *parent = shim.process;
    struct board_process *process = board_process_claim(shim.board, shim.pid);
    if (process) {
        atomic_store(&process->parent, (int32_t)syscall(SYS_getppid));
        atomic_store(&process->role, shim.role);
        atomic_store(&process->image, getauxval(AT_RANDOM));
        atomic_store(&process->coverage, shim.gcov_count > 0 ? BOARD_COVERAGE_COUNTS : BOARD_COVERAGE_NONE);
        if (parent && parent != process) { /* a fork: the same executable at the same addresses */
            atomic_store(&process->module_set, atomic_load(&parent->module_set));
            for (size_t i = 0; i < sizeof process->exe; i++)
                process->exe[i] = parent->exe[i];
        }
    }
    shim.process = process;
    if (process)
        timers_begin(shim.board, shim.pid, &shim.board->alarms[process - shim.board->processes],
                     parent == NULL);
}

void state_after_fork(void)
{
    if (!shim.board)
        return;
    thread_forget();
    state_hello();
    if (shim.process)
        atomic_store(&shim.process->state, BOARD_PROCESS_HELLO);
    state_ring();
}
