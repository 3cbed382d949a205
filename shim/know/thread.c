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

/* It may have been a thread's that ended in the middle of a call. */
static void renew(struct board_thread *thread)
{
    uint32_t end = atomic_load(&shim.board->threads_end), mine = (uint32_t)(thread - shim.board->threads) + 1;
    atomic_store(&thread->call, 0);
    atomic_store(&thread->wait, 0);
    while (end < mine && !atomic_compare_exchange_weak(&shim.board->threads_end, &end, mine))
        ;
}

/* A free slot near a place of the thread's own, the one it had before an exec, or that of a dead thread
 * there; NULL: it goes unpublished. */
static struct board_thread *claim(int32_t tid)
{
    enum { PROBES = 64 };
    for (int pass = 0; pass < 2; pass++)
        for (int i = 0; i < PROBES; i++) {
            struct board_thread *thread = &shim.board->threads[((uint32_t)tid + (uint32_t)i) % BOARD_THREADS];
            int32_t owner = atomic_load(&thread->tid);
            bool takeable = pass == 0 ? owner == 0 || owner == tid : is_dead(thread);
            if (!takeable || !atomic_compare_exchange_strong(&thread->tid, &owner, tid))
                continue;
            atomic_store(&thread->pid, shim.pid);
            renew(thread);
            return thread;
        }
    return NULL;
}

struct board_thread *thread_known(void)
{
    return slot;
}

struct board_thread *thread_slot(void)
{
    if (!slot)
        slot = claim(thread_id());
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
