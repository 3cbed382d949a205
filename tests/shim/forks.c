/* Counts are shared with children, and exact: a pre-forking server is one process to a rule. */
#include "tests/shim/check.h"

enum { WORKERS = 4, CLIENTS = 40 };

/* Receives once on a connection of its own; whether it was cut. */
static bool is_cut(void)
{
    int ends[2];
    char buf[4];
    make_pair(SOCK_STREAM, ends);
    MUST(send(ends[1], "1234", 4, 0));
    ssize_t n = recv(ends[0], buf, sizeof buf, 0);
    close_both(ends);
    return n == 1;
}

static int cut_of(int receives)
{
    int cut = 0;
    for (int i = 0; i < receives; i++)
        cut += is_cut();
    return cut;
}

/* recv:short=1:when=15: the parent makes ten, a child the next ten, and both know the same count. */
static void one_after_another(void)
{
    EXPECT(cut_of(10), 0);
    for (int child = 0; child < 3; child++) {
        pid_t pid = fork();
        if (pid == 0) {
            EXPECT(cut_of(10), child == 0 ? 1 : 0);
            end_child();
        }
        expect_child(pid);
    }
    EXPECT(cut_of(10), 0);
}

/* recv:short=1:times=50: children at the same time; each tells by its status how many of its own were cut. */
static void at_the_same_time(void)
{
    pid_t pids[WORKERS];
    int sum = 0;
    for (int i = 0; i < WORKERS; i++) {
        MUST(pids[i] = fork());
        if (pids[i] == 0)
            _exit(cut_of(100));
    }
    for (int i = 0; i < WORKERS; i++) {
        int status = 0;
        MUST(waitpid(pids[i], &status, 0));
        sum += WEXITSTATUS(status);
    }
    EXPECT(sum, 50);
}

/* Accepts and answers until it is killed; an accept that fails is tried again. */
__attribute__((noreturn)) static void serve(int listener)
{
    for (;;) {
        int fd = accept(listener, NULL, NULL);
        if (fd < 0)
            continue;
        (void)!write(fd, "hello", 5);
        close(fd);
    }
}

/* Whether the reply came; the connection that is dead on arrival answers with a reset. */
static bool is_served(const struct sockaddr_in *name)
{
    char buf[8];
    int fd;
    MUST(fd = socket(AF_INET, SOCK_STREAM, 0));
    MUST(connect(fd, (const struct sockaddr *)name, sizeof *name));
    ssize_t n = recv(fd, buf, sizeof buf, 0);
    CHECK(n == 5 || (n < 0 && errno == ECONNRESET), "a reply of %zd", n);
    close(fd);
    return n == 5;
}

/* accept:reset:when=7: of all workers' accepts the seventh, not of each one's. */
static void preforking_server(void)
{
    struct sockaddr_in name;
    int listener = make_listener(&name, CLIENTS), unserved = 0, first = 0;
    pid_t workers[WORKERS];
    for (int i = 0; i < WORKERS; i++) {
        MUST(workers[i] = fork());
        if (workers[i] == 0)
            serve(listener);
    }
    for (int i = 1; i <= CLIENTS; i++)
        if (!is_served(&name)) {
            unserved++;
            first = i;
        }
    EXPECT(unserved, 1);
    EXPECT(first, 7);
    for (int i = 0; i < WORKERS; i++) {
        kill(workers[i], SIGKILL);
        waitpid(workers[i], NULL, 0);
    }
}

/* recv:reset:when=1: what was done to a socket in the child holds for the parent, whose socket it is too. */
static void a_shared_socket(void)
{
    int ends[2];
    char buf[4];
    struct sockaddr_in before, after;
    socklen_t len = sizeof before;
    make_tcp(ends);
    MUST(getsockname(ends[0], (struct sockaddr *)&before, &len));
    pid_t pid = fork();
    if (pid == 0) {
        EXPECT_ERROR(recv(ends[0], buf, sizeof buf, 0), ECONNRESET);
        end_child();
    }
    expect_child(pid);
    EXPECT(recv(ends[0], buf, sizeof buf, 0), 0);
    EXPECT_ERROR(send(ends[0], "x", 1, MSG_NOSIGNAL), EPIPE);
    EXPECT_ERROR(connect(ends[0], (struct sockaddr *)&before, sizeof before), EISCONN);
    EXPECT(getsockname(ends[0], (struct sockaddr *)&after, &len), 0);
    EXPECT(memcmp(&before, &after, sizeof before), 0);
}

CHECK_MAIN({"one-after-another", one_after_another}, {"at-the-same-time", at_the_same_time},
           {"preforking-server", preforking_server}, {"a-shared-socket", a_shared_socket})
