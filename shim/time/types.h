/* The headers that declare what the rows of timing.def mention. */
#ifndef SOCKFAULT_SHIM_TIME_TYPES_H
#define SOCKFAULT_SHIM_TIME_TYPES_H

#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#endif
