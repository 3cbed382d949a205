/* A vfork child borrows its parent's memory: what it does to its own descriptors must not change what is
 * known of the parent's. */
#include "tests/shim/check.h"

static int ends[2], file, pipes[2];

static void expect_cut(int fd)
{
    char buf[8];
    EXPECT(recv(fd, buf, sizeof buf, 0), 1);
}

static void prepare(void)
{
    make_tcp(ends);
    MUST(file = open("/dev/null", O_RDWR));
    MUST(pipe(pipes));
    MUST(send(ends[1], "0123456789", 10, 0));
    expect_cut(ends[0]);
}

static void child_closes(void)
{
    prepare();
    pid_t pid = vfork();
    if (pid == 0) {
        close(ends[0]);
        close(ends[1]);
        close(pipes[0]);
        _exit(0);
    }
    expect_child(pid);
    expect_cut(ends[0]);
}

static void child_closes_all(void)
{
    prepare();
    pid_t pid = vfork();
    if (pid == 0) {
        close_range(3, ~0U, 0);
        closefrom(3);
        _exit(0);
    }
    expect_child(pid);
    expect_cut(ends[0]);
}

/* The number names a file in the child, and still the socket in the parent. */
static void child_puts_a_file_there(void)
{
    prepare();
    pid_t pid = vfork();
    if (pid == 0) {
        char byte;
        dup2(file, ends[0]);
        (void)!read(ends[0], &byte, 1);
        dup2(pipes[0], ends[1]);
        _exit(0);
    }
    expect_child(pid);
    expect_cut(ends[0]);
    MUST(send(ends[0], "xyz", 3, 0));
    expect_cut(ends[1]);
}

/* And the other way round: a socket in the child where the parent has a file. */
static void child_puts_a_socket_there(void)
{
    char buf[4];
    prepare();
    MUST(write(pipes[1], "abcd", 4));
    pid_t pid = vfork();
    if (pid == 0) {
        dup2(ends[0], pipes[0]);
        recv(pipes[0], buf, 1, 0);
        _exit(0);
    }
    expect_child(pid);
    EXPECT(read(pipes[0], buf, sizeof buf), 4);
    expect_cut(ends[0]);
}

static void child_execs(void)
{
    prepare();
    pid_t pid = vfork();
    if (pid == 0) {
        dup2(ends[0], 0);
        close(ends[0]);
        execl("/bin/true", "true", NULL);
        _exit(126);
    }
    expect_child(pid);
    expect_cut(ends[0]);
}

static void child_cannot_exec(void)
{
    prepare();
    pid_t pid = vfork();
    if (pid == 0) {
        close(ends[0]);
        execl("/nowhere/nothing", "nothing", NULL);
        _exit(errno == ENOENT ? 0 : CHECK_FAILED);
    }
    expect_child(pid);
    expect_cut(ends[0]);
}

CHECK_MAIN({"closes", child_closes}, {"closes-all", child_closes_all}, {"file", child_puts_a_file_there},
           {"socket", child_puts_a_socket_there}, {"execs", child_execs}, {"cannot-exec", child_cannot_exec})
