/*
 * Calls that a machine short of something refuses: descriptors, processes, memory, address families, rights.
 * What can be seen of it: the errno, and that nothing was kept (the next descriptor has the number this one
 * would have had).
 */
#include "tests/conformance/machine.h"

#include <netinet/in.h>

/* The calls that make something: the variant says which. */
static int make_socket(void)
{
    return socket(AF_INET, SOCK_STREAM, 0);
}

static int make_local_socket(void)
{
    return socket(AF_UNIX, SOCK_STREAM, 0);
}

static int make_two(void)
{
    int pair[2];
    int made = socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
    if (made < 0)
        return made;
    close(pair[1]);
    return pair[0];
}

static int make_epoll(void)
{
    return epoll_create(1);
}

static int make_epoll1(void)
{
    return epoll_create1(EPOLL_CLOEXEC);
}

static int make_copy(void)
{
    return dup(STDOUT_FILENO);
}

static int make_copy_by_fcntl(void)
{
    return fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0);
}

static const struct maker {
    const char *variant;
    int (*make)(void);
    int numbers; /* that it takes */
} makers[] = {
    {"socket", make_socket, 1},       {"local", make_local_socket, 1}, {"socketpair", make_two, 2},
    {"epoll", make_epoll, 1},         {"epoll1", make_epoll1, 1},      {"dup", make_copy, 1},
    {"fcntl", make_copy_by_fcntl, 1},
};

static const struct maker *find_maker(const struct twin_run *run)
{
    for (size_t i = 0; i < sizeof makers / sizeof *makers; i++)
        if (strcmp(makers[i].variant, run->variant) == 0)
            return &makers[i];
    printf("# no such call: %s\n", run->variant);
    exit(CHECK_FAILED);
}

static int lowest_free(void)
{
    int fd;
    MUST(fd = fcntl(STDIN_FILENO, F_DUPFD, 0));
    close(fd);
    return fd;
}

/* What came of it, and whether the same call then works and gets the number it should. */
static void say_made(const struct maker *maker, int free_before, int made, int err)
{
    errno = err;
    twin_say(maker->variant, made < 0 ? made : 0);
    printf(" kept=%d", lowest_free() - free_before);
    made = maker->make();
    twin_say("then", made < 0 ? made : made - free_before);
    close(made);
    printf("\n");
}

/* One number fewer than it takes, twice. */
static void descriptors(const struct twin_run *run)
{
    const struct maker *maker = find_maker(run);
    for (int left = 0; left < maker->numbers; left++) {
        int free_before = lowest_free();
        if (run->real)
            machine_limit_descriptors(left);
        int made = maker->make(), err = errno;
        if (run->real)
            machine_limit_descriptors(-1);
        say_made(maker, free_before, made, err);
    }
}

/* Memory runs out. The errno depends on what is asked for just then: which one is meant stands in the event.
 */
static void make_without_memory(const struct twin_run *run, const char *group)
{
    const struct maker *maker = find_maker(run);
    int free_before = lowest_free(), made = -1, err = 0;
    const char *wanted = strchr(run->event, '+') + 1;
    struct machine_glut glut;
    machine_fill_memory(group, AF_UNIX, SOCK_STREAM, &glut);
    for (int i = 0; i < 1000 && glut.count >= 0; i++) {
        made = maker->make();
        err = errno;
        if (!group || (made < 0 && strcmp(strerrorname_np(err), wanted) == 0))
            break;
        if (made >= 0)
            glut.taken[glut.count++] = made;
        else
            machine_relax(&glut, false);
    }
    machine_relax(&glut, true);
    say_made(maker, free_before, made, err);
}

static void memory(const struct twin_run *run)
{
    machine_short_of_memory(run, make_without_memory);
}

static void say_socket(int made)
{
    twin_say("socket", made < 0 ? made : 0);
    made = socket(AF_INET, SOCK_STREAM, 0);
    twin_say("then", made);
    printf("\n");
}

/* A family that this kernel does not have, as IPv6 on others. */
static void family(const struct twin_run *run)
{
    say_socket(socket(run->real ? AF_MAX - 1 : AF_INET6, SOCK_STREAM, 0));
}

/* An unassigned number of a protocol. */
static void protocol(const struct twin_run *run)
{
    say_socket(socket(AF_INET, SOCK_STREAM, run->real ? 200 : IPPROTO_TCP));
}

/* Sockets for ping(8), which nobody may have in a new network (net.ipv4.ping_group_range). */
static void rights(const struct twin_run *run)
{
    if (run->real)
        twin_own_network();
    say_socket(socket(AF_INET, SOCK_DGRAM, run->real ? IPPROTO_ICMP : 0));
}

static void make_filtered(const struct twin_run *run, const char *group)
{
    (void)run;
    machine_refuse(group, BPF_PROG_TYPE_CGROUP_SOCK, BPF_CGROUP_INET_SOCK_CREATE);
    int made = socket(AF_INET, SOCK_STREAM, 0);
    twin_say("socket", made < 0 ? made : 0);
    made = socket(AF_UNIX, SOCK_STREAM, 0);
    twin_say("then", made);
    printf("\n");
}

static void filter(const struct twin_run *run)
{
    machine_with_filter(run, make_filtered);
}

/* What is made is ended at once; in the child nothing is said. */
static void say_fork(void)
{
    pid_t child = fork();
    if (child == 0)
        _exit(0);
    twin_say("fork", child < 0 ? -1 : 0);
    if (child > 0)
        waitpid(child, NULL, 0);
}

/* A user may have no more processes than there are. */
static void processes(const struct twin_run *run)
{
    struct rlimit before, none = {0, 0};
    MUST(getrlimit(RLIMIT_NPROC, &before));
    none.rlim_max = before.rlim_max;
    if (run->real) {
        machine_be_nobody();
        MUST(setrlimit(RLIMIT_NPROC, &none));
    }
    say_fork();
    if (run->real)
        MUST(setrlimit(RLIMIT_NPROC, &before));
    say_fork();
    twin_say("waitpid", waitpid(-1, NULL, WNOHANG));
    printf("\n");
}

/*
 * One mapping of more than there is of memory, put together from two: a fork would have to account for it as
 * a whole.
 */
static void process_memory(const struct twin_run *run)
{
    size_t size = (size_t)sysconf(_SC_PHYS_PAGES) / 10 * 7 * (size_t)sysconf(_SC_PAGESIZE);
    char *space = mmap(NULL, 2 * size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    for (int i = 0; run->real && i < 2; i++)
        if (space == MAP_FAILED || mmap(space + (size_t)i * size, size, PROT_READ | PROT_WRITE,
                                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
            twin_skip("memory is accounted for strictly here");
    say_fork();
    munmap(space, 2 * size);
    say_fork();
    twin_say("waitpid", waitpid(-1, NULL, WNOHANG));
    printf("\n");
}

TWIN_MAIN({"descriptors", descriptors}, {"memory", memory}, {"family", family}, {"protocol", protocol},
          {"rights", rights}, {"filter", filter}, {"processes", processes},
          {"process-memory", process_memory})
