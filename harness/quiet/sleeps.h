/* What a thread is asleep in: whether it will wake by itself. */
#ifndef SOCKFAULT_QUIET_SLEEPS_H
#define SOCKFAULT_QUIET_SLEEPS_H

#include "harness/quiet/tasks.h"

enum sleep_kind {
    SLEEP_PASSIVE, /* without a timeout: only somebody else ends it */
    SLEEP_TIMED,   /* it has a timeout: where that was published, it is known */
    SLEEP_SOCKET,  /* on a descriptor: a socket may have a timeout of its own (SO_RCVTIMEO, SO_SNDTIMEO) */
    SLEEP_UNKNOWN, /* in a system call that no row is about */
};

enum sleep_kind sleep_kind(const struct task *task);

/* Whether the descriptor that a SLEEP_SOCKET is about is a socket. */
bool sleeps_on_socket(const struct task *task);

#endif
