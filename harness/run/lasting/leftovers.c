#include "harness/run/lasting/leftovers.h"

#include "harness/clock.h"
#include "harness/phrase.h"
#include "harness/procfs.h"
#include "harness/quiet/sockdestroy.h"
#include "harness/run/watch/ending.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Sockets of those who were killed go a moment later. */
#define SOCKETS_LIMIT_NS (20 * NS_PER_MS)

/* What is to read as it did before: proc(5). A file that is not there reads as empty. */
static const char *const steady_files[] = {
    "/proc/self/mountinfo", "/proc/net/fib_trie", "/proc/net/if_inet6",
    "/proc/sysvipc/shm",    "/proc/sysvipc/sem",  "/proc/sysvipc/msg",
};

static bool append_file(FILE *to, const char *path)
{
    char buffer[4096];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = fd < 0 && errno != ENOENT ? -1 : 0;
    while (fd >= 0 && (got = read(fd, buffer, sizeof buffer)) > 0)
        fwrite(buffer, 1, (size_t)got, to);
    if (fd >= 0)
        close(fd);
    return got == 0;
}

/* All of them, one after the other; NULL: one cannot be read. */
static char *read_files(void)
{
    char *text = NULL;
    size_t size = 0;
    FILE *to = open_memstream(&text, &size);
    bool read = to != NULL;
    for (size_t i = 0; read && i < sizeof steady_files / sizeof *steady_files; i++)
        read = append_file(to, steady_files[i]);
    if (to != NULL)
        read = fclose(to) == 0 && read;
    if (read)
        return text;
    free(text);
    return NULL;
}

/* The file system of the queues, mounted nowhere: fsopen(2) since Linux 5.2. */
static int open_queues(void)
{
    int context = (int)syscall(SYS_fsopen, "mqueue", FSOPEN_CLOEXEC), mounted = -1;
    if (context < 0)
        return -1;
    if (syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) == 0)
        mounted = (int)syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC, 0);
    close(context);
    return mounted;
}

static bool no_queues(int queues)
{
    int fd = openat(queues, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    bool none = dir != NULL;
    if (dir == NULL && fd >= 0)
        close(fd);
    for (struct dirent *entry; none && (entry = readdir(dir)) != NULL;)
        none = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
    if (dir != NULL)
        closedir(dir);
    return none;
}

/* "TCP: inuse 0 orphan 0 tw 2 ...": connections that nobody has any more. */
static bool count_waiting(long *ret)
{
    char text[1024] = "";
    int fd = open("/proc/net/sockstat", O_RDONLY | O_CLOEXEC);
    ssize_t got = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
    if (fd >= 0)
        close(fd);
    text[got > 0 ? got : 0] = '\0';
    const char *waiting = strstr(text, " tw ");
    *ret = waiting == NULL ? 0 : strtol(waiting + strlen(" tw "), NULL, 10);
    return waiting != NULL;
}

/*
 * "TCP 2304 1 ...": sockets of a kind in this namespace. Not those that the harness asks the kernel by:
 * netlink(7) goes a while after it was closed. No process, no such socket.
 */
static bool count_sockets(long *ret)
{
    char line[256], name[32];
    FILE *file = fopen("/proc/net/protocols", "re");
    bool any = false;
    *ret = 0;
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        long size, count;
        if (sscanf(line, "%31s %ld %ld", name, &size, &count) != 3)
            continue;
        any = true;
        *ret += strcmp(name, "NETLINK") == 0 ? 0 : count;
    }
    if (file != NULL)
        fclose(file);
    return any;
}

/* Whether it can be told that there are so many and no more. */
static bool are_sockets(long wanted)
{
    long count, waiting;
    return count_waiting(&waiting) && waiting == 0 && count_sockets(&count) && count == wanted;
}

bool leftovers_begin(struct leftovers *ret)
{
    *ret = (struct leftovers){.files = read_files(), .queues = open_queues()};
    bool told = ret->files != NULL && ret->queues >= 0 && no_queues(ret->queues) &&
                count_sockets(&ret->sockets) && are_sockets(ret->sockets);
    ret->fds = proc_fd_count(getpid());
    return told && ret->fds > 0;
}

static int count_pids(const pid_t *pids)
{
    int count = 0;
    while (pids && pids[count])
        count++;
    return count;
}

static bool no_sockets(long wanted, bool (*destroy)(void))
{
    static const struct timespec moment = {.tv_nsec = NS_PER_MS / 10};
    int64_t until = clock_ns() + SOCKETS_LIMIT_NS;
    while (!are_sockets(wanted)) {
        if (clock_ns() >= until || !destroy())
            return false;
        if (!are_sockets(wanted))
            nanosleep(&moment, NULL);
    }
    return true;
}

/* One that does not end, or goes on making others, is for the end of the whole namespace. */
static bool no_processes(const pid_t *spared)
{
    static const struct timespec moment = {.tv_nsec = NS_PER_MS / 10};
    for (int round = 0; round < 100; round++) {
        if (!end_round(spared))
            return true;
        if (round > 0)
            nanosleep(&moment, NULL);
    }
    return false;
}

static bool same_files(const struct leftovers *before)
{
    char *now = read_files();
    bool same = now != NULL && strcmp(now, before->files) == 0;
    free(now);
    return same;
}

bool leftovers_clear(const struct leftovers *before, const pid_t *spared, const struct folder *folder)
{
    if (!no_processes(spared) || !folder_empty(folder))
        return false;
    int lines = count_pids(spared);
    return no_sockets(before->sockets + 2L * lines, sockdestroy_all) && same_files(before) &&
           no_queues(before->queues) && proc_fd_count(getpid()) == before->fds + lines;
}

long leftovers_sockets(void)
{
    long count;
    return count_sockets(&count) ? count : -1;
}

bool leftovers_steady(const struct leftovers *before, long sockets)
{
    return no_sockets(sockets, sockdestroy_closed) && same_files(before) && no_queues(before->queues);
}

void leftovers_end(struct leftovers *leftovers)
{
    free(leftovers->files);
    if (leftovers->queues >= 0)
        close(leftovers->queues);
    *leftovers = (struct leftovers){.queues = -1};
}
