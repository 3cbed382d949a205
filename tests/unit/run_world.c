#include "tests/unit/run_world.h"

#include "harness/clock.h"
#include "tests/unit/scenario_text.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATIENCE_NS (10 * NS_PER_S)

void run_world_begin(struct run_world *world)
{
    static char shim[PATH_MAX + 32];
    *world = (struct run_world){.base = "/tmp/sockfault-unit-XXXXXX"};
    cr_assert_not_null(mkdtemp(world->base));
    cr_assert_not_null(getcwd(world->root, sizeof world->root));
    setenv("XDG_RUNTIME_DIR", world->base, 1);
    snprintf(world->fifo, sizeof world->fifo, "%s.fifo", world->base);
    cr_assert_eq(mkfifo(world->fifo, 0666), 0);
    world->reader = open(world->fifo, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    snprintf(shim, sizeof shim, "%s/build/libsockfault.so", world->root);
    world->options = (struct run_options){
        .timeout_ns = 10 * NS_PER_S, .seed = 1, .jobs = 2, .repeat = 1, .shim = shim, .root = world->root};
}

void run_world_end(struct run_world *world)
{
    close(world->reader);
    unlink(world->fifo);
    cr_expect_eq(rmdir(world->base), 0, "%s has something in it", world->base);
}

static bool write_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY);
    bool good = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
    if (fd >= 0)
        close(fd);
    return good;
}

void run_world_forbid_namespaces(void)
{
    char uids[64], gids[64];
    snprintf(uids, sizeof uids, "%u %u 1", (unsigned int)getuid(), (unsigned int)getuid());
    snprintf(gids, sizeof gids, "%u %u 1", (unsigned int)getgid(), (unsigned int)getgid());
    /* Where this is refused namespaces are refused anyway. In a user namespace of our own we may lower its
     * limits. */
    if (unshare(CLONE_NEWUSER) < 0)
        return;
    cr_assert(write_file("/proc/self/setgroups", "deny"));
    cr_assert(write_file("/proc/self/uid_map", uids) && write_file("/proc/self/gid_map", gids));
    cr_assert(write_file("/proc/sys/user/max_pid_namespaces", "0"));
    cr_assert(write_file("/proc/sys/user/max_net_namespaces", "0"));
    cr_assert(write_file("/proc/sys/user/max_user_namespaces", "0"));
}

char *run_world_text(const struct run_world *world, const char *text)
{
    char *whole = NULL;
    size_t size;
    FILE *to = open_memstream(&whole, &size);
    for (const char *mark; (mark = strstr(text, "@FIFO@")); text = mark + 6)
        fprintf(to, "%.*s%s", (int)(mark - text), text, world->fifo);
    fputs(text, to);
    fclose(to);
    return whole;
}

struct result run_world_run(const struct run_world *world, const char *text)
{
    char *whole = run_world_text(world, text);
    struct scenario_set set = scenario_good(whole);
    struct result result;
    experiment_run(scenario_only(&set), &world->options, &result);
    scenario_set_free(&set);
    free(whole);
    return result;
}

void run_world_await_line(const struct run_world *world)
{
    struct pollfd fd = {.fd = world->reader, .events = POLLIN};
    char line[64];
    cr_assert_eq(poll(&fd, 1, (int)(PATIENCE_NS / NS_PER_MS)), 1);
    cr_assert_gt(read(world->reader, line, sizeof line), 0);
}

bool run_world_fifo_closed(const struct run_world *world)
{
    int64_t until = clock_ns() + PATIENCE_NS;
    char rest[64];
    ssize_t got;
    while ((got = read(world->reader, rest, sizeof rest)) != 0 && clock_ns() < until)
        if (got < 0)
            poll(NULL, 0, 2);
    return got == 0;
}

static int entries(const char *path)
{
    int count = 0;
    DIR *dir = opendir(path);
    for (struct dirent *entry; dir && (entry = readdir(dir));)
        count += entry->d_name[0] != '.';
    closedir(dir);
    return count;
}

bool run_world_empty(const struct run_world *world)
{
    int64_t until = clock_ns() + PATIENCE_NS;
    while (entries(world->base) > 0 && clock_ns() < until)
        poll(NULL, 0, 2);
    return entries(world->base) == 0;
}
