/* How the shim stands in LD_PRELOAD. */
#ifndef SOCKFAULT_RUN_PRELOAD_H
#define SOCKFAULT_RUN_PRELOAD_H

#include <limits.h>

enum { PRELOAD_NAME_MAX = PATH_MAX + 32 };

/* ld.so separates the names in LD_PRELOAD by these, and nothing escapes them (ld.so(8)). */
#define PRELOAD_SEPARATORS " :"

/*
 * `shim` itself or, when its path has a separator in it, a link to it that is made in `folder`, whose own
 * path has none. NULL with errno: the link cannot be made.
 */
const char *preload_name(const char *folder, const char *shim, char link[PRELOAD_NAME_MAX]);

#endif
