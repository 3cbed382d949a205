/*
 * Calls of which is known who made them. Each send(2) is preceded by a line on stdout with what should be
 * found above it: the lines of its own call and of its callers, nearest first, up to four.
 */
#include "tests/shim/check.h"

#include <pthread.h>

static int ends[2];
static int lines[3]; /* of main's callee, of its callee, of the call */

/* The line of a call must be known before the call returns: both stand in one line. */
#define CALL_FROM(depth, call) (lines[depth] = __LINE__, call)

static void say(const char *text)
{
    MUST(write(STDOUT_FILENO, text, strlen(text)));
}

static void say_lines(int first_caller)
{
    char text[80];
    int len = snprintf(text, sizeof text, "%d", lines[2]);
    for (int depth = 1; depth >= first_caller; depth--)
        len += snprintf(text + len, sizeof text - (size_t)len, " %d", lines[depth]);
    snprintf(text + len, sizeof text - (size_t)len, "\n");
    say(text);
}

/* What is above the second frame is the test's to know. */
__attribute__((noinline)) static void leaf(int first_caller)
{
    lines[2] = __LINE__ + 2;
    say_lines(first_caller);
    EXPECT(send(ends[0], "x", 1, 0), 1);
}

__attribute__((noinline)) static void middle(int first_caller)
{
    CALL_FROM(1, leaf(first_caller));
    say(""); /* so that the call before is not the last thing done here */
}

__attribute__((noinline)) static void outer(void)
{
    CALL_FROM(0, middle(0));
    say("");
}

static void handler(int sig)
{
    (void)sig;
    CALL_FROM(1, leaf(1));
}

static void in_handler(void)
{
    struct sigaction action = {.sa_handler = handler};
    MUST(sigaction(SIGUSR1, &action, NULL));
    raise(SIGUSR1);
}

static void *in_thread(void *unused)
{
    CALL_FROM(1, leaf(1));
    return unused;
}

static void on_small_stack(void)
{
    pthread_attr_t attributes;
    pthread_t thread;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, (size_t)PTHREAD_STACK_MIN);
    CHECK(pthread_create(&thread, &attributes, in_thread, NULL) == 0, "no thread");
    pthread_join(thread, NULL);
}

static void in_vfork_child(void)
{
    pid_t pid = vfork();
    if (pid == 0) {
        CALL_FROM(1, leaf(1));
        _exit(0);
    }
    expect_child(pid);
}

__attribute__((noinline)) static void deeper(int left)
{
    if (left > 0)
        CALL_FROM(1, deeper(left - 1));
    else
        CALL_FROM(1, leaf(1));
    say("");
}

#ifdef __x86_64__
/* Calls what it is given, and no table says how to go on from here. */
void without_table(void (*callee)(void));
__asm__(".text\n.globl without_table\n.type without_table, @function\nwithout_table:\n"
        "subq $8, %rsp\ncall *%rdi\naddq $8, %rsp\nret\n.size without_table, . - without_table\n");

static void bare(void)
{
    CALL_FROM(1, leaf(1));
}
#endif

int main(void)
{
    MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
    outer();
    in_handler();
    on_small_stack();
    in_vfork_child();
    deeper(5);
#ifdef __x86_64__
    without_table(bare);
#endif
    return check_failures ? CHECK_FAILED : 0;
}
