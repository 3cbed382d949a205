/* The next functions of the calls about time (timing.def), as intercept/next.h has those of the others. */
#ifndef SOCKFAULT_SHIM_TIME_NEXT_H
#define SOCKFAULT_SHIM_TIME_NEXT_H

#include "shim/time/types.h"

#define TIMING(ret, name, params, args) extern ret(*next_##name) params __attribute__((visibility("hidden")));
#include "shim/model/timing.def"
#undef TIMING

/* Looks all of them up. A function this libc lacks becomes one that fails with ENOSYS. */
void time_next_resolve_all(void);

#endif
