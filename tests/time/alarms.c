/* alarm, ualarm and setitimer of the real clock. */
#include "tests/time/span.h"

static void set_units(double first, double interval)
{
    MUST(setitimer(ITIMER_REAL, &(struct itimerval){units_us(interval), units_us(first)}, NULL));
}

/* Without any handler that would do anything but note it. */
static void wakes_pause(void)
{
    int64_t begin = now_ns();
    catch_signal(SIGALRM);
    set_units(3, 0);
    EXPECT_ERROR(pause(), EINTR);
    EXPECT_UNITS(begin, 3);
    EXPECT(caught, 1);
    EXPECT(last.si_signo, SIGALRM);
    EXPECT(last.si_pid, 0);
}

static void whole_seconds(void)
{
    int64_t begin = now_ns();
    catch_signal(SIGALRM);
    EXPECT(alarm(1), 0);
    EXPECT_ERROR(pause(), EINTR);
    CHECK(now_ns() - begin >= NS_PER_S && now_ns() - begin < NS_PER_S * 5 / 4, "alarm(1) came after %lld ns",
          (long long)(now_ns() - begin));
    EXPECT(caught, 1);
    EXPECT(alarm(0), 0);
}

/* alarm(2): rounded, but what is armed is never told as 0. */
static void what_is_left(void)
{
    struct itimerval old;
    catch_signal(SIGALRM);
    EXPECT(alarm(100), 0);
    EXPECT(alarm(50), 100);
    MUST(setitimer(ITIMER_REAL, &(struct itimerval){{0, 0}, {7, 900000}}, &old));
    EXPECT(old.it_value.tv_sec, 49);
    EXPECT(old.it_interval.tv_sec, 0);
    EXPECT(alarm(30), 8);
    MUST(setitimer(ITIMER_REAL, &(struct itimerval){{3, 5}, {7, 400000}}, NULL));
    MUST(getitimer(ITIMER_REAL, &old));
    EXPECT(old.it_value.tv_sec, 7);
    EXPECT(old.it_interval.tv_sec, 3);
    EXPECT(old.it_interval.tv_usec, 5);
    EXPECT(alarm(0), 7);
    EXPECT(alarm(0), 0);
    EXPECT(ualarm(300000, 0), 0);
    EXPECT(alarm(0), 1);
    MUST(getitimer(ITIMER_REAL, &old));
    EXPECT(old.it_value.tv_sec + old.it_value.tv_usec, 0);
    EXPECT(ualarm(900000, 0), 0);
    CHECK(ualarm(0, 0) > 600000, "ualarm told too little");
    EXPECT(caught, 0);
}

/* The tick after a late one is not late. */
static void ticks(void)
{
    int64_t begin = now_ns();
    catch_signal(SIGALRM);
    set_units(2, 1.5);
    for (int i = 0; i < 12; i++) {
        EXPECT_ERROR(pause(), EINTR);
        EXPECT(caught, i + 1);
        expect_span(caught_ns - begin, 2 + 1.5 * i, "2 + 1.5 each", __LINE__);
    }
    set_units(0, 0);
    struct timespec wait = units(4);
    EXPECT(nanosleep(&wait, NULL), 0);
    EXPECT(caught, 12);
}

static void ualarm_ticks(void)
{
    int64_t begin = now_ns();
    useconds_t us = (useconds_t)(unit_ns() / 1000 < 900000 ? unit_ns() / 1000 : 900000);
    catch_signal(SIGALRM);
    EXPECT(ualarm(us, us), 0);
    for (int i = 0; i < 3; i++)
        EXPECT_ERROR(pause(), EINTR);
    CHECK(now_ns() - begin >= us * INT64_C(3000), "3 ticks came after %lld ns",
          (long long)(now_ns() - begin));
    ualarm(0, 0);
}

/* A wait that has its own timeout is interrupted by the timer that comes first, and by no other. */
static void interrupts_waits(void)
{
    struct timespec six = units(6), left;
    struct pollfd none = {.fd = -1};
    int64_t begin = now_ns();
    catch_signal(SIGALRM);
    set_units(2, 0);
    EXPECT_ERROR(nanosleep(&six, &left), EINTR);
    EXPECT_UNITS(begin, 2);
    EXPECT_LEFT(left, 4);
    begin = now_ns();
    set_units(3, 0);
    EXPECT_ERROR(poll(&none, 1, (int)(unit_ns() / 1000000 * 5)), EINTR);
    EXPECT_UNITS(begin, 3);
    begin = now_ns();
    set_units(5, 0);
    EXPECT(poll(&none, 1, (int)(unit_ns() / 1000000 * 2)), 0);
    EXPECT_UNITS(begin, 2);
    EXPECT_ERROR(pause(), EINTR);
    EXPECT_UNITS(begin, 5);
    EXPECT(caught, 3);
}

static void interrupts_receives(void)
{
    int ends[2];
    char byte;
    int64_t begin = now_ns();
    make_tcp(ends);
    catch_signal(SIGALRM);
    set_units(3, 0);
    EXPECT_ERROR(recv(ends[0], &byte, 1, 0), EINTR);
    EXPECT_UNITS(begin, 3);
    close_both(ends);
}

/* What is set anew, and what is taken back. */
static void taken_back(void)
{
    struct timespec two = units(2);
    int64_t begin = now_ns();
    catch_signal(SIGALRM);
    set_units(1, 0);
    set_units(3, 0);
    EXPECT(nanosleep(&two, NULL), 0);
    set_units(0, 0);
    EXPECT(nanosleep(&two, NULL), 0);
    EXPECT_UNITS(begin, 4);
    EXPECT(caught, 0);
}

/* Blocked, it is pending: once, however often it would have come. */
static void blocked(void)
{
    struct timespec four = units(4.5);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGALRM);
    catch_signal(SIGALRM);
    MUST(sigprocmask(SIG_BLOCK, &set, NULL));
    int64_t begin = now_ns();
    set_units(1, 1);
    EXPECT(nanosleep(&four, NULL), 0);
    EXPECT(caught, 0);
    MUST(sigpending(&set));
    EXPECT(sigismember(&set, SIGALRM), 1);
    MUST(sigprocmask(SIG_UNBLOCK, &set, NULL));
    EXPECT(caught, 1);
    EXPECT_ERROR(pause(), EINTR); /* it goes on in its step */
    EXPECT_UNITS(begin, 5);
    set_units(0, 0);
}

static void waited_for(void)
{
    sigset_t set;
    int got = 0;
    int64_t begin = now_ns();
    sigemptyset(&set);
    sigaddset(&set, SIGALRM);
    MUST(sigprocmask(SIG_BLOCK, &set, NULL));
    set_units(2, 0);
    EXPECT(sigwait(&set, &got), 0);
    EXPECT(got, SIGALRM);
    EXPECT_UNITS(begin, 2);
}

/* fork(2): the child has none. */
static void not_in_children(void)
{
    struct itimerval old;
    struct timespec three = units(3);
    catch_signal(SIGALRM);
    set_units(2, 0);
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        EXPECT(getitimer(ITIMER_REAL, &old), 0);
        EXPECT(old.it_value.tv_sec + old.it_value.tv_usec, 0);
        EXPECT(nanosleep(&three, NULL), 0);
        EXPECT(caught, 0);
        set_units(1, 0);
        EXPECT_ERROR(pause(), EINTR);
        end_child();
    }
    EXPECT_ERROR(pause(), EINTR);
    expect_child(child);
    EXPECT(caught, 1);
}

/* execve(2): they go on. */
static void over_exec(void)
{
    set_units(3, 0);
    MUST(execl("/proc/self/exe", "alarms", "after-exec", (char *)NULL));
}

static void after_exec(void)
{
    struct itimerval left;
    EXPECT(getitimer(ITIMER_REAL, &left), 0);
    struct timespec time = {left.it_value.tv_sec, left.it_value.tv_usec * 1000};
    EXPECT_LEFT(time, 3);
    int64_t begin = now_ns();
    catch_signal(SIGALRM);
    EXPECT_ERROR(pause(), EINTR);
    expect_span(now_ns() - begin, (double)ns_of(&time) / (double)unit_ns(), "what was left", __LINE__);
}

/* Nobody handles it: the process is gone. */
static void kills(void)
{
    int status = 0;
    int64_t begin = now_ns();
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        set_units(2, 0);
        for (;;)
            pause();
    }
    EXPECT(waitpid(child, &status, 0), child);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM, "it ended with status %#x",
          (unsigned int)status);
    EXPECT_UNITS(begin, 2);
}

static void refused(void)
{
    struct itimerval bad = {{0, 0}, {0, 1000000}}, old;
    EXPECT_ERROR(setitimer(ITIMER_REAL, &bad, NULL), EINVAL);
    bad = (struct itimerval){{-1, 0}, {1, 0}};
    EXPECT_ERROR(setitimer(ITIMER_REAL, &bad, NULL), EINVAL);
    EXPECT_ERROR(setitimer((__itimer_which_t)9, &(struct itimerval){{0, 0}, {1, 0}}, NULL), EINVAL);
    EXPECT_ERROR(getitimer((__itimer_which_t)9, &old), EINVAL);
    MUST(getitimer(ITIMER_REAL, &old));
    EXPECT(old.it_value.tv_sec + old.it_value.tv_usec, 0);
}

/* The clocks of the processor are the kernel's. */
static void processor_time(void)
{
    catch_signal(SIGPROF);
    MUST(setitimer(ITIMER_PROF, &(struct itimerval){{0, 0}, {0, 20000}}, NULL));
    while (caught == 0)
        ;
    EXPECT(last.si_signo, SIGPROF);
}

CHECK_MAIN({"wakes-pause", wakes_pause}, {"whole-seconds", whole_seconds}, {"what-is-left", what_is_left},
           {"ticks", ticks}, {"ualarm-ticks", ualarm_ticks}, {"interrupts-waits", interrupts_waits},
           {"interrupts-receives", interrupts_receives}, {"taken-back", taken_back}, {"blocked", blocked},
           {"waited-for", waited_for}, {"not-in-children", not_in_children}, {"over-exec", over_exec},
           {"after-exec", after_exec}, {"kills", kills}, {"refused", refused},
           {"processor-time", processor_time})
