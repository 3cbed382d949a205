/* Says on the board that the program does something about time which cannot be virtual. */
#ifndef SOCKFAULT_SHIM_TIME_UNSEEN_H
#define SOCKFAULT_SHIM_TIME_UNSEEN_H

#include "shim/model/unseen.h"

/* Once said, it holds for the experiment. Nothing in real time. Async-signal-safe. */
void unseen_mark(enum unseen reason);

#endif
