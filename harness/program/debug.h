/* A file's debug information, by libdwfl, and what its readers share. */
#ifndef SOCKFAULT_DEBUG_H
#define SOCKFAULT_DEBUG_H

#include <elfutils/libdwfl.h>
#include <stdbool.h>

/*
 * One Dwfl a file: offsets of different files must not meet. Addresses are the file's own (address in memory
 * - load bias). Debug information is taken from the file itself, or by build-id or debuglink from the usual
 * places; never from the network. Not for several threads at once (DEBUGINFOD_URLS is taken out of the
 * environment for a moment).
 */
struct debug_file {
    Dwfl *dwfl;
    Dwfl_Module *module; /* NULL: it cannot be opened, is no regular file or not ELF */
};

/* To be closed whatever came of it: whether there is a module. */
bool debug_open(struct debug_file *file, const char *path);
void debug_close(struct debug_file *file);

/* The C library's and the compiler's own headers: with _FORTIFY_SOURCE, recv() is an inline function of one.
 */
bool debug_is_system_header(const char *file);

/* Where a function that was inlined is called. `inlined` is a DW_TAG_inlined_subroutine of the unit. */
bool debug_call_place(Dwarf_Die *unit, Dwarf_Die *inlined, const char **ret_file, int *ret_line);

/* What is behind the last slash; the path itself without one. */
const char *debug_base_name(const char *path);

#endif
