#include "harness/run/lasting/stood.h"

#include "harness/procfs.h"
#include "harness/run/lasting/leftovers.h"
#include "harness/run/lasting/zygotes.h"
#include "shim/model/hash.h"

#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PROCESSES_MAX = 64, FOLDERS_OPEN = 8, HASHED_MOST = 1 << 20 };

struct lister {
    const pid_t *zygotes;
    pid_t self;
    struct stood_process *items; /* PROCESSES_MAX of them */
    size_t count;
    bool full;
};

static void list_one(void *context, int pid)
{
    struct lister *lister = context;
    if (pid == lister->self || proc_among(lister->zygotes, pid))
        return;
    lister->full = lister->count == PROCESSES_MAX;
    if (!lister->full)
        lister->items[lister->count++] = (struct stood_process){pid, proc_fd_count(pid)};
}

/* All that there are but ourselves and zygotes; false: that cannot be told. */
static bool list_processes(const struct run *run, struct stood_process *ret, size_t *ret_count)
{
    struct lister lister = {.zygotes = zygotes_pids(run->guard->zygotes), .self = getpid(), .items = ret};
    bool listed = proc_each_number("/proc", list_one, &lister) && !lister.full;
    *ret_count = lister.count;
    return listed;
}

/* nftw(3) hands nothing on to its function. */
static FILE *listing;

/* A hash of how a file begins; 0: it cannot be read. Its time alone does not tell: two changes may come in
 * one tick of the kernel's clock, and what is written by way of a mapping may leave it as it was. */
static uint64_t hash_file(const char *path)
{
    static unsigned char bytes[HASHED_MOST];
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    ssize_t got = fd < 0 ? -1 : read(fd, bytes, sizeof bytes);
    if (fd >= 0)
        close(fd);
    return got < 0 ? 0 : hash_bytes(bytes, (size_t)got);
}

static int list_file(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)type;
    if (at->level > 0)
        fprintf(listing, "%s %o %lld %lld.%09ld %" PRIx64 "\n", path, st->st_mode, (long long)st->st_size,
                (long long)st->st_mtim.tv_sec, st->st_mtim.tv_nsec,
                S_ISREG(st->st_mode) ? hash_file(path) : 0);
    return 0;
}

static char *list_folder(const char *path)
{
    char *text = NULL;
    size_t size = 0;
    listing = open_memstream(&text, &size);
    bool listed = listing && nftw(path, list_file, FOLDERS_OPEN, FTW_PHYS) == 0;
    if (listing)
        listed = fclose(listing) == 0 && listed;
    if (listed)
        return text;
    free(text);
    return NULL;
}

/* Of the lines to zygotes. */
static long line_sockets(const struct run *run)
{
    long count = 0;
    for (const pid_t *zygote = zygotes_pids(run->guard->zygotes); *zygote; zygote++)
        count += 2;
    return count;
}

static char *copy_bytes(const struct stream *stream)
{
    char *copy = malloc(stream->len + 1);
    if (copy && stream->len > 0)
        memcpy(copy, stream->data, stream->len);
    if (copy)
        copy[stream->len] = '\0';
    return copy;
}

static bool take_service(const struct instance *instance, struct stood_service *ret)
{
    *ret = (struct stood_service){.command = instance->command ? strdup(instance->command) : NULL,
                                  .out = copy_bytes(&instance->out),
                                  .err = copy_bytes(&instance->err),
                                  .out_len = instance->out.len,
                                  .err_len = instance->err.len};
    return ret->command && ret->out && ret->err;
}

static bool take_services(const struct run *run, struct stood *ret)
{
    ret->services = calloc(run->count + 1, sizeof *ret->services);
    bool taken = ret->services != NULL;
    for (size_t i = 0; taken && i < run->count; i++)
        if (run->instances[i].process->service)
            taken = take_service(&run->instances[i], &ret->services[i]);
    ret->service_count = ret->services ? run->count : 0;
    return taken;
}

static bool take_all(const struct run *run, struct stood *ret)
{
    ret->processes = calloc(PROCESSES_MAX, sizeof *ret->processes);
    ret->folder = list_folder(run->dir);
    ret->sockets = leftovers_sockets() - line_sockets(run);
    return ret->processes && ret->folder && ret->sockets >= 0 && take_services(run, ret) &&
           list_processes(run, ret->processes, &ret->process_count) &&
           board_mark_take(run->board, &ret->board);
}

struct stood *stood_take(const struct run *run)
{
    struct stood *stood = calloc(1, sizeof *stood);
    if (!stood || take_all(run, stood))
        return stood;
    stood_free(stood);
    return NULL;
}

void stood_free(struct stood *stood)
{
    if (!stood)
        return;
    for (size_t i = 0; i < stood->service_count; i++) {
        free(stood->services[i].command);
        free(stood->services[i].out);
        free(stood->services[i].err);
    }
    free(stood->services);
    free(stood->processes);
    free(stood->folder);
    board_mark_free(&stood->board);
    free(stood);
}

static bool same_processes(const struct stood *stood, const struct run *run)
{
    struct stood_process now[PROCESSES_MAX];
    size_t count;
    bool same = list_processes(run, now, &count) && count == stood->process_count;
    for (size_t i = 0; same && i < count; i++)
        same = now[i].pid == stood->processes[i].pid && now[i].fds == stood->processes[i].fds;
    return same;
}

static bool same_folder(const struct stood *stood, const struct run *run)
{
    char *now = list_folder(run->dir);
    bool same = now && strcmp(now, stood->folder) == 0;
    free(now);
    return same;
}

bool stood_again(const struct stood *stood, const struct run *run, const struct leftovers *before)
{
    return board_unchanged(run->board, &stood->board) && same_processes(stood, run) &&
           same_folder(stood, run) && leftovers_steady(before, stood->sockets + line_sockets(run));
}

bool stood_has(const struct stood *stood, pid_t pid)
{
    for (size_t i = 0; i < stood->process_count; i++)
        if (stood->processes[i].pid == pid)
            return true;
    return false;
}
