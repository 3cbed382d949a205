/*
 * The armed timerfds of processes: the kernel's own, in real time. So that they expire when virtual time
 * says, whoever advances the clock moves them on as well: timerfd_create(2), pidfd_getfd(2).
 */
#ifndef SOCKFAULT_QUIET_TIMERFDS_H
#define SOCKFAULT_QUIET_TIMERFDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct timerfd {
    int fd; /* ours for the same timer */
    int clock;
    int64_t expiry_ns;   /* by that clock, in real time: when it expires next */
    int64_t interval_ns; /* 0: once */
    int64_t left_ns;     /* until then, when it was read */
    uint64_t ticks;      /* expired and not read; then the kernel has stopped it until somebody reads it */
};

struct timerfds {
    struct timerfd *items; /* each timer once, however many descriptors it has in how many processes */
    size_t count, capacity;
};

/*
 * Reads them anew (zeroed before the first use). false: somebody has a timerfd that cannot be had, and
 * *ret_why says why: it must not be jumped over. Nothing is kept open but by what is in the table.
 */
bool timerfds_read(struct timerfds *timerfds, const pid_t *pids, size_t count, const char **ret_why);
void timerfds_free(struct timerfds *timerfds);

/* How long until the first of them wakes somebody; INT64_MAX: none will. */
int64_t timerfds_left_ns(const struct timerfds *timerfds);

/*
 * The clock was advanced by that much, at most timerfds_left_ns(), since they were read: they expire so much
 * earlier, at the earliest now. What waits to be read counts on as if the time had gone by.
 */
void timerfds_move(const struct timerfds *timerfds, int64_t by_ns);

#endif
