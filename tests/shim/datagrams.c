/* Datagrams that are looked at, lost or overtaken, where threads are cancelled, handlers jump out, processes
 * end and several receive on one socket. */
#include "tests/shim/check.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdatomic.h>
#include <sys/time.h>

/* As many datagrams as a receive buffer takes, and some more that overtake the last of them. */
enum { MANY = 150, MORE = 9, THREADS = 4, PLACES = 64 };

static int ends[2];

static void give(const char *text)
{
    MUST(send(ends[1], text, strlen(text), 0));
}

static void expect_text(int fd, const char *text)
{
    char buf[32] = "";
    ssize_t n = wait_for(fd, POLLIN) ? recv(fd, buf, sizeof buf - 1, MSG_DONTWAIT) : -1;
    CHECK(n == (ssize_t)strlen(text) && strcmp(buf, text) == 0, "got '%s' (%zd), expected '%s'", buf, n,
          text);
}

static void expect_nothing(int fd)
{
    char buf[32];
    EXPECT_ERROR(recv(fd, buf, sizeof buf, MSG_DONTWAIT), EAGAIN);
}

/* ---- left in the middle ---- */

static atomic_int tid;

static void *blocked(void *unused)
{
    char buf[8];
    tid = gettid();
    recv(ends[0], buf, sizeof buf, 0);
    return unused;
}

static void wait_until_asleep(void)
{
    char path[64], line[512];
    for (char state = '?'; state != 'S'; sched_yield()) {
        snprintf(path, sizeof path, "/proc/self/task/%d/stat", tid);
        int fd = open(path, O_RDONLY);
        ssize_t n = fd < 0 ? 0 : read(fd, line, sizeof line - 1);
        close(fd);
        line[n < 0 ? 0 : n] = '\0';
        const char *end = strrchr(line, ')');
        state = end ? end[2] : '?';
    }
}

/* A thread that is cancelled while it looks has taken nothing and kept nothing. */
static void cancelled(void)
{
    make_udp(ends);
    for (int i = 0; i < 2 * PLACES; i++) {
        pthread_t thread;
        void *result;
        tid = 0;
        CHECK(pthread_create(&thread, NULL, blocked, NULL) == 0, "no thread");
        while (!tid)
            sched_yield();
        wait_until_asleep();
        pthread_cancel(thread);
        CHECK(pthread_join(thread, &result) == 0 && result == PTHREAD_CANCELED, "it ended some other way");
    }
    give("a");
    give("b");
    expect_text(ends[0], "b");
    expect_text(ends[0], "a");
    expect_nothing(ends[0]);
}

static sigjmp_buf jump;

static void jump_out(int sig)
{
    (void)sig;
    siglongjmp(jump, 1);
}

static void jumped(void)
{
    struct sigaction action = {.sa_handler = jump_out};
    struct itimerval soon = {.it_value.tv_usec = 1000};
    char buf[8];
    make_udp(ends);
    MUST(sigaction(SIGALRM, &action, NULL));
    for (volatile int i = 0; i < 2 * PLACES; i++)
        if (sigsetjmp(jump, 1) == 0) {
            MUST(setitimer(ITIMER_REAL, &soon, NULL));
            recv(ends[0], buf, sizeof buf, 0);
            CHECK(false, "nothing was there to be received");
        }
    give("a");
    give("b");
    expect_text(ends[0], "b");
    expect_text(ends[0], "a");
    expect_nothing(ends[0]);
}

/* ---- sent ones that wait ---- */

/* exit() sends what still waits. */
static void at_exit(void)
{
    pid_t pid;
    make_udp(ends);
    MUST(pid = fork());
    if (pid == 0) {
        MUST(send(ends[0], "a", 1, 0));
        expect_nothing(ends[1]);
        exit(check_failures ? CHECK_FAILED : 0);
    }
    expect_child(pid);
    expect_text(ends[1], "a");
    expect_nothing(ends[1]);
}

/* Whoever is killed while a datagram of its waits gives the place back. */
static void places(void)
{
    for (int i = 0; i < PLACES + 8; i++) {
        make_udp(ends);
        pid_t pid;
        MUST(pid = fork());
        if (pid == 0) {
            int own[2];
            make_udp(own);
            MUST(send(own[0], "a", 1, 0));
            raise(SIGKILL);
        }
        EXPECT(waitpid(pid, NULL, 0), pid);
        close_both(ends);
    }
    make_udp(ends);
    MUST(send(ends[0], "a", 1, 0));
    MUST(send(ends[0], "b", 1, 0));
    expect_text(ends[1], "b");
    expect_text(ends[1], "a");
}

/* One of two descriptors is closed, by close, dup2 and close_range: it waits on. The other: it goes. */
static void closed(void)
{
    make_udp(ends);
    int copy, other, third;
    MUST(copy = dup(ends[0]));
    MUST(third = dup(ends[0]));
    MUST(other = socket(AF_INET, SOCK_DGRAM, 0));
    MUST(send(ends[0], "a", 1, 0));
    MUST(close(ends[0]));
    expect_nothing(ends[1]);
    MUST(dup2(other, copy));
    expect_nothing(ends[1]);
    MUST(close_range((unsigned int)third, (unsigned int)third, 0));
    expect_text(ends[1], "a");
    expect_nothing(ends[1]);
}

static void replaced(void)
{
    make_udp(ends);
    MUST(send(ends[0], "a", 1, 0));
    expect_nothing(ends[1]);
    MUST(dup2(STDIN_FILENO, ends[0]));
    expect_text(ends[1], "a");
}

/* Connected elsewhere: it goes to whom it was sent. */
static void connected(void)
{
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof name;
    int other;
    make_udp(ends);
    MUST(other = socket(AF_INET, SOCK_DGRAM, 0));
    MUST(bind(other, (struct sockaddr *)&name, sizeof name));
    MUST(getsockname(other, (struct sockaddr *)&name, &len));
    MUST(send(ends[0], "a", 1, 0));
    MUST(connect(ends[0], (struct sockaddr *)&name, sizeof name));
    MUST(send(ends[0], "b", 1, 0));
    expect_text(ends[1], "a");
    expect_text(other, "b");
    expect_nothing(ends[1]);
    expect_nothing(other);
}

/* A child that has the socket ends: what its parent sent waits on. */
static void forked(void)
{
    pid_t pid;
    make_udp(ends);
    MUST(send(ends[0], "a", 1, 0));
    MUST(pid = fork());
    if (pid == 0)
        exit(0);
    expect_child(pid);
    expect_nothing(ends[1]);
    MUST(send(ends[0], "b", 1, 0));
    expect_text(ends[1], "b");
    expect_text(ends[1], "a");
}

/* ---- received ones that wait ---- */

/* The parent looked, its child receives: nothing is lost, and nothing comes twice. */
static void shared(void)
{
    pid_t pid;
    make_udp(ends);
    give("a");
    expect_nothing(ends[0]);
    MUST(pid = fork());
    if (pid == 0) {
        give("b");
        expect_text(ends[0], "b");
        end_child();
    }
    expect_child(pid);
    expect_text(ends[0], "a");
    expect_nothing(ends[0]);
}

/* Each twice, and not the second again; a look changes nothing. */
static void doubled(void)
{
    char buf[8];
    make_udp(ends);
    give("a");
    give("b");
    EXPECT(recv(ends[0], buf, sizeof buf, MSG_PEEK), 1);
    expect_text(ends[0], "a");
    expect_text(ends[0], "a");
    expect_text(ends[0], "b");
    EXPECT(recv(ends[0], buf, sizeof buf, MSG_PEEK), 1);
    expect_text(ends[0], "b");
    expect_nothing(ends[0]);
}

/* Every one that is not overtaking another. */
static void overtaken(void)
{
    static const char *const texts[] = {"a", "b", "c", "d"}, *const expected[] = {"b", "a", "d", "c"};
    make_udp(ends);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        give(texts[i]);
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
        expect_text(ends[0], expected[i]);
    expect_nothing(ends[0]);
}

static atomic_int seen[MANY + MORE], received;

static void *receive_many(void *unused)
{
    int number;
    struct pollfd polled = {.fd = ends[0], .events = POLLIN};
    while (poll(&polled, 1, 500) > 0)
        while (recv(ends[0], &number, sizeof number, MSG_DONTWAIT) == sizeof number) {
            seen[number]++;
            received += number < MANY;
        }
    return unused;
}

static int received_by_threads(void)
{
    pthread_t threads[THREADS];
    int distinct = 0;
    make_udp(ends);
    for (int i = 0; i < THREADS; i++)
        CHECK(pthread_create(&threads[i], NULL, receive_many, NULL) == 0, "no thread");
    for (int i = 0; i < MANY + MORE; i++)
        MUST(send(ends[1], &i, sizeof i, 0));
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < MANY; i++)
        distinct += seen[i] > 0;
    return distinct;
}

/* Threads that look at the same one make it two turns: fewer are lost than one in three, never more twice. */
static void lost_by_threads(void)
{
    int distinct = received_by_threads();
    CHECK(distinct >= MANY / 3 && distinct < MANY, "%d of %d came", distinct, MANY);
    CHECK(received == distinct, "%d came twice", received - distinct);
}

static void overtaken_by_threads(void)
{
    int distinct = received_by_threads();
    CHECK(distinct == MANY, "%d of %d came", distinct, MANY);
}

CHECK_MAIN({"cancelled", cancelled}, {"jumped", jumped}, {"at-exit", at_exit}, {"places", places},
           {"closed", closed}, {"replaced", replaced}, {"connected", connected}, {"forked", forked},
           {"shared", shared}, {"doubled", doubled}, {"overtaken", overtaken},
           {"lost-by-threads", lost_by_threads}, {"overtaken-by-threads", overtaken_by_threads})
