#include "shim/time/timer_threads.h"
#include "shim/state.h"
#include "shim/time/wait.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* /proc/self/timers, a block of four lines a timer, read piece by piece. */
struct blocks {
    int fd;
    size_t len;
    char text[2048];
};

/* The next line without its end, valid until the next call; NULL: there is none, or it is too long. */
static char *next_line(struct blocks *blocks, size_t *used)
{
    memmove(blocks->text, blocks->text + *used, blocks->len - *used);
    blocks->len -= *used;
    *used = 0;
    char *end;
    while (!(end = memchr(blocks->text, '\n', blocks->len))) {
        long got =
            syscall(SYS_read, blocks->fd, blocks->text + blocks->len, sizeof blocks->text - blocks->len);
        if (got <= 0)
            return NULL;
        blocks->len += (size_t)got;
    }
    *end = '\0';
    *used = (size_t)(end - blocks->text) + 1;
    return blocks->text;
}

static const char *after(const char *line, const char *start)
{
    size_t len = strlen(start);
    return strncmp(line, start, len) == 0 ? line + len : NULL;
}

/* glibc gives out the address of its own record of such a timer, halved and with the highest bit set, and has
 * that address sent (sysdeps/unix/sysv/linux/kernel-posix-timers.h). */
static uint64_t value_of_handle(timer_t handle)
{
    return (uint64_t)(uintptr_t)handle << 1;
}

/* Lines of one timer: "ID: 2", "signal: 32/000055c906ef54c0", "notify: signal/tid.10179", "ClockID: 0". */
static bool find(struct blocks *blocks, struct timer_facts *facts, uint64_t value)
{
    bool is_it = false;
    const char *rest, *line;
    size_t used = 0;
    while ((line = next_line(blocks, &used))) {
        if ((rest = after(line, "ID: "))) {
            atomic_store(&facts->id, atoi(rest));
        } else if ((rest = after(line, "signal: "))) {
            const char *slash = strchr(rest, '/');
            atomic_store(&facts->signo, atoi(rest));
            is_it = slash && strtoull(slash + 1, NULL, 16) == value;
        } else if (is_it && (rest = after(line, "notify: "))) {
            const char *tid = strstr(rest, "/tid.");
            atomic_store(&facts->tid, tid ? atoi(tid + 5) : 0);
            return tid != NULL;
        }
    }
    return false;
}

bool timer_thread_facts(struct timer_facts *facts, timer_t handle)
{
    wait_prepare(); /* its first thread may have been the program's first */
    struct blocks blocks = {
        .fd = (int)syscall(SYS_openat, AT_FDCWD, "/proc/self/timers", O_RDONLY | O_CLOEXEC)};
    if (blocks.fd < 0)
        return false;
    bool found = find(&blocks, facts, value_of_handle(handle));
    syscall(SYS_close, blocks.fd);
    atomic_store(&facts->value, value_of_handle(handle));
    /* Somebody else's /proc would name it by another number. */
    return found && syscall(SYS_tgkill, shim.pid, atomic_load(&facts->tid), 0) == 0;
}
