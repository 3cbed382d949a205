#include "harness/run/ground/isolate.h"

#include "harness/run/ground/loopback.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

void isolate_share_network(struct isolation *isolation)
{
    isolation->network = false;
    isolation->user = isolation->user && isolation->processes;
}

pid_t isolate_fork(const struct isolation *isolation)
{
    unsigned long flags = SIGCHLD;
    if (isolation->processes)
        flags |= CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWIPC;
    if (isolation->network)
        flags |= CLONE_NEWNET;
    if (isolation->user)
        flags |= CLONE_NEWUSER;
    return flags == SIGCHLD ? fork() : (pid_t)syscall(SYS_clone, flags, NULL, NULL, NULL, NULL);
}

static bool write_file(const char *path, const char *text, struct diag *diag)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    bool good = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
    if (!good)
        diag_set(diag, STATUS_TROUBLE, "%s: %s", path, strerror(errno));
    if (fd >= 0)
        close(fd);
    return good;
}

/* user_namespaces(7): one id each may be mapped without privilege, once setgroups is given up. */
static bool map_ids(uid_t uid, gid_t gid, struct diag *diag)
{
    char uids[64], gids[64];
    snprintf(uids, sizeof uids, "%u %u 1", (unsigned int)uid, (unsigned int)uid);
    snprintf(gids, sizeof gids, "%u %u 1", (unsigned int)gid, (unsigned int)gid);
    return write_file("/proc/self/setgroups", "deny", diag) && write_file("/proc/self/uid_map", uids, diag) &&
           write_file("/proc/self/gid_map", gids, diag);
}

static bool own_proc(struct diag *diag)
{
    if (mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) < 0) {
        diag_set(diag, STATUS_TROUBLE, "mounts cannot be made private: %s", strerror(errno));
        return false;
    }
    if (mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0) {
        diag_set(diag, STATUS_TROUBLE, "/proc cannot be mounted: %s", strerror(errno));
        return false;
    }
    return true;
}

/*
 * sock_diag(7) looks through the whole table of connections, which all namespaces share and which has
 * hundreds of thousands of buckets: 2 to 5 ms each time, and rest is looked for often (harness/quiet/).
 * Linux 6.1 and later give a namespace a small table of its own if the one it is made in says so; then it is
 * 0.02 ms. Where that cannot be said, nothing is lost but time.
 */
static void own_table(void)
{
    struct diag unsaid = {0};
    if (write_file("/proc/sys/net/ipv4/tcp_child_ehash_entries", "1024", &unsaid))
        unshare(CLONE_NEWNET);
}

bool isolate_enter(const struct isolation *isolation, uid_t uid, gid_t gid, struct diag *diag)
{
    if (isolation->user && !map_ids(uid, gid, diag))
        return false;
    if (isolation->processes && !own_proc(diag))
        return false;
    if (!isolation->network)
        return true;
    own_table();
    if (!loopback_up(diag))
        return false;
    loopback_quick();
    return true;
}

/* What the child of a trial tells, if anything: the text of its diag. */
static void try_in_child(const struct isolation *isolation, uid_t uid, gid_t gid, int tell)
{
    struct diag diag = {0};
    if (!isolate_enter(isolation, uid, gid, &diag) && write(tell, diag.text, strlen(diag.text)) < 0)
        _exit(2);
    _exit(diag_ok(&diag) ? 0 : 1);
}

/* Whether that much is allowed; if not, why. */
static bool allowed(const struct isolation *isolation, char *why, size_t size)
{
    int pipe_ends[2], status = -1;
    uid_t uid = geteuid();
    gid_t gid = getegid();
    if (pipe2(pipe_ends, O_CLOEXEC) < 0) {
        snprintf(why, size, "pipe: %s", strerror(errno));
        return false;
    }
    pid_t pid = isolate_fork(isolation);
    if (pid == 0)
        try_in_child(isolation, uid, gid, pipe_ends[1]);
    if (pid < 0)
        snprintf(why, size, "clone: %s", strerror(errno));
    close(pipe_ends[1]);
    ssize_t got = pid < 0 ? 0 : read(pipe_ends[0], why, size - 1);
    if (pid > 0)
        why[got > 0 ? got : 0] = '\0';
    close(pipe_ends[0]);
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return status == 0;
}

void isolate_probe(struct isolation *ret)
{
    /* All of it, as we are; all of it in a user namespace; then piece by piece. */
    static const struct isolation wishes[] = {
        {.processes = true, .network = true},
        {.processes = true, .network = true, .user = true},
        {.processes = true},
        {.network = true},
        {.processes = true, .user = true},
        {.network = true, .user = true},
    };
    char why[200] = "";
    *ret = (struct isolation){0};
    for (size_t i = 0; i < sizeof wishes / sizeof *wishes; i++) {
        char trouble[200] = "";
        if (allowed(&wishes[i], trouble, sizeof trouble)) {
            *ret = wishes[i];
            break;
        }
        if (!why[0] || wishes[i].user)
            memcpy(why, trouble, sizeof why);
    }
    if (!ret->processes)
        memcpy(ret->processes_why, why, sizeof why);
    if (!ret->network)
        memcpy(ret->network_why, why, sizeof why);
}
