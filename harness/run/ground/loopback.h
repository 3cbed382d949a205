/* The loopback interface of a network namespace of our own. */
#ifndef SOCKFAULT_RUN_LOOPBACK_H
#define SOCKFAULT_RUN_LOOPBACK_H

#include "harness/diag.h"

#include <stdbool.h>

/* Brings it up; with it come 127.0.0.1 and, where the machine has IPv6, ::1. */
bool loopback_up(struct diag *diag);

/*
 * Makes the kernel acknowledge at once on loopback (`ip route replace local ADDRESS dev lo table local
 * quickack 1`): Nagle's algorithm and delayed acknowledgements else cost 40 ms a message where a program
 * sends in two pieces. Without it things are slower, no different: failure is not told.
 */
void loopback_quick(void);

#endif
