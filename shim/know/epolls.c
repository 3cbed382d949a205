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
static struct registration table[TABLE_SIZE][EPOLLS_A_DESCRIPTOR];
static _Atomic int end;
static _Atomic int32_t hints[HINTS]; /* where the last search for such data ended, + 1; 0: search */

static _Atomic int32_t *hint_for(uint64_t data)
{
    return &hints[(data * 0x9e3779b97f4a7c15 >> 32) % HINTS];
}

static struct registration *registered(int epoll_fd, int fd)
{
    for (int i = 0; i < EPOLLS_A_DESCRIPTOR; i++)
        if (atomic_load_explicit(&table[fd][i].epoll_fd, memory_order_relaxed) == epoll_fd + 1)
            return &table[fd][i];
    return NULL;
}

/* Where it stands, or may: a free place, else the first. */
static struct registration *place_for(int epoll_fd, int fd)
{
    struct registration *r = registered(epoll_fd, fd);
    for (int i = 0; i < EPOLLS_A_DESCRIPTOR && !r; i++)
        if (atomic_load(&table[fd][i].epoll_fd) == 0)
            r = &table[fd][i];
    return r ? r : &table[fd][0];
}

void epoll_note(int epoll_fd, int fd, const struct epoll_event *event)
{
    if (fd < 0 || fd >= TABLE_SIZE)
        return;
    if (!event) {
        struct registration *gone = registered(epoll_fd, fd);
        if (gone)
            atomic_store(&gone->epoll_fd, 0);
        return;
    }
    struct registration *r = place_for(epoll_fd, fd);
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
    for (int fd = 0, stop = atomic_load(&end); fd < stop; fd++)
        epoll_note(epoll_fd, fd, NULL);
}

void epoll_forget(unsigned int first, unsigned int last)
{
    unsigned int stop = (unsigned int)descriptor_end(), known = (unsigned int)atomic_load(&end);
    for (unsigned int fd = first; fd <= last && fd < (stop > known ? stop : known); fd++) {
        for (int i = 0; fd < TABLE_SIZE && i < EPOLLS_A_DESCRIPTOR; i++)
            atomic_store_explicit(&table[fd][i].epoll_fd, 0, memory_order_relaxed);
        if (descriptor_get((int)fd) == DESCRIPTOR_EPOLL)
            forget_epoll((int)fd);
    }
}

static bool has_data(int epoll_fd, int fd, uint64_t data)
{
    struct registration *r = registered(epoll_fd, fd);
    return r && atomic_load_explicit(&r->data, memory_order_relaxed) == data;
}

int epoll_find(int epoll_fd, uint64_t data, uint32_t *ret_events)
{
    int stop = atomic_load(&end), found = atomic_load(hint_for(data)) - 1;
    if (found < 0 || !has_data(epoll_fd, found, data)) {
        found = -1;
        for (int fd = 0; fd < stop; fd++) {
            if (!has_data(epoll_fd, fd, data))
                continue;
            if (found >= 0)
                return -1;
            found = fd;
        }
    }
    struct registration *r = found < 0 ? NULL : registered(epoll_fd, found);
    if (!r)
        return -1;
    atomic_store(hint_for(data), found + 1);
    *ret_events = atomic_load(&r->events);
    return found;
}

int epoll_next(int epoll_fd, int fd, struct epoll_event *ret_event)
{
    for (int stop = atomic_load(&end); fd < stop; fd++) {
        struct registration *r = registered(epoll_fd, fd);
        if (!r)
            continue;
        ret_event->events = atomic_load(&r->events);
        ret_event->data.u64 = atomic_load(&r->data);
        return fd;
    }
    return -1;
}
