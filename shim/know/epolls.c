#include "shim/know/epolls.h"
#include "shim/know/descriptors.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

/* By descriptor number; epoll_fd 0 is none, n + 1 is n. Not one atomic whole: a reader may see a change half
   done, and then finds nothing, or checks in vain. */
struct registration {
    _Atomic int32_t epoll_fd;
    _Atomic uint32_t events;
    _Atomic uint64_t data;
};
enum { TABLE_SIZE = 1 << 18, HINTS = 1 << 14 };
static struct registration table[TABLE_SIZE];
static _Atomic int end;
static _Atomic int32_t hints[HINTS]; /* where the last search for such data ended, + 1; 0: search */

static _Atomic int32_t *hint_for(uint64_t data)
{
    return &hints[(data * 0x9e3779b97f4a7c15 >> 32) % HINTS];
}

static bool is_registered(int epoll_fd, int fd, uint64_t data)
{
    return atomic_load_explicit(&table[fd].epoll_fd, memory_order_relaxed) == epoll_fd + 1 &&
           atomic_load_explicit(&table[fd].data, memory_order_relaxed) == data;
}

void epoll_note(int epoll_fd, int fd, const struct epoll_event *event)
{
    if (fd < 0 || fd >= TABLE_SIZE)
        return;
    struct registration *r = &table[fd];
    if (!event) {
        atomic_store(&r->epoll_fd, 0);
        return;
    }
    atomic_store(hint_for(event->data.u64), 0); /* it may no longer be the only one with that data */
    atomic_store(&r->data, event->data.u64);
    atomic_store(&r->events, event->events);
    atomic_store(&r->epoll_fd, epoll_fd + 1);
    int known = atomic_load(&end);
    while (fd >= known && !atomic_compare_exchange_weak(&end, &known, fd + 1)) {
    }
}

static void forget_epoll(int epoll_fd)
{
    for (int fd = 0, stop = atomic_load(&end); fd < stop; fd++) {
        int32_t is = epoll_fd + 1;
        atomic_compare_exchange_strong(&table[fd].epoll_fd, &is, 0);
    }
}

void epoll_forget(unsigned int first, unsigned int last)
{
    unsigned int stop = (unsigned int)descriptor_end();
    for (unsigned int fd = first; fd < stop && fd <= last; fd++) {
        epoll_note(-1, (int)fd, NULL);
        if (descriptor_get((int)fd) == DESCRIPTOR_EPOLL)
            forget_epoll((int)fd);
    }
}

int epoll_find(int epoll_fd, uint64_t data, uint32_t *ret_events)
{
    int stop = atomic_load(&end), found = atomic_load(hint_for(data)) - 1;
    if (found < 0 || !is_registered(epoll_fd, found, data)) {
        found = -1;
        for (int fd = 0; fd < stop; fd++) {
            if (!is_registered(epoll_fd, fd, data))
                continue;
            if (found >= 0)
                return -1;
            found = fd;
        }
    }
    if (found < 0)
        return -1;
    atomic_store(hint_for(data), found + 1);
    *ret_events = atomic_load(&table[found].events);
    return found;
}

int epoll_next(int epoll_fd, int from, uint32_t *ret_events)
{
    for (int fd = from, stop = atomic_load(&end); fd < stop; fd++) {
        if (atomic_load_explicit(&table[fd].epoll_fd, memory_order_relaxed) != epoll_fd + 1)
            continue;
        *ret_events = atomic_load(&table[fd].events);
        return fd;
    }
    return -1;
}
