/* sockfault doctor: what this machine allows, and what is lost where it does not. */
#include "harness/cli/wrap.h"
#include "harness/quiet/able.h"
#include "harness/run/ground/isolate.h"

#include <dirent.h>
#include <gnu/libc-version.h>
#include <linux/filter.h>
#include <linux/magic.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>

/* ok: there. no: not there, and what that costs. --: a fact, or something less. */
static void line(const char *mark, const char *what, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void line(const char *mark, const char *what, const char *format, ...)
{
    va_list arguments;
    printf("%-3s %-18s ", mark, what);
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    putchar('\n');
}

/* The first line of a file, or "". */
static const char *first_line(const char *path, char *text, size_t size)
{
    FILE *file = fopen(path, "re");
    if (file == NULL || fgets(text, (int)size, file) == NULL)
        text[0] = '\0';
    if (file != NULL)
        fclose(file);
    text[strcspn(text, "\n")] = '\0';
    return text;
}

/* Really starts a program with the shim. false with *diag. */
static bool try_preload(const char *shim, struct diag *diag)
{
    char sh[] = "sh", option[] = "-c", nothing[] = ":";
    char *arguments[] = {sh, option, nothing, NULL};
    struct program program;
    static const struct rule none;
    struct stage stage = {0};
    struct child child;
    const char *failed;
    if (!program_find("sh", "/", NULL, NULL, &program, diag))
        return false;
    if (program_obstacle(&program) != NULL)
        diag_set(diag, STATUS_TROUBLE, "%s: %s", program.path, program_obstacle(&program));
    if (!diag_ok(diag) || !stage_open(&stage, &none, 0, 1, 0, diag))
        return false;
    int error = child_start(&child, &stage, shim, &program, arguments, &failed);
    if (error != 0) {
        diag_set(diag, STATUS_TROUBLE, "%s: %s: %s", program.path, failed, strerror(error));
    } else {
        child_wait(&child);
        child_end(&child);
        if (!stage_heard(&stage))
            diag_set(diag, STATUS_TROUBLE, "%s ran, but %s did not say hello from inside", program.path,
                     shim);
    }
    stage_close(&stage);
    return diag_ok(diag);
}

static bool tell_preload(void)
{
    struct installation installation;
    struct diag diag = {0};
    if (installation_find(&installation, &diag) && try_preload(installation.shim, &diag)) {
        line("ok", "preloading", "%s", installation.shim);
        return true;
    }
    line("no", "preloading", "nothing can be done without it: %s", diag.text);
    return false;
}

static void tell_namespaces(void)
{
    struct isolation isolation;
    isolate_probe(&isolation);
    const char *how = isolation.user ? "in a user namespace" : "allowed";
    if (isolation.processes)
        line("ok", "PID namespace", "%s: an experiment's end ends all its processes", how);
    else
        line("no", "PID namespace", "%s: what leaves its session is looked for and may be missed",
             isolation.processes_why);
    if (isolation.network)
        line("ok", "network namespace", "%s: every port is free in every experiment", how);
    else
        line("no", "network namespace", "%s: ports are shared with the machine, and hard-coded ones collide",
             isolation.network_why);
}

static void tell_ptrace(void)
{
    static const char *const scopes[] = {"any process of one's own", "descendants alone", "root alone",
                                         "nobody"};
    char text[32];
    int scope = atoi(first_line("/proc/sys/kernel/yama/ptrace_scope", text, sizeof text));
    if (scope >= 0 && scope < 4)
        line(scope < 2 ? "ok" : "--", "ptrace", "%s: debuggers and pidfd_getfd", scopes[scope]);
}

static void tell_rest(void)
{
    const char *lacks = quiet_lacks();
    if (lacks == NULL)
        line("ok", "rest", "can be told: hangs are proven, and virtual time goes on at once");
    else
        line("no", "rest", "%s: a hang takes its timeout, and all time is real", lacks);
}

static void tell_board(void)
{
    char base[PATH_MAX];
    struct statfs filesystem;
    struct diag diag = {0};
    if (!folder_base(base, &diag))
        line("no", "private folders", "%s", diag.text);
    else if (statfs(base, &filesystem) == 0 && filesystem.f_type == TMPFS_MAGIC)
        line("ok", "private folders", "in %s, in memory", base);
    else
        line("--", "private folders", "in %s, not in memory: the board may be written to a disk", base);
}

static void tell_limits(void)
{
    struct rlimit files, core;
    char pattern[256];
    if (getrlimit(RLIMIT_NOFILE, &files) == 0)
        line(files.rlim_cur >= 1024 ? "ok" : "--", "open files", "%llu, can be raised to %llu",
             (unsigned long long)files.rlim_cur, (unsigned long long)files.rlim_max);
    first_line("/proc/sys/kernel/core_pattern", pattern, sizeof pattern);
    if (getrlimit(RLIMIT_CORE, &core) == 0)
        line("--", "core files", "%s, pattern '%s'%s", core.rlim_cur == 0 ? "off" : "on", pattern,
             pattern[0] == '|' ? ": a program runs at each crash, which takes time" : "");
}

static void tell_machine(void)
{
    struct utsname name;
    cpu_set_t set;
    int cores = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
    if (uname(&name) == 0)
        line("--", "system", "%s %s %s, glibc %s", name.sysname, name.release, name.machine,
             gnu_get_libc_version());
    line("--", "cores", "%d: %d experiments at once, unless --jobs says otherwise", cores, 2 * cores);
}

static void tell_ipv6(void)
{
    struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof address) == 0)
        line("ok", "IPv6 loopback", "::1");
    else
        line("no", "IPv6 loopback", "%m: scenarios over ::1 cannot hold here");
    if (fd >= 0)
        close(fd);
}

/* socket(7): no privilege is needed, but some kernels want one. */
static void tell_filters(void)
{
    struct sock_filter keep_nothing = {BPF_RET | BPF_K, 0, 0, 0};
    struct sock_fprog filter = {1, &keep_nothing};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter) == 0)
        line("ok", "socket filters", "SO_ATTACH_FILTER: connections can fall silent");
    else
        line("no", "socket filters", "SO_ATTACH_FILTER: %m: silence is refused in programs of this user");
    if (fd >= 0)
        close(fd);
}

static int visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static void tell_third_party(void)
{
    struct installation installation = {0};
    struct diag diag = {0};
    struct dirent **entries = NULL;
    char path[PATH_MAX + 8];
    if (installation_find(&installation, &diag) && installation.third_party[0] != '\0')
        snprintf(path, sizeof path, "%s/bin", installation.third_party);
    else
        path[0] = '\0';
    int count = path[0] == '\0' ? 0 : scandir(path, &entries, visible, alphasort);
    if (count <= 0) {
        line("--", "third-party",
             "none beside sockfault: what is not in PATH is skipped by the scenarios that need it");
        return;
    }
    printf("%-3s %-18s", "ok", "third-party");
    for (int i = 0; i < count; i++) {
        printf(" %s", entries[i]->d_name);
        free(entries[i]);
    }
    putchar('\n');
    free(entries);
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    if (key != ARGP_KEY_ARG)
        return ARGP_ERR_UNKNOWN;
    argp_error(state, "got '%s', expected no argument", argument);
    return EINVAL;
}

enum status command_doctor(int argc, char **argv)
{
    static const struct argp argp = {
        NULL,
        parse,
        "",
        "Say what this machine allows, a line each: ok, no (and what that costs), or -- (good to know).\v"
        "Exit status: 0; 3 when the shim cannot be preloaded.",
        NULL,
        NULL,
        NULL,
    };
    enum cli_next next = cli_parse(&argp, 0, argc, argv, NULL);
    if (next != CLI_GO_ON)
        return next == CLI_HELPED ? STATUS_HELD : STATUS_USAGE;
    bool preload = tell_preload();
    tell_namespaces();
    tell_ptrace();
    tell_rest();
    tell_board();
    tell_limits();
    tell_ipv6();
    tell_filters();
    tell_machine();
    tell_third_party();
    return preload ? STATUS_HELD : STATUS_TROUBLE;
}
