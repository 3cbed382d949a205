/* timer_create and what goes with it. */
#include "tests/time/span.h"

#include <pthread.h>
#include <sys/syscall.h>

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

static timer_t made(clockid_t clock, int notify, int signo, int value)
{
    timer_t timer;
    struct sigevent event = {.sigev_notify = notify, .sigev_signo = signo, .sigev_value.sival_int = value};
    if (signo)
        catch_signal(signo);
    MUST(timer_create(clock, &event, &timer));
    return timer;
}

static void set(timer_t timer, double first, double interval)
{
    MUST(timer_settime(timer, 0, &(struct itimerspec){units(interval), units(first)}, NULL));
}

static void signals(void)
{
    int64_t begin = now_ns();
    timer_t timer = made(CLOCK_MONOTONIC, SIGEV_SIGNAL, SIGUSR1, 77);
    set(timer, 3, 0);
    EXPECT_ERROR(pause(), EINTR);
    EXPECT_UNITS(begin, 3);
    EXPECT(caught, 1);
    EXPECT(last.si_signo, SIGUSR1);
    EXPECT(last.si_code, SI_TIMER);
    EXPECT(last.si_value.sival_int, 77);
    EXPECT(last.si_overrun, 0);
    EXPECT(last.si_timerid, (int)(intptr_t)timer);
    EXPECT(timer_getoverrun(timer), 0);
    EXPECT(timer_delete(timer), 0);
}

/* timer_create(2): SIGALRM, with the timer's number. */
static void without_event(void)
{
    timer_t first, second;
    int64_t begin = now_ns();
    catch_signal(SIGALRM);
    MUST(timer_create(CLOCK_REALTIME, NULL, &first));
    MUST(timer_create(CLOCK_REALTIME, NULL, &second));
    set(first, 3, 0);
    set(second, 2, 0);
    EXPECT_ERROR(pause(), EINTR);
    EXPECT_UNITS(begin, 2);
    EXPECT(last.si_signo, SIGALRM);
    EXPECT(last.si_timerid, (int)(intptr_t)second);
    EXPECT_ERROR(pause(), EINTR);
    EXPECT_UNITS(begin, 3);
    EXPECT(last.si_timerid, (int)(intptr_t)first);
    EXPECT(caught, 2);
}

static void ticks(void)
{
    int64_t begin = now_ns();
    timer_t timer = made(CLOCK_BOOTTIME, SIGEV_SIGNAL, SIGRTMIN + 3, 5);
    set(timer, 1, 2);
    for (int i = 0; i < 8; i++) {
        EXPECT_ERROR(pause(), EINTR);
        expect_span(caught_ns - begin, 1 + 2 * i, "1 + 2 each", __LINE__);
        EXPECT(timer_getoverrun(timer), 0);
    }
    EXPECT(caught, 8);
    struct itimerspec left;
    EXPECT(timer_gettime(timer, &left), 0);
    EXPECT_LEFT(left.it_value, 2);
    EXPECT(ns_of(&left.it_interval), 2 * unit_ns());
    EXPECT(timer_delete(timer), 0);
    struct timespec wait = units(5);
    EXPECT(nanosleep(&wait, NULL), 0);
    EXPECT(caught, 8);
}

static void absolute(void)
{
    static const clockid_t clocks[] = {CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_BOOTTIME, CLOCK_TAI};
    for (size_t i = 0; i < sizeof clocks / sizeof *clocks; i++) {
        int64_t begin = now_ns(), then = clock_ns(clocks[i]) + 4 * unit_ns();
        timer_t timer = made(clocks[i], SIGEV_SIGNAL, SIGUSR2, 0);
        struct itimerspec at = {.it_value = {then / NS_PER_S, then % NS_PER_S}}, left;
        EXPECT(timer_settime(timer, TIMER_ABSTIME, &at, NULL), 0);
        EXPECT(timer_gettime(timer, &left), 0);
        EXPECT_LEFT(left.it_value, 4);
        EXPECT_ERROR(pause(), EINTR);
        EXPECT_UNITS(begin, 4);
        CHECK(clock_ns(clocks[i]) >= then, "clock %d was not that far", clocks[i]);
        /* What is past has come. */
        at.it_value = (struct timespec){1, 0};
        catch_signal(SIGUSR2);
        int before = caught;
        EXPECT(timer_settime(timer, TIMER_ABSTIME, &at, NULL), 0);
        if (caught == before)
            EXPECT_ERROR(pause(), EINTR);
        EXPECT(caught, before + 1);
        EXPECT_UNITS(begin, 4);
        EXPECT(timer_delete(timer), 0);
    }
}

/* What it was set to; what it is set to when it has expired. */
static void told(void)
{
    struct itimerspec old, new = {units(7), units(5)};
    timer_t timer = made(CLOCK_MONOTONIC, SIGEV_SIGNAL, SIGUSR1, 0);
    EXPECT(timer_gettime(timer, &old), 0);
    EXPECT(ns_of(&old.it_value) + ns_of(&old.it_interval), 0);
    EXPECT(timer_settime(timer, 0, &new, &old), 0);
    EXPECT(ns_of(&old.it_value) + ns_of(&old.it_interval), 0);
    struct timespec two = units(2);
    EXPECT(nanosleep(&two, NULL), 0);
    new = (struct itimerspec){{0, 0}, units(1)};
    EXPECT(timer_settime(timer, 0, &new, &old), 0);
    EXPECT_LEFT(old.it_value, 3);
    EXPECT(ns_of(&old.it_interval), 7 * unit_ns());
    EXPECT_ERROR(pause(), EINTR);
    EXPECT(timer_gettime(timer, &old), 0);
    EXPECT(ns_of(&old.it_value) + ns_of(&old.it_interval), 0);
}

/* SIGEV_NONE: only to be asked. */
static void without_signal(void)
{
    struct timespec two = units(2), three = units(3);
    struct itimerspec left;
    timer_t once = made(CLOCK_MONOTONIC, SIGEV_NONE, 0, 0), often = made(CLOCK_REALTIME, SIGEV_NONE, 0, 0);
    set(once, 3, 0);
    set(often, 3, 4);
    EXPECT(nanosleep(&two, NULL), 0);
    EXPECT(timer_gettime(once, &left), 0);
    EXPECT_LEFT(left.it_value, 1);
    EXPECT(nanosleep(&three, NULL), 0);
    EXPECT(timer_gettime(once, &left), 0);
    EXPECT(ns_of(&left.it_value), 0);
    EXPECT(timer_gettime(often, &left), 0);
    EXPECT_LEFT(left.it_value, 2);
}

/* A signal that waits stands for all that were missed: timer_getoverrun(2). */
static void overruns(void)
{
    struct timespec wait = units(5.5);
    sigset_t set_of;
    timer_t timer = made(CLOCK_MONOTONIC, SIGEV_SIGNAL, SIGRTMIN, 0);
    sigemptyset(&set_of);
    sigaddset(&set_of, SIGRTMIN);
    MUST(sigprocmask(SIG_BLOCK, &set_of, NULL));
    int64_t begin = now_ns();
    set(timer, 1, 1);
    EXPECT(nanosleep(&wait, NULL), 0);
    EXPECT(caught, 0);
    MUST(sigprocmask(SIG_UNBLOCK, &set_of, NULL));
    EXPECT(caught, 1);
    EXPECT(timer_getoverrun(timer), 4);
    EXPECT_ERROR(pause(), EINTR);
    EXPECT_UNITS(begin, 6);
    EXPECT(timer_getoverrun(timer), 0);
    EXPECT(last.si_overrun, 0);
    EXPECT(caught, 2);
}

/* Two with one number: of a real-time signal both come; of another, too, though one waits for the other. */
static void at_once(void)
{
    static const int signals[] = {0, SIGUSR1};
    for (int i = 0; i < 2; i++) {
        int signo = signals[i] ? signals[i] : SIGRTMIN + 1, before = caught;
        timer_t first = made(CLOCK_MONOTONIC, SIGEV_SIGNAL, signo, 1);
        timer_t second = made(CLOCK_MONOTONIC, SIGEV_SIGNAL, signo, 2);
        int64_t begin = now_ns();
        set(first, 2, 0);
        set(second, 2, 0);
        while (caught < before + 2)
            pause();
        EXPECT_UNITS(begin, 2);
        EXPECT(timer_delete(first), 0);
        EXPECT(timer_delete(second), 0);
    }
}

static _Atomic int thread_tid, thread_caught;

static void note_thread(int number)
{
    (void)number;
    thread_caught = (int)syscall(SYS_gettid);
}

static void *sleeper(void *context)
{
    (void)context;
    thread_tid = (int)syscall(SYS_gettid);
    struct timespec wait = units(6), left = {0};
    EXPECT_ERROR(nanosleep(&wait, &left), EINTR);
    EXPECT_LEFT(left, 3);
    return NULL;
}

/* SIGEV_THREAD_ID: that thread, and not the one that waits for it. */
static void to_thread(void)
{
    pthread_t thread;
    timer_t timer;
    int64_t begin = now_ns();
    MUST(sigaction(SIGUSR1, &(struct sigaction){.sa_handler = note_thread}, NULL));
    EXPECT(pthread_create(&thread, NULL, sleeper, NULL), 0);
    while (!thread_tid)
        sched_yield();
    struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGUSR1};
    event.sigev_notify_thread_id = thread_tid;
    MUST(timer_create(CLOCK_MONOTONIC, &event, &timer));
    set(timer, 3, 0);
    EXPECT(pthread_join(thread, NULL), 0);
    EXPECT_UNITS(begin, 3);
    EXPECT(thread_caught, thread_tid);
}

static _Atomic int thread_calls, thread_value;
static int thread_pipe[2];

static void in_thread(union sigval value)
{
    size_t size = 0;
    pthread_attr_t attributes;
    MUST(pthread_getattr_np(pthread_self(), &attributes));
    MUST(pthread_attr_getstacksize(&attributes, &size));
    EXPECT(size, 1 << 20);
    thread_value = value.sival_int;
    thread_calls++;
    MUST(write(thread_pipe[1], "x", 1));
}

/* SIGEV_THREAD, with the attributes that it was given. */
static void by_thread(void)
{
    char byte;
    pthread_attr_t attributes;
    timer_t timer;
    MUST(pipe(thread_pipe));
    MUST(pthread_attr_init(&attributes));
    MUST(pthread_attr_setstacksize(&attributes, 1 << 20));
    struct sigevent event = {.sigev_notify = SIGEV_THREAD,
                             .sigev_notify_function = in_thread,
                             .sigev_notify_attributes = &attributes,
                             .sigev_value.sival_int = 42};
    MUST(timer_create(CLOCK_MONOTONIC, &event, &timer));
    int64_t begin = now_ns();
    set(timer, 3, 2);
    for (int i = 0; i < 5; i++) {
        EXPECT(read(thread_pipe[0], &byte, 1), 1);
        EXPECT_UNITS(begin, 3 + 2 * i);
    }
    EXPECT(timer_delete(timer), 0);
    EXPECT(thread_calls, 5);
    EXPECT(thread_value, 42);
    struct timespec wait = units(4);
    EXPECT(nanosleep(&wait, NULL), 0);
    EXPECT(thread_calls, 5);
}

/* fork(2): none in the child; that of the parent goes on. */
static void not_in_children(void)
{
    struct itimerspec old;
    timer_t timer = made(CLOCK_MONOTONIC, SIGEV_SIGNAL, SIGUSR1, 0);
    set(timer, 2, 0);
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        struct timespec three = units(3);
        EXPECT_ERROR(timer_gettime(timer, &old), EINVAL);
        EXPECT_ERROR(timer_delete(timer), EINVAL);
        EXPECT(nanosleep(&three, NULL), 0);
        timer_t own = made(CLOCK_MONOTONIC, SIGEV_SIGNAL, SIGUSR2, 0);
        set(own, 1, 0);
        EXPECT_ERROR(pause(), EINTR);
        EXPECT(caught, 1);
        end_child();
    }
    EXPECT_ERROR(pause(), EINTR);
    EXPECT(caught, 1);
    expect_child(child);
}

/* execve(2): they are gone; the signal would kill what comes after. */
static void not_over_exec(void)
{
    set(made(CLOCK_MONOTONIC, SIGEV_SIGNAL, SIGUSR1, 0), 2, 1);
    MUST(execl("/proc/self/exe", "timers", "after-exec", (char *)NULL));
}

static void after_exec(void)
{
    struct timespec four = units(4);
    struct itimerspec left;
    EXPECT_ERROR(timer_gettime((timer_t)0, &left), EINVAL);
    EXPECT(nanosleep(&four, NULL), 0);
}

static void refused(void)
{
    struct itimerspec bad = {.it_value = {0, NS_PER_S}};
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = 1000};
    timer_t timer;
    EXPECT_ERROR(timer_create(CLOCK_MONOTONIC, &event, &timer), EINVAL);
    EXPECT_ERROR(timer_create(99, NULL, &timer), EINVAL);
    timer = made(CLOCK_MONOTONIC, SIGEV_SIGNAL, SIGUSR1, 0);
    EXPECT_ERROR(timer_settime(timer, 0, &bad, NULL), EINVAL);
    bad = (struct itimerspec){.it_value = {-1, 0}};
    EXPECT_ERROR(timer_settime(timer, 0, &bad, NULL), EINVAL);
    bad = (struct itimerspec){.it_value = {1, 0}, .it_interval = {0, -1}};
    EXPECT_ERROR(timer_settime(timer, 0, &bad, NULL), EINVAL);
    EXPECT(timer_delete(timer), 0);
    EXPECT_ERROR(timer_delete(timer), EINVAL);
    EXPECT_ERROR(timer_getoverrun(timer), EINVAL);
}

/* The clocks of the processor are the kernel's. */
static void processor_time(void)
{
    timer_t timer = made(CLOCK_PROCESS_CPUTIME_ID, SIGEV_SIGNAL, SIGUSR1, 9);
    MUST(timer_settime(timer, 0, &(struct itimerspec){.it_value = {0, 20000000}}, NULL));
    while (caught == 0)
        ;
    EXPECT(last.si_value.sival_int, 9);
}

CHECK_MAIN({"signals", signals}, {"without-event", without_event}, {"ticks", ticks}, {"absolute", absolute},
           {"told", told}, {"without-signal", without_signal}, {"overruns", overruns}, {"at-once", at_once},
           {"to-thread", to_thread}, {"by-thread", by_thread}, {"not-in-children", not_in_children},
           {"not-over-exec", not_over_exec}, {"after-exec", after_exec}, {"refused", refused},
           {"processor-time", processor_time})
