#include "shim/time/next.h"
#include "shim/model/timing.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

static void resolve(enum timing_id id);

/* Before the first real call through it, a next pointer leads here. */
#define TIMING(ret, name, params, args)                                                                      \
    static ret lazy_##name params                                                                            \
    {                                                                                                        \
        resolve(TIMING_##name);                                                                              \
        return next_##name args;                                                                             \
    }                                                                                                        \
    ret(*next_##name) params = lazy_##name;
#include "shim/model/timing.def"
#undef TIMING

static long missing(void)
{
    errno = ENOSYS;
    return -1;
}

/*
 * The newest of the versions a function has. dlsym(RTLD_NEXT) gave the oldest until glibc 2.36: of condition
 * variables the one that keeps a pointer to another in what it takes for uninitialised memory. Asked only of
 * those that have several: a version that is not there is an error that allocates, and what allocates may be
 * who called (jemalloc reads a file by syscall(2) when it begins, before our constructor).
 */
static void *find_next(const char *name)
{
    static const char versions[][12] = {"GLIBC_2.3.2", "GLIBC_2.34", "GLIBC_2.30", "GLIBC_2.3.3"};
    bool several = strncmp(name, "pthread_cond_", 13) == 0 || strncmp(name, "timer_", 6) == 0;
    void *found = NULL;
    for (size_t i = 0; several && i < sizeof versions / sizeof *versions && !found; i++)
        found = dlvsym(RTLD_NEXT, name, versions[i]);
    return found ? found : dlsym(RTLD_NEXT, name);
}

static void resolve(enum timing_id id)
{
    static void *const slots[TIMING_COUNT] = {
#define TIMING(ret, name, params, args) [TIMING_##name] = &next_##name,
#include "shim/model/timing.def"
#undef TIMING
    };
    void **pointer = slots[id];
    void *found = find_next(timing_name(id));
    *pointer = found ? found : (void *)missing;
}

void time_next_resolve_all(void)
{
    for (int id = 0; id < TIMING_COUNT; id++)
        resolve((enum timing_id)id);
}
