#include "shim/model/timers.h"
#include "shim/model/board.h"

#include <errno.h>
#include <signal.h>

/* Being filled in. */
enum { CLAIMED = -1 };

static bool has_died(pid_t pid)
{
    int saved = errno;
    bool dead = pid > 0 && kill(pid, 0) < 0 && errno == ESRCH;
    errno = saved;
    return dead;
}

static void put_facts(struct timer_facts *facts, const struct timer_facts *from)
{
    atomic_store(&facts->signo, atomic_load(&from->signo));
    atomic_store(&facts->tid, atomic_load(&from->tid));
    atomic_store(&facts->id, atomic_load(&from->id));
    atomic_store(&facts->clock, atomic_load(&from->clock));
    atomic_store(&facts->value, atomic_load(&from->value));
    atomic_store(&facts->handle, atomic_load(&from->handle));
}

static void begin(struct board_timer *timer, pid_t pid, const struct timer_facts *facts)
{
    timer_arm(timer, BOARD_NEVER, 0);
    put_facts(&timer->facts, facts);
    atomic_store(&timer->pid, pid);
}

/* timer_next must not look in vain at all there could be. */
static void count_in(struct board *board, const struct board_timer *timer)
{
    uint32_t end = atomic_load(&board->timers_end), mine = (uint32_t)(timer - board->timers) + 1;
    while (end < mine && !atomic_compare_exchange_weak(&board->timers_end, &end, mine))
        ;
}

bool timer_add(struct board *board, pid_t pid, const struct timer_facts *facts)
{
    for (int pass = 0; pass < 2; pass++)
        for (int i = 0; i < BOARD_TIMERS; i++) {
            struct board_timer *timer = &board->timers[i];
            int32_t owner = atomic_load(&timer->pid);
            if (!(pass == 0 ? owner == 0 : has_died(owner)) ||
                !atomic_compare_exchange_strong(&timer->pid, &owner, CLAIMED))
                continue;
            begin(timer, pid, facts);
            count_in(board, timer);
            return true;
        }
    return false;
}

void timer_free(struct board_timer *timer)
{
    timer_arm(timer, BOARD_NEVER, 0);
    atomic_store(&timer->pid, 0);
}

static uint32_t timers_end(const struct board *board)
{
    uint32_t end = atomic_load(&board->timers_end);
    return end < BOARD_TIMERS ? end : BOARD_TIMERS;
}

struct board_timer *timer_find(struct board *board, pid_t pid, uint64_t handle)
{
    for (uint32_t i = 0; i < timers_end(board); i++) {
        struct board_timer *timer = &board->timers[i];
        if (atomic_load(&timer->pid) == pid && atomic_load(&timer->facts.handle) == handle)
            return timer;
    }
    return NULL;
}

void timers_begin(struct board *board, pid_t pid, struct board_timer *alarm, bool is_exec)
{
    for (uint32_t i = 0; i < timers_end(board); i++)
        if (atomic_load(&board->timers[i].pid) == pid)
            timer_free(&board->timers[i]);
    if (!is_exec || atomic_load(&alarm->pid) != pid)
        begin(alarm, pid, &(struct timer_facts){.signo = SIGALRM});
}

void timer_arm(struct board_timer *timer, int64_t deadline_ns, int64_t interval_ns)
{
    atomic_store(&timer->deadline_ns, BOARD_NEVER);
    atomic_store(&timer->interval_ns, interval_ns);
    atomic_store(&timer->sent, 0);
    atomic_store(&timer->overrun, 0);
    atomic_store(&timer->deadline_ns, deadline_ns);
}

/* An absolute time may have been long ago. */
static uint64_t elapsed(int64_t deadline, int64_t now_ns)
{
    return (uint64_t)now_ns - (uint64_t)deadline;
}

struct timer_setting timer_setting(const struct board_timer *timer, int64_t now_ns)
{
    struct timer_setting setting = {.interval_ns = atomic_load(&timer->interval_ns)};
    int64_t deadline = atomic_load(&timer->deadline_ns);
    if (deadline == BOARD_NEVER)
        return setting;
    if (deadline > now_ns)
        setting.left_ns = deadline - now_ns;
    else if (setting.interval_ns > 0)
        setting.left_ns =
            setting.interval_ns - (int64_t)(elapsed(deadline, now_ns) % (uint64_t)setting.interval_ns);
    else
        setting.left_ns = atomic_load(&timer->facts.signo) != 0;
    return setting;
}

uint32_t timer_expire(struct board_timer *timer, int64_t now_ns)
{
    int64_t deadline = atomic_load(&timer->deadline_ns), interval = atomic_load(&timer->interval_ns);
    int64_t next = BOARD_NEVER;
    uint64_t times = 1;
    if (deadline > now_ns)
        return 0;
    if (interval > 0) {
        uint64_t since = elapsed(deadline, now_ns);
        int64_t left = interval - (int64_t)(since % (uint64_t)interval);
        times = since / (uint64_t)interval + 1;
        next = left < BOARD_NEVER - now_ns ? now_ns + left : BOARD_NEVER;
    }
    if (!atomic_compare_exchange_strong(&timer->deadline_ns, &deadline, next))
        return 0;
    return times < INT32_MAX ? (uint32_t)times : INT32_MAX;
}

static bool is_armed(const struct board_timer *timer)
{
    return atomic_load(&timer->pid) > 0 && atomic_load(&timer->facts.signo) != 0 &&
           atomic_load(&timer->deadline_ns) != BOARD_NEVER;
}

struct board_timer *timer_next(struct board *board, uint32_t *index)
{
    uint32_t end = BOARD_PROCESSES + timers_end(board);
    while (*index < end) {
        uint32_t i = (*index)++;
        struct board_timer *timer =
            i < BOARD_PROCESSES ? &board->alarms[i] : &board->timers[i - BOARD_PROCESSES];
        /* Slots of processes are given out in their order. */
        if (i < BOARD_PROCESSES && atomic_load(&board->processes[i].state) == BOARD_PROCESS_FREE)
            *index = BOARD_PROCESSES;
        else if (is_armed(timer))
            return timer;
    }
    return NULL;
}
