/*
 * From what a user writes to places in a program: the way back of sites_text (harness/program/program.h).
 *
 * A site is the return address of a call, less the load bias of its module. The instruction at the return
 * address can belong to another line, or even function: so every range here is that of the code, moved by
 * one: a call that is the last instruction of its line returns to `hi` of the code, and lies within; one that
 * ends where the line begins belongs to the line before, and lies without. Users of this compare site - load
 * bias itself: lo <= offset < hi.
 */
#ifndef SOCKFAULT_LOOKUP_H
#define SOCKFAULT_LOOKUP_H

#include "harness/diag.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LOOKUP_RANGES = 64, LOOKUP_PATH = 4096 };

struct lookup_range {
    uint64_t lo, hi; /* lo < hi */
};

struct lookup_place {
    char module[LOOKUP_PATH]; /* an executable with links resolved (as /proc/PID/exe), a library as the loader
                                 names it (as dl_iterate_phdr(3)) */
    bool is_program;          /* it is the executable itself */
    size_t count;             /* at least 1 */
    struct lookup_range ranges[LOOKUP_RANGES]; /* ascending, none touches the next */
};

/*
 * Finds a place in the program or, where the program has no such place, in the first of its libraries that
 * has (libraries.h says which and with what `envp`; libraries that cannot be listed are passed over). The C
 * library and the loader are not looked at: calls within them are made without the shim. `text` is one of
 *
 *   FILE:LINE       FILE is a source file's name, or the last parts of its path ("src/client.c"). All files
 * of that name count. A call in a system header's inline function (as recv() with _FORTIFY_SOURCE) counts as
 * on the line that it was inlined at FUNCTION        all of its code, copies that were inlined and gcc's
 * parts (.cold, .part.0) too; by its name in C, or as the linker has it. Without debug information, by the
 * symbol tables; symbols without a size are not found MODULE+0xN      the return address N itself; MODULE is
 * the base name of the program or of a library. One with ".so" in it that is not listed may be opened later
 * (dlopen(3)) and is taken as it is, `module` then being the base name alone +0xN            the same in the
 * program FUNCTION+0xN    the same, counted from where the symbol is
 *
 * and may have " (MODULE)" behind it, as sites_text writes it: then only that module is looked at.
 * False with *diag (USAGE; "got X, expected Y", with the nearest lines or name): there is no such place, or
 * it is code in more than LOOKUP_RANGES separate pieces. TROUBLE: the program cannot be read, or no memory.
 * As for sites: not for several threads at once.
 */
bool lookup_place(const char *program, char *const *envp, const char *text, struct lookup_place *ret,
                  struct diag *diag);

#endif
