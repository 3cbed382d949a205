/*
 * The shim stays through exec and spawn, whatever environment the program builds. Run with recv:short=1; the
 * program that was started looks whether that still holds.
 */
#include "tests/shim/check.h"

#include <spawn.h>

enum { UNSEEN = 9 };
static char self[4096];

/* execve(2) takes pointers to char, and writes nothing there. */
#define VECTOR(...) ((char *const *)(const char *const[]){__VA_ARGS__, NULL})
#define PROBE       VECTOR(self, "probe")
#define SHELL_PROBE VECTOR("sh", "-c", "\"$0\" probe", self)
#define NOTHING     VECTOR(NULL)

/* In the new program: UNSEEN when nobody cuts what it receives. */
static int look(void)
{
    int ends[2];
    char buf[4];
    make_pair(SOCK_STREAM, ends);
    MUST(send(ends[1], "1234", 4, 0));
    return recv(ends[0], buf, sizeof buf, 0) == 1 ? 0 : UNSEEN;
}

/* What a case runs in a child of its own; it does not return when it works. */
static void expect_started(void (*start)(void))
{
    pid_t pid = fork();
    if (pid == 0) {
        start();
        CHECK(false, "not started: %s", strerror(errno));
        end_child();
    }
    expect_child(pid);
}

static void with_no_environment(void)
{
    execve(self, PROBE, NOTHING);
}

static void with_null(void)
{
    execve(self, PROBE, NULL);
}

static void with_another(void)
{
    execve(self, PROBE, VECTOR("PATH=/nowhere", "SOCKFAULT_OTHER=1"));
}

static void by_execle(void)
{
    execle(self, self, "probe", NULL, NOTHING);
}

static void by_execl(void)
{
    clearenv();
    execl(self, self, "probe", NULL);
}

static void by_execv(void)
{
    unsetenv("LD_PRELOAD");
    unsetenv("SOCKFAULT");
    execv(self, PROBE);
}

static void by_execvp(void)
{
    clearenv();
    setenv("PATH", "/bin:/usr/bin", 1);
    execvp("sh", SHELL_PROBE);
}

static void by_execlp(void)
{
    clearenv();
    setenv("PATH", "/bin:/usr/bin", 1);
    execlp("sh", "sh", "-c", "\"$0\" probe", self, NULL);
}

static void by_execvpe(void)
{
    execvpe("sh", SHELL_PROBE, NOTHING);
}

static void by_fexecve(void)
{
    fexecve(open(self, O_RDONLY | O_CLOEXEC), PROBE, NOTHING);
}

static void by_execveat(void)
{
    execveat(AT_FDCWD, self, PROBE, NOTHING, 0);
}

static void after_vfork(void)
{
    pid_t pid = vfork();
    if (pid == 0) {
        execve(self, PROBE, NOTHING);
        _exit(126);
    }
    expect_child(pid);
    end_child();
}

static void by_posix_spawn(void)
{
    pid_t pid;
    EXPECT(posix_spawn(&pid, self, NULL, NULL, PROBE, NOTHING), 0);
    expect_child(pid);
    end_child();
}

static void by_posix_spawnp(void)
{
    pid_t pid;
    EXPECT(posix_spawnp(&pid, "sh", NULL, NULL, SHELL_PROBE, NOTHING), 0);
    expect_child(pid);
    end_child();
}

static void by_system(void)
{
    char line[sizeof self + 16];
    snprintf(line, sizeof line, "'%s' probe", self);
    EXPECT(system(line), 0);
    end_child();
}

static void by_system_without_environment(void)
{
    clearenv();
    by_system();
}

static void by_popen(void)
{
    char line[sizeof self + 32], answer[16] = "";
    clearenv();
    snprintf(line, sizeof line, "'%s' probe; echo $?", self);
    FILE *pipe = popen(line, "r");
    CHECK(pipe && fgets(answer, sizeof answer, pipe), "no answer");
    CHECK(strcmp(answer, "0\n") == 0, "the program in the pipe ended with %s", answer);
    CHECK(pipe && pclose(pipe) == 0, "the pipe did not end well");
    CHECK(!getenv("LD_PRELOAD"), "the program's own environment was changed");
    end_child();
}

/* A library of the program's own choice is loaded too, ours before it. */
static void with_own_preload(void)
{
    execve(self, VECTOR(self, "probe-preload"), VECTOR("LD_PRELOAD=libm.so.6"));
}

static int look_at_preload(void)
{
    const char *preload = getenv("LD_PRELOAD"), *ours = preload ? strstr(preload, "libsockfault.so") : NULL;
    const char *theirs = preload ? strstr(preload, "libm.so.6") : NULL;
    CHECK(ours && theirs && ours < theirs, "LD_PRELOAD is '%s'", preload ? preload : "");
    return check_failures ? CHECK_FAILED : look();
}

/* A program that sets SOCKFAULT itself means it. */
static void with_own_rules(void)
{
    execve(self, VECTOR(self, "probe-own"), VECTOR("SOCKFAULT=recv:short=2"));
}

static int look_for_two(void)
{
    int ends[2];
    char buf[4];
    make_pair(SOCK_STREAM, ends);
    MUST(send(ends[1], "1234", 4, 0));
    EXPECT(recv(ends[0], buf, sizeof buf, 0), 2);
    return check_failures ? CHECK_FAILED : 0;
}

static void failing(void)
{
    EXPECT_ERROR(execve("/nowhere/nothing", PROBE, NOTHING), ENOENT);
    EXPECT_ERROR(execvp("no-such-program", PROBE), ENOENT);
    errno = 4711;
    EXPECT(posix_spawn(&(pid_t){0}, "/nowhere/nothing", NULL, NULL, PROBE, NOTHING), ENOENT);
    EXPECT(look(), 0);
    end_child();
}

static const struct {
    const char *name;
    void (*start)(void);
} starts[] = {
    {"execve-empty", with_no_environment},
    {"execve-null", with_null},
    {"execve-other", with_another},
    {"execle", by_execle},
    {"execl", by_execl},
    {"execv", by_execv},
    {"execvp", by_execvp},
    {"execlp", by_execlp},
    {"execvpe", by_execvpe},
    {"fexecve", by_fexecve},
    {"execveat", by_execveat},
    {"vfork", after_vfork},
    {"posix_spawn", by_posix_spawn},
    {"posix_spawnp", by_posix_spawnp},
    {"system", by_system},
    {"system-empty", by_system_without_environment},
    {"popen-empty", by_popen},
    {"own-preload", with_own_preload},
    {"own-rules", with_own_rules},
    {"failing", failing},
};

int main(int argc, char **argv)
{
    const char *word = argc > 1 ? argv[1] : "";
    MUST(readlink("/proc/self/exe", self, sizeof self - 1));
    if (strcmp(word, "probe") == 0)
        return look();
    if (strcmp(word, "probe-preload") == 0)
        return look_at_preload();
    if (strcmp(word, "probe-own") == 0)
        return look_for_two();
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++)
        if (strcmp(word, starts[i].name) == 0) {
            expect_started(starts[i].start);
            return check_failures ? CHECK_FAILED : 0;
        }
    printf("# usage: %s CASE\n", argv[0]);
    return CHECK_FAILED;
}
