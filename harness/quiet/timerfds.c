#include "harness/quiet/timerfds.h"

#include "harness/clock.h"
#include "harness/procfs.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/kcmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

static int64_t ns_of(const struct timespec *time)
{
    return time->tv_sec < INT64_MAX / NS_PER_S - 1 ? time->tv_sec * NS_PER_S + time->tv_nsec : INT64_MAX;
}

static int64_t clock_says(int clock)
{
    struct timespec now = {0};
    clock_gettime(clock, &now);
    return ns_of(&now);
}

static bool is_timerfd(pid_t pid, int number)
{
    char path[64], target[64];
    snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)pid, number);
    ssize_t len = readlink(path, target, sizeof target - 1);
    target[len > 0 ? len : 0] = '\0';
    return strcmp(target, "anon_inode:[timerfd]") == 0;
}

/* What proc(5) says of it. Asking the timer itself would start one that waits to be read again. */
static bool read_info(struct timerfd *timer, pid_t pid, int number, bool *ret_armed)
{
    char path[64], text[512], *at;
    long long s, ns, every_s, every_ns;
    snprintf(path, sizeof path, "/proc/%d/fdinfo/%d", (int)pid, number);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
    if (fd >= 0)
        close(fd);
    text[got > 0 ? got : 0] = '\0';
    if (!(at = strstr(text, "clockid:")) ||
        sscanf(at,
               "clockid: %d ticks: %" SCNu64
               " settime flags: %*o it_value: (%lld, %lld) it_interval: (%lld, %lld)",
               &timer->clock, &timer->ticks, &s, &ns, &every_s, &every_ns) != 6)
        return false;
    *ret_armed = s != 0 || ns != 0 || (timer->ticks > 0 && (every_s != 0 || every_ns != 0));
    return true;
}

/* Another descriptor for the same timer, or -1. */
static int get_fd(pid_t pid, int number)
{
    int process = (int)syscall(SYS_pidfd_open, pid, 0);
    int fd = process < 0 ? -1 : (int)syscall(SYS_pidfd_getfd, process, number, 0);
    int saved = errno;
    if (process >= 0)
        close(process);
    errno = saved;
    return fd;
}

/* 1: it is there already, 0: it is not, -1: nobody tells. */
static int has_same(const struct timerfds *timerfds, int fd)
{
    for (size_t i = 0; i < timerfds->count; i++) {
        long order = syscall(SYS_kcmp, getpid(), getpid(), KCMP_FILE, timerfds->items[i].fd, fd);
        if (order <= 0)
            return order == 0 ? 1 : -1;
    }
    return 0;
}

static bool put(struct timerfds *timerfds, const struct timerfd *timer)
{
    if (timerfds->count == timerfds->capacity) {
        size_t capacity = timerfds->capacity ? 2 * timerfds->capacity : 8;
        struct timerfd *items = realloc(timerfds->items, capacity * sizeof *items);
        if (!items)
            return false;
        timerfds->items = items;
        timerfds->capacity = capacity;
    }
    timerfds->items[timerfds->count++] = *timer;
    return true;
}

/*
 * Its clock is read last: late is legal, early is not. For one that waits to be read the kernel counts here
 * what has gone by since, and starts it again; timerfds_move stops it as it was.
 */
static bool read_setting(struct timerfd *timer)
{
    struct itimerspec setting;
    if (timerfd_gettime(timer->fd, &setting) < 0)
        return false;
    timer->left_ns = ns_of(&setting.it_value);
    timer->interval_ns = ns_of(&setting.it_interval);
    timer->expiry_ns = clock_says(timer->clock) + timer->left_ns;
    return true;
}

struct reader {
    struct timerfds *timerfds;
    pid_t pid;
    const char *why; /* it cannot go on */
};

static void add(void *context, int number)
{
    struct reader *reader = context;
    struct timerfd timer = {0};
    bool armed;
    if (reader->why || !is_timerfd(reader->pid, number) || !read_info(&timer, reader->pid, number, &armed) ||
        !armed)
        return;
    timer.fd = get_fd(reader->pid, number);
    if (timer.fd < 0) {
        /* It may have been closed or have ended just now. */
        reader->why = is_timerfd(reader->pid, number) ? "pidfd_getfd is not allowed here" : NULL;
        return;
    }
    int same = has_same(reader->timerfds, timer.fd);
    if (same < 0)
        reader->why = "kcmp is not allowed here";
    else if (same == 0 && !(timer.ticks == 0 && !read_setting(&timer)) && put(reader->timerfds, &timer))
        return;
    close(timer.fd);
}

static void forget(struct timerfds *timerfds)
{
    for (size_t i = 0; i < timerfds->count; i++)
        close(timerfds->items[i].fd);
    timerfds->count = 0;
}

bool timerfds_read(struct timerfds *timerfds, const pid_t *pids, size_t count, const char **ret_why)
{
    struct reader reader = {.timerfds = timerfds};
    forget(timerfds);
    for (size_t i = 0; i < count && !reader.why; i++) {
        char path[32];
        snprintf(path, sizeof path, "/proc/%d/fd", (int)pids[i]);
        reader.pid = pids[i];
        proc_each_number(path, add, &reader);
    }
    if (reader.why)
        *ret_why = reader.why;
    return !reader.why;
}

void timerfds_free(struct timerfds *timerfds)
{
    forget(timerfds);
    free(timerfds->items);
    *timerfds = (struct timerfds){0};
}

int64_t timerfds_left_ns(const struct timerfds *timerfds)
{
    int64_t least = INT64_MAX;
    for (size_t i = 0; i < timerfds->count; i++) {
        const struct timerfd *timer = &timerfds->items[i];
        if (timer->ticks == 0 && timer->left_ns < least)
            least = timer->left_ns;
    }
    return least;
}

static struct timespec timespec_of(int64_t ns)
{
    return (struct timespec){ns / NS_PER_S, ns % NS_PER_S};
}

/* Set to a moment that is past, a timer counts what has gone by since: one that waits to be read begins so
 * early that it counts what it had, and what it would have by then. */
static void move(struct timerfd timer, int64_t by_ns)
{
    bool armed = true;
    if (timer.ticks > 0 && !(read_setting(&timer) && read_info(&timer, getpid(), timer.fd, &armed) && armed))
        return;
    int64_t begin = timer.expiry_ns - by_ns - (int64_t)timer.ticks * timer.interval_ns;
    struct itimerspec setting = {timespec_of(timer.interval_ns), timespec_of(begin > 0 ? begin : 1)};
    timerfd_settime(timer.fd, TFD_TIMER_ABSTIME, &setting, NULL);
}

void timerfds_move(const struct timerfds *timerfds, int64_t by_ns)
{
    for (size_t i = 0; i < timerfds->count; i++)
        move(timerfds->items[i], by_ns);
}
