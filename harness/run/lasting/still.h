/* Whether a process can be copied by one of its threads without anything being lost, as proc(5) shows it. */
#ifndef SOCKFAULT_RUN_STILL_H
#define SOCKFAULT_RUN_STILL_H

#include <stdbool.h>
#include <sys/types.h>

/* One thread, the four descriptors of a zygote and no more, nothing written yet, no memory that is shared, no
 * timer (timer_create(2)). false also when it cannot be seen. Alarms (setitimer(2)) cannot. */
bool stands_still(pid_t pid);

#endif
