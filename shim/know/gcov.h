/*
 * gcov's runtime in the files that are loaded. It is linked into each file built with --coverage, and exports
 * nothing: its functions are in the symbol table of the file on disk, if that was not stripped.
 */
#ifndef SOCKFAULT_SHIM_GCOV_H
#define SOCKFAULT_SHIM_GCOV_H

#include <stddef.h>
#include <stdint.h>

enum { GCOV_FILES = 16 };

typedef void gcov_function(void);

/* The runtime in one file. */
struct gcov_runtime {
    gcov_function *write; /* __gcov_exit: writes all counts, once; NULL: there is no symbol table */
    gcov_function *
        *destructors; /* what wrote them instead, with all else that is done at exit: DT_FINI_ARRAY */
    size_t destructor_count;
    uintptr_t begin, end; /* of its code; both 0: not known */
};

/*
 * Finds it in the executable, and in every library but this one. Returns how many have it, the executable
 * first; libraries without symbol table are not among them. Opens the files, and closes them.
 */
size_t gcov_find(struct gcov_runtime found[GCOV_FILES]);

#endif
