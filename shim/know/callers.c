#include "shim/know/callers.h"
#include "shim/state.h"

#include <dlfcn.h>
#include <errno.h>

/* Frames of ours below a call are few; whoever is not met by then is not on this stack. */
enum { DEPTH_MAX = 32 };

/* What is found so far. */
struct climb {
    uint64_t site;
    uint64_t *callers;
    int depth, count; /* count -1: the site has not been met */
};

static _Unwind_Reason_Code climb(struct _Unwind_Context *context, void *argument)
{
    struct climb *at = argument;
    int is_interrupted = 0;
    uint64_t address = shim.unwinder.address(context, &is_interrupted);
    if (is_interrupted || address == 0 || ++at->depth > DEPTH_MAX)
        return _URC_END_OF_STACK;
    if (at->count >= 0)
        at->callers[at->count++] = address;
    else if (address == at->site)
        at->count = 0;
    return at->count == BOARD_CALLERS ? _URC_END_OF_STACK : _URC_NO_REASON;
}

void callers_prepare(void)
{
    uint64_t none[BOARD_CALLERS];
    void *library = dlopen("libgcc_s.so.1", RTLD_NOW | RTLD_LOCAL);
    if (!library)
        return;
    void *address = dlsym(library, "_Unwind_GetIPInfo"), *walk = dlsym(library, "_Unwind_Backtrace");
    shim.unwinder.address = (_Unwind_Ptr(*)(struct _Unwind_Context *, int *))address;
    if (address)
        shim.unwinder.walk = (_Unwind_Reason_Code(*)(_Unwind_Trace_Fn, void *))walk;
    callers_above(0, none);
}

void callers_above(uint64_t site, uint64_t ret[BOARD_CALLERS])
{
    int saved = errno;
    struct climb at = {.site = site, .callers = ret, .count = -1};
    for (int i = 0; i < BOARD_CALLERS; i++)
        ret[i] = 0;
    if (shim.unwinder.walk)
        shim.unwinder.walk(climb, &at);
    errno = saved;
}
