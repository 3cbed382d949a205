/* Where a thread of another process is in its program, by its stack. */
#ifndef SOCKFAULT_STACK_H
#define SOCKFAULT_STACK_H

#include "harness/program/program.h"

#include <sys/types.h>

/*
 * "client.c:88", as sites_text says it, of the innermost frame that is neither libc's nor the shim's. The
 * thread is stopped for a moment (ptrace(2)) and goes on; calls that signal(7) says are not restarted then
 * give EINTR. malloc'd; NULL: we may not, it has ended, or its stack cannot be followed.
 */
char *stack_site(struct sites *sites, pid_t pid, pid_t tid);

#endif
