/* What makes a wrapper visible; everything else in the library is hidden. */
#ifndef SOCKFAULT_SHIM_WRAPPERS_H
#define SOCKFAULT_SHIM_WRAPPERS_H

#define EXPORTED __attribute__((visibility("default")))

/* Another name of the same function; it must stand in the same file. */
#define ALIAS(name, other)                                                                                   \
    EXPORTED extern __typeof__(wrap_##name) alias_##other __asm__(#other) __attribute__((alias(#name)));

#endif
