/*
 * What a twin does to the machine to bring an event about for real: routes in a network of its own, a control
 * group that refuses, one that is short of memory, limits, a user without rights. All of it ends with the
 * program; where the machine does not allow it, the twin is skipped with that reason. No program uses all of
 * them.
 */
#ifndef SOCKFAULT_TESTS_CONFORMANCE_MACHINE_H
#define SOCKFAULT_TESTS_CONFORMANCE_MACHINE_H

#include "tests/conformance/twin.h"

#include <linux/bpf.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define MACHINE __attribute__((unused)) static

/* ip(8) with those arguments, in the network of this program. */
MACHINE void machine_ip(const char *arguments)
{
    char command[256];
    snprintf(command, sizeof command, "ip %s", arguments);
    fflush(stdout);
    if (system(command) != 0)
        twin_skip("no ip(8) that may change a network of its own");
}

/* Writes a word to a file below /proc or of a control group. */
MACHINE bool machine_write(const char *folder, const char *file, const char *word)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, file);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    bool written = fd >= 0 && write(fd, word, strlen(word)) == (ssize_t)strlen(word);
    if (fd >= 0)
        close(fd);
    return written;
}

/*
 * Lowers RLIMIT_NOFILE so that `left` more descriptors can be made; -1 sets it back. The numbers from the
 * lowest free one on must be free.
 */
MACHINE void machine_limit_descriptors(int left)
{
    static struct rlimit before;
    struct rlimit now;
    int next;
    if (left < 0) {
        MUST(setrlimit(RLIMIT_NOFILE, &before));
        return;
    }
    MUST(getrlimit(RLIMIT_NOFILE, &before));
    MUST(next = dup(STDIN_FILENO));
    close(next);
    now = before;
    now.rlim_cur = (rlim_t)(next + left);
    MUST(setrlimit(RLIMIT_NOFILE, &now));
}

enum { NOBODY = 65534 };

/* Whether somebody without rights is to be had: root can become nobody, if there is such a user here. */
MACHINE void machine_need_nobody(void)
{
    if (geteuid() != 0)
        return;
    if (seteuid(NOBODY) < 0)
        twin_skip("no other user to become");
    MUST(seteuid(0));
}

/* From here on this process is nobody. */
MACHINE void machine_be_nobody(void)
{
    if (geteuid() == 0 && (setresgid(NOBODY, NOBODY, NOBODY) < 0 || setresuid(NOBODY, NOBODY, NOBODY) < 0))
        twin_skip("no other user to become");
}

typedef void machine_act(const struct twin_run *run, const char *group);

/* A folder with the control groups of that kind mounted on it, in mounts of this process's own. */
static void machine_mount_groups(char folder[], const char *type, const char *options)
{
    if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
        twin_skip("no mounts of its own here");
    MUST(mkdtemp(folder) ? 0 : -1);
    if (mount("none", folder, type, 0, options) < 0) {
        rmdir(folder);
        twin_skip("no control groups of that version here");
    }
}

/*
 * This process stays where it is. Each processor keeps some memory for the group that took from it there
 * last, and gives it back some time after the group has met its limit: whoever moves leaves some behind, and
 * there is memory again when all of it was taken.
 */
static void machine_stay(void)
{
    cpu_set_t here;
    CPU_ZERO(&here);
    CPU_SET(sched_getcpu(), &here);
    MUST(sched_setaffinity(0, sizeof here, &here));
}

/* In the child: joins the group and acts. */
__attribute__((noreturn)) static void machine_join(const struct twin_run *run, const char *group,
                                                   machine_act *act)
{
    char self[16];
    machine_stay();
    snprintf(self, sizeof self, "%d", getpid());
    if (!machine_write(group, "cgroup.procs", self))
        twin_skip("no control group can be joined here");
    act(run, group);
    end_child();
}

/* Acts in a child that is in a control group of its own, a folder; the group is gone afterwards. */
static void machine_in_group(const struct twin_run *run, const char *type, const char *options,
                             machine_act *act)
{
    char folder[] = "/tmp/sockfault-groups-XXXXXX", group[64];
    int status = 0;
    machine_mount_groups(folder, type, options);
    snprintf(group, sizeof group, "%s/sockfault-%d", folder, getpid());
    if (mkdir(group, 0755) == 0) {
        fflush(stdout);
        pid_t child = fork();
        if (child == 0)
            machine_join(run, group, act);
        MUST(waitpid(child, &status, 0));
        for (int i = 0; rmdir(group) < 0 && errno == EBUSY && i < 100; i++)
            usleep(10000); /* what the child left is still being taken down */
    } else {
        printf("# no control group can be made here\n");
        status = TWIN_SKIPPED << 8;
    }
    umount2(folder, MNT_DETACH);
    rmdir(folder);
    fflush(stdout);
    if (status != 0)
        exit(WIFEXITED(status) ? WEXITSTATUS(status) : CHECK_FAILED);
}

/* For real in a control group where machine_refuse works; injected without one. */
MACHINE void machine_with_filter(const struct twin_run *run, machine_act *act)
{
    if (run->real)
        machine_in_group(run, "cgroup2", "", act);
    else
        act(run, NULL);
}

/* From here on the group's sockets get EPERM at that hook. `group` NULL: nothing is done. */
MACHINE void machine_refuse(const char *group, enum bpf_prog_type type, enum bpf_attach_type hook)
{
    const struct bpf_insn refuse[] = {
        {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 0},
        {.code = BPF_JMP | BPF_EXIT},
    };
    union bpf_attr program = {.prog_type = type,
                              .insns = (uint64_t)(uintptr_t)refuse,
                              .insn_cnt = 2,
                              .license = (uint64_t)(uintptr_t) "",
                              .expected_attach_type = hook};
    union bpf_attr attach = {.attach_type = hook};
    if (!group)
        return;
    int folder = open(group, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int loaded = (int)syscall(SYS_bpf, BPF_PROG_LOAD, &program, sizeof program);
    attach.target_fd = (uint32_t)folder;
    attach.attach_bpf_fd = (uint32_t)loaded;
    if (folder < 0 || loaded < 0 || syscall(SYS_bpf, BPF_PROG_ATTACH, &attach, sizeof attach) < 0)
        twin_skip("no filter of a control group can be set here");
    close(loaded);
    close(folder);
}

/* Sockets that keep memory taken, and what can be given back of it. */
struct machine_glut {
    int *taken, count;
};
enum { MACHINE_GLUT = 20000, MACHINE_GLUT_BYTES = 64 * 1024 };

/* In a control group with 6 MB of memory, at whose limit calls fail and nothing is killed. */
static void machine_limit_memory(const char *group)
{
    struct rlimit many = {MACHINE_GLUT, MACHINE_GLUT};
    if (!machine_write(group, "memory.limit_in_bytes", "6M") ||
        !machine_write(group, "memory.oom_control", "1"))
        twin_skip("no limit of memory can be set here");
    if (setrlimit(RLIMIT_NOFILE, &many) < 0)
        twin_skip("no 20000 descriptors here");
}

/*
 * Takes all the memory there is with sockets of that kind. Whatever this process is to write to until
 * machine_relax must be there by then, or it would wait for ever at the limit: all of it is locked in here.
 */
MACHINE void machine_fill_memory(const char *group, int domain, int type, struct machine_glut *glut)
{
    static int taken[MACHINE_GLUT];
    static char said[MACHINE_GLUT_BYTES];
    *glut = (struct machine_glut){.taken = taken};
    if (!group)
        return;
    setvbuf(stdout, said, _IOFBF, sizeof said);
    memset(said, 0, sizeof said);
    memset(taken, 0, sizeof taken);
    machine_limit_memory(group);
    MUST(mlockall(MCL_CURRENT));
    while (glut->count < MACHINE_GLUT && (taken[glut->count] = socket(domain, type, 0)) >= 0)
        glut->count++;
    if (glut->count == MACHINE_GLUT || (errno != ENOMEM && errno != ENOBUFS && errno != ENFILE))
        twin_skip("the limit of memory does not hold for sockets here");
}

/* Gives back all memory (or what one socket takes). */
MACHINE void machine_relax(struct machine_glut *glut, bool all)
{
    while (glut->count > 0) {
        close(glut->taken[--glut->count]);
        if (!all)
            return;
    }
}

/* For real in a group in which machine_fill_memory works; injected without one. */
MACHINE void machine_short_of_memory(const struct twin_run *run, machine_act *act)
{
    if (run->real)
        machine_in_group(run, "cgroup", "memory", act);
    else
        act(run, NULL);
}

#endif
