/* The headers that declare what the rows of timing.def mention. */
#ifndef SOCKFAULT_SHIM_TIME_TYPES_H
#define SOCKFAULT_SHIM_TIME_TYPES_H

#include <aio.h>
#include <mqueue.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/sem.h>
#include <sys/sysinfo.h>
#include <sys/time.h>
#include <sys/timeb.h>
#include <sys/timerfd.h>
#include <sys/times.h>
#include <sys/timex.h>
#include <sys/types.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

#endif
