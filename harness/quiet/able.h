/* Whether rest can be told on this machine: what it takes to prove a hang, and to advance a clock. */
#ifndef SOCKFAULT_QUIET_ABLE_H
#define SOCKFAULT_QUIET_ABLE_H

/* NULL: it can. Else what is missing, in words. Starts a process for a moment, and ends it. */
const char *quiet_lacks(void);

#endif
