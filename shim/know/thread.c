#include "shim/know/thread.h"
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

static bool is_dead(const struct board_thread *thread)
{
    int saved = errno;
    bool dead =
        syscall(SYS_tgkill, atomic_load(&thread->pid), atomic_load(&thread->tid), 0) < 0 && errno == ESRCH;
    errno = saved;
    return dead;
}

/* A free slot near a place of the thread's own, or that of a dead thread there; NULL: it goes unpublished. */
static struct board_thread *claim(int32_t tid)
{
    enum { PROBES = 64 };
    for (int pass = 0; pass < 2; pass++)
        for (int i = 0; i < PROBES; i++) {
            struct board_thread *thread =
                &shim.board->threads[((uint32_t)tid * 31 + (uint32_t)i) % BOARD_THREADS];
            int32_t owner = atomic_load(&thread->tid);
            bool takeable = pass == 0 ? owner == 0 : is_dead(thread);
            if (!takeable || !atomic_compare_exchange_strong(&thread->tid, &owner, tid))
                continue;
            atomic_store(&thread->pid, shim.pid);
            return thread;
        }
    return NULL;
}

void thread_enters(const struct attempt *at)
{
    if (!slot)
        slot = claim(thread_id());
    if (!slot)
        return;
    atomic_store_explicit(&slot->fd, at->fd, memory_order_relaxed);
    atomic_store_explicit(&slot->connection, at->socket ? atomic_load(&at->socket->connection) : 0,
                          memory_order_relaxed);
    atomic_store_explicit(&slot->since_ns, at->began_ns, memory_order_relaxed);
    atomic_store_explicit(&slot->site, at->site, memory_order_relaxed);
    atomic_fetch_add_explicit(&slot->sequence, 1, memory_order_relaxed);
    atomic_store_explicit(&slot->call, (uint32_t)at->call + 1, memory_order_release);
}

void thread_leaves(void)
{
    if (slot)
        atomic_store_explicit(&slot->call, 0, memory_order_release);
}
