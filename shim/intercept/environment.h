/* The variables that must survive exec, whatever environment the program builds. */
#ifndef SOCKFAULT_SHIM_ENVIRONMENT_H
#define SOCKFAULT_SHIM_ENVIRONMENT_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Remembers them; called once, in the constructor. Files named in them relative to the folder the program
 * starts in are named from the root from now on: programs change folders.
 */
void environment_keep(void);

/* How many pointers environment_restore may write for envp (which may be NULL), with the NULL at the end; and
 * bytes of text. */
size_t environment_room(char *const envp[], size_t *ret_text);

/* Whether envp has all of it already. */
bool environment_is_whole(char *const envp[]);

/*
 * Copies envp into out, with our variables put back where they are missing and our library at the front of
 * LD_PRELOAD where the program has set one of its own. Works on the caller's memory alone: a vfork child must
 * leave nothing behind.
 */
void environment_restore(char *const envp[], char **out, char *text);

#endif
