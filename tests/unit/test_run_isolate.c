#include "harness/procfs.h"
#include "harness/run/ground/isolate.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* Runs check() in the namespaces; its result is the exit status. */
static int status_inside(const struct isolation *isolation, int (*check)(void))
{
    struct diag diag = {0};
    uid_t uid = geteuid();
    gid_t gid = getegid();
    int status = -1;
    pid_t pid = isolate_fork(isolation);
    if (pid == 0)
        _exit(isolate_enter(isolation, uid, gid, &diag) ? check() : 100);
    cr_assert_gt(pid, 0);
    cr_assert_eq(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* A listener on a port that only an own network is sure to have free, and a connection to it. */
static int use_loopback(int family, const struct sockaddr *address, socklen_t len)
{
    int listener = socket(family, SOCK_STREAM, 0), client = socket(family, SOCK_STREAM, 0);
    if (listener < 0 && errno == EAFNOSUPPORT)
        return 0; /* a kernel without IPv6 */
    if (bind(listener, address, len) < 0)
        return errno == EADDRNOTAVAIL && family == AF_INET6 ? 0 : 1; /* IPv6 switched off */
    return listen(listener, 1) < 0 || connect(client, address, len) < 0;
}

static int check_network(void)
{
    struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons(4000)};
    struct sockaddr_in6 six = {
        .sin6_family = AF_INET6, .sin6_port = htons(4001), .sin6_addr = in6addr_loopback};
    four.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return use_loopback(AF_INET, (struct sockaddr *)&four, sizeof four) +
           2 * use_loopback(AF_INET6, (struct sockaddr *)&six, sizeof six);
}

static int check_processes(void)
{
    struct proc_table table = {0};
    int wrong = getpid() != 1;
    wrong |= 2 * (!proc_table_read(&table) || table.count != 1 || table.items[0].pid != 1);
    wrong |= 4 * (proc_fd_count(getpid()) < 0);
    proc_table_free(&table);
    return wrong;
}

static uid_t uid_outside;

static int check_ids(void)
{
    return getuid() != uid_outside || geteuid() != uid_outside;
}

Test(isolate, what_the_probe_allows_works)
{
    struct isolation isolation;
    isolate_probe(&isolation);
    uid_outside = getuid();
    cr_expect_eq(isolation.processes, isolation.processes_why[0] == '\0');
    cr_expect_eq(isolation.network, isolation.network_why[0] == '\0');
    if (isolation.processes)
        cr_expect_eq(status_inside(&isolation, check_processes), 0);
    if (isolation.network)
        cr_expect_eq(status_inside(&isolation, check_network), 0);
    cr_expect_eq(status_inside(&isolation, check_ids), 0);
}

static int sleep_for_ever(void)
{
    if (fork() == 0)
        for (;;)
            pause();
    return 0;
}

Test(isolate, the_end_of_the_first_process_is_the_end_of_all, .timeout = 20)
{
    struct isolation isolation;
    int hold[2];
    char byte;
    isolate_probe(&isolation);
    if (!isolation.processes)
        cr_skip_test("no PID namespaces here: %s", isolation.processes_why);
    cr_assert_eq(pipe(hold), 0);
    cr_expect_eq(status_inside(&isolation, sleep_for_ever), 0);
    close(hold[1]);
    cr_expect_eq(read(hold[0], &byte, 1), 0, "somebody still has the pipe open");
}

Test(isolate, an_isolation_of_nothing_is_a_fork)
{
    static const struct isolation nothing = {0};
    uid_outside = getuid();
    cr_expect_eq(status_inside(&nothing, check_ids), 0);
}
