/*
 * Timers where time is virtual: alarm(2), setitimer(2) of the real clock and timer_create(2). They stand on
 * the board and the kernel's own are not armed: who advances the clock lets them expire
 * (harness/quiet/timers.h). Each field is one atomic; a timer is armed by its deadline alone, so that
 * programs set it and the other side moves it on without a lock.
 */
#ifndef SOCKFAULT_MODEL_TIMERS_H
#define SOCKFAULT_MODEL_TIMERS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct board;

enum { BOARD_TIMERS = 512 }; /* of timer_create, of all processes together */

/* What a timer is for good. */
struct timer_facts {
    _Atomic int32_t signo; /* what it sends; 0: nothing (SIGEV_NONE) */
    _Atomic int32_t tid;   /* the thread it is sent to; 0: the process */
    _Atomic int32_t id;    /* si_timerid: the kernel's number for it */
    _Atomic int32_t clock;
    _Atomic uint64_t value;  /* sigev_value */
    _Atomic uint64_t handle; /* the program's timer_t */
};

struct board_timer {
    _Atomic int32_t pid; /* whose it is; 0: free */
    struct timer_facts facts;
    _Atomic int64_t deadline_ns; /* by board_time; BOARD_NEVER: it is not armed */
    _Atomic int64_t interval_ns; /* 0: once */
    _Atomic uint32_t firing;     /* its signal is being sent now */
    _Atomic uint32_t sent;       /* a signal of it was sent since it was set */
    _Atomic uint32_t overrun;    /* expirations that the last signal stands for, but for one */
};

/* What a timer is set to: how long until it expires (0: it is not armed), and from then on every so often. */
struct timer_setting {
    int64_t left_ns, interval_ns;
};

/* A new one of timer_create, not armed; those of dead processes are used again. false: there is no room.
 * timer_free gives it back. */
bool timer_add(struct board *board, pid_t pid, const struct timer_facts *facts);
void timer_free(struct board_timer *timer);

/* The process's timer of that handle, or NULL. */
struct board_timer *timer_find(struct board *board, pid_t pid, uint64_t handle);

/* A process that has a slot on the board begins: none of that pid is left, after a fork not the alarm either
 * (of a process before it), which an exec keeps: execve(2). */
void timers_begin(struct board *board, pid_t pid, struct board_timer *alarm, bool is_exec);

/* Arms it for that moment; BOARD_NEVER: disarms it. */
void timer_arm(struct board_timer *timer, int64_t deadline_ns, int64_t interval_ns);

/* What is left of it; at least 1 ns while it is armed and has something to send. */
struct timer_setting timer_setting(const struct board_timer *timer, int64_t now_ns);

/*
 * If it is due: it expires as often as it should have by now, and is armed for the next time if it has an
 * interval. Returns how often, at most INT32_MAX; 0: not due, or it was set to something else meanwhile.
 */
uint32_t timer_expire(struct board_timer *timer, int64_t now_ns);

/* Of all timers of the board, from *index (0) on, the next that is armed and sends something; NULL: no more.
 */
struct board_timer *timer_next(struct board *board, uint32_t *index);

#endif
