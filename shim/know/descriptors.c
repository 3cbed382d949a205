#include "shim/know/descriptors.h"

#include <stdatomic.h>

/*
 * One entry a number up to the kernel's default limit (fs.nr_open); pages that are never touched cost
 * nothing. Above that nothing is remembered and each use looks anew. A slot or DESCRIPTOR_x is kept with BIAS
 * added, so that zeroed memory means unknown.
 */
enum { TABLE_SIZE = 1 << 20, BIAS = -DESCRIPTOR_UNKNOWN };
static _Atomic int32_t table[TABLE_SIZE];
static _Atomic int end;

int32_t descriptor_get(int fd)
{
    if (fd < 0 || fd >= TABLE_SIZE)
        return DESCRIPTOR_UNKNOWN;
    return atomic_load_explicit(&table[fd], memory_order_relaxed) - BIAS;
}

void descriptor_set(int fd, int32_t slot)
{
    if (fd < 0 || fd >= TABLE_SIZE)
        return;
    atomic_store_explicit(&table[fd], slot + BIAS, memory_order_relaxed);
    int known = atomic_load_explicit(&end, memory_order_relaxed);
    while (fd >= known && !atomic_compare_exchange_weak(&end, &known, fd + 1)) {
    }
}

void descriptor_forget(unsigned int first, unsigned int last)
{
    unsigned int stop = (unsigned int)descriptor_end();
    for (unsigned int fd = first; fd < stop && fd <= last; fd++)
        atomic_store_explicit(&table[fd], 0, memory_order_relaxed);
}

int descriptor_end(void)
{
    return atomic_load_explicit(&end, memory_order_relaxed);
}
