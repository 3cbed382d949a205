/*
 * The next functions: what a call would have reached without us (libc's, or another interposer's). Each
 * pointer starts at a function that looks the real one up and goes on to it, so that calls made before our
 * constructor work; the constructor looks up all of them, one by one.
 */
#ifndef SOCKFAULT_SHIM_NEXT_H
#define SOCKFAULT_SHIM_NEXT_H

#include "shim/intercept/types.h"
#include "shim/model/calls.h"

#define CALL(ret, name, params, args, family, shape, traits, errnos)                                         \
    extern ret(*next_##name) params __attribute__((visibility("hidden")));
#include "shim/model/calls.def"
#undef CALL

/* Looks one up, or all. A function this libc lacks becomes one that fails with ENOSYS. */
void next_resolve(enum call_id id);
void next_resolve_all(void);

#endif
