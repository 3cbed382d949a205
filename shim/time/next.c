#include "shim/time/next.h"
#include "shim/model/timing.h"

#include <dlfcn.h>
#include <errno.h>

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

static void resolve(enum timing_id id)
{
    static void *const slots[TIMING_COUNT] = {
#define TIMING(ret, name, params, args) [TIMING_##name] = &next_##name,
#include "shim/model/timing.def"
#undef TIMING
    };
    void **pointer = slots[id];
    void *found = dlsym(RTLD_NEXT, timing_name(id));
    *pointer = found ? found : (void *)missing;
}

void time_next_resolve_all(void)
{
    for (int id = 0; id < TIMING_COUNT; id++)
        resolve((enum timing_id)id);
}
