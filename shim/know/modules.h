/* The files a process has mapped to be executed, on the board (struct board_module). */
#ifndef SOCKFAULT_SHIM_MODULES_H
#define SOCKFAULT_SHIM_MODULES_H

#include <stdint.h>

/* Notes all there are now, for the constructor. */
void modules_note(void);

/* The number of this program's set; 0: none. */
uint32_t modules_set(void);

/*
 * Notes the module that address lies in, if it has come since (dlopen(3)). Async-signal-safe; does nothing
 * before glibc 2.35, where nobody can be asked that in a signal handler.
 */
void modules_meet(uint64_t address);

#endif
