/* Results in the order of their files. Internal to harness/report. */
#ifndef SOCKFAULT_FILES_H
#define SOCKFAULT_FILES_H

#include "harness/run/result/result.h"

/* What the results of one file come to. */
struct file_sum {
    const char *file;                 /* never NULL */
    size_t first, count;              /* where they stand in the order */
    size_t failures, errors, skipped; /* errors are void and error */
    int64_t elapsed_ns;
};

/*
 * Pointers to all results, by file (byte order), within a file in the order they are in; malloc'd. NULL: no
 * memory, or none.
 */
const struct result **files_order(const struct results *results);

/* The file whose results begin at order[first], first < count. */
struct file_sum files_sum(const struct result *const *order, size_t count, size_t first);

#endif
