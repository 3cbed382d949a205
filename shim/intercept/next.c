#include "shim/intercept/next.h"

#include <dlfcn.h>
#include <errno.h>

/* Before the first real call through it, a next pointer leads here. */
#define CALL(ret, name, params, args, family, shape, traits, errnos)                                         \
    static ret lazy_##name params                                                                            \
    {                                                                                                        \
        next_resolve(CALL_##name);                                                                           \
        return next_##name args;                                                                             \
    }                                                                                                        \
    ret(*next_##name) params = lazy_##name;
#include "shim/model/calls.def"
#undef CALL

static long missing(void)
{
    errno = ENOSYS;
    return -1;
}

static void *const *slot(enum call_id id)
{
    static void *const slots[CALL_COUNT] = {
#define CALL(ret, name, params, args, family, shape, traits, errnos) [CALL_##name] = &next_##name,
#include "shim/model/calls.def"
#undef CALL
    };
    return &slots[id];
}

void next_resolve(enum call_id id)
{
    void **pointer = *slot(id);
    void *found = dlsym(RTLD_NEXT, call_info(id)->name);
    *pointer = found ? found : (void *)missing;
}

void next_resolve_all(void)
{
    for (int id = 0; id < CALL_COUNT; id++)
        next_resolve((enum call_id)id);
}
