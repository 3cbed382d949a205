/* What the kernel says of a process that the shim is not in: whether it listens. */
#ifndef SOCKFAULT_RUN_LISTENING_H
#define SOCKFAULT_RUN_LISTENING_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Whether the process has a listening TCP socket or a bound UDP socket on one of `count` ports or, with count
 * 0, any such or a listening UNIX socket. From /proc/PID/net (proc(5)), so in the process's own network
 * namespace.
 */
bool kernel_listens(pid_t pid, const uint16_t *ports, int count);

#endif
