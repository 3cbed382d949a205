#include "shim/know/thread.h"
#include "shim/model/threads.h"
#include "shim/state.h"

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Initial-exec: reading these never allocates, so a signal handler may do it. */
static __thread int32_t cached_tid __attribute__((tls_model("initial-exec")));
static __thread struct board_thread *slot __attribute__((tls_model("initial-exec")));

int32_t thread_id(void)
{
    if (!cached_tid)
        cached_tid = (int32_t)syscall(SYS_gettid);
    return cached_tid;
}

void thread_forget(void)
{
    cached_tid = 0;
    slot = NULL;
}

static bool is_dead(int32_t pid, int32_t tid)
{
    int saved = errno;
    bool dead = syscall(SYS_tgkill, pid, tid, 0) < 0 && errno == ESRCH;
    errno = saved;
    return dead;
}

struct board_thread *thread_known(void)
{
    return slot;
}

struct board_thread *thread_slot(void)
{
    if (!slot)
        slot = board_thread_claim(shim.board, thread_id(), shim.pid, is_dead);
    return slot;
}

static struct activity read_activity(void)
{
    return (struct activity){
        .call = atomic_load_explicit(&slot->call, memory_order_relaxed),
        .fd = atomic_load_explicit(&slot->fd, memory_order_relaxed),
        .connection = atomic_load_explicit(&slot->connection, memory_order_relaxed),
        .since_ns = atomic_load_explicit(&slot->since_ns, memory_order_relaxed),
        .asked = atomic_load_explicit(&slot->asked, memory_order_relaxed),
        .site = atomic_load_explicit(&slot->site, memory_order_relaxed),
    };
}

static void write_activity(const struct activity *now)
{
    atomic_store_explicit(&slot->fd, now->fd, memory_order_relaxed);
    atomic_store_explicit(&slot->connection, now->connection, memory_order_relaxed);
    atomic_store_explicit(&slot->since_ns, now->since_ns, memory_order_relaxed);
    atomic_store_explicit(&slot->asked, now->asked, memory_order_relaxed);
    atomic_store_explicit(&slot->site, now->site, memory_order_relaxed);
    atomic_store_explicit(&slot->call, now->call, memory_order_release);
}

struct activity thread_enters(const struct activity *now)
{
    if (!thread_slot())
        return (struct activity){0};
    struct activity before = read_activity();
    atomic_fetch_add_explicit(&slot->sequence, 1, memory_order_relaxed);
    write_activity(now);
    return before;
}

void thread_leaves(const struct activity *before)
{
    if (slot)
        write_activity(before);
}
