/* Which trials are meant, by name: `sockfault sweep --only` and `--same`. */
#ifndef SOCKFAULT_SWEEP_GLOBS_H
#define SOCKFAULT_SWEEP_GLOBS_H

#include <stdbool.h>
#include <stddef.h>

/* glob(7) over "PROCESS/CALL:FAULT SITE": any of those without a '!' before it, where there is one; none of
 * those with it. */
struct sweep_globs {
    const char *const *items;
    size_t count; /* 0: nothing is said */
};

/* Whether that name is meant; `unsaid`, if nothing is said. hits[i] is increased where the i-th matches by
 * itself. */
bool sweep_globs_mean(const struct sweep_globs *globs, const char *name, bool unsaid, size_t *hits);

#endif
