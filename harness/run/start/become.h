/* Becoming the program, or the script, of a process: in the child. */
#ifndef SOCKFAULT_RUN_BECOME_H
#define SOCKFAULT_RUN_BECOME_H

#include "harness/run/start/launch.h"

/*
 * Own session, default signal dispositions, no descriptors but 0, 1, 2 (and the line of a zygote), killed
 * when its guardian dies; then exec, or the script. What keeps it from that is written to launch->trouble
 * (shim/model/zygote.h), which else is closed. Writes to no memory but errno: it may be a vfork child.
 */
_Noreturn void become(const struct run *run, const struct instance *instance, const struct launch *launch);

#endif
