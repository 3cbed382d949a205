#include "harness/run/slots.h"
#include "harness/clock.h"
#include "harness/run/watch/ending.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define FAREWELL_NS (3 * NS_PER_S)
/* Descriptors for all else: standard ones, reports, the lifeline, one folder being removed. */
#define DESCRIPTORS_SPARE 32
#define ANSWER_LIMIT      ((size_t)256 << 20)

/* A slot takes an answer's pipe and a folder; both ends of a pipe while it begins. */
static size_t slots_allowed(size_t wanted)
{
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) < 0)
        return wanted;
    rlim_t room = files.rlim_cur > DESCRIPTORS_SPARE + 2 ? (files.rlim_cur - DESCRIPTORS_SPARE) / 2 : 1;
    return wanted < room ? wanted : (size_t)room;
}

bool slots_begin(struct slots *slots, const struct run_options *options,
                 const struct experiment *const *experiments, size_t wanted, struct diag *diag)
{
    *slots = (struct slots){.guardians = {.options = options,
                                          .experiments = experiments,
                                          .isolation = &slots->isolation,
                                          .lifeline = {-1, -1}},
                            .keep = options->keep};
    if (!folder_base(slots->base, diag))
        return false;
    isolate_probe(&slots->isolation);
    softirq_find(&slots->guardians.softirq);
    folder_sweep(slots->base);
    if (pipe2(slots->guardians.lifeline, O_CLOEXEC) < 0) {
        diag_set(diag, STATUS_TROUBLE, "pipe: %s", strerror(errno));
        return false;
    }
    pid_t *children = end_children();
    while (children && children[slots->strangers])
        slots->strangers++;
    slots->count = slots_allowed(wanted);
    slots->items = calloc(slots->count + 1, sizeof *slots->items);
    slots->spared = realloc(children, (slots->strangers + slots->count + 1) * sizeof *slots->spared);
    if (!slots->items || !slots->spared) {
        diag_set(diag, STATUS_TROUBLE, "out of memory");
        return false;
    }
    if (!slots->isolation.processes)
        prctl(PR_SET_CHILD_SUBREAPER, 1);
    return true;
}

void slots_end(struct slots *slots)
{
    for (int i = 0; i < 2; i++)
        if (slots->guardians.lifeline[i] >= 0)
            close(slots->guardians.lifeline[i]);
    for (size_t i = 0; slots->items && i < slots->count; i++)
        free(slots->items[i].answer);
    free(slots->items);
    free(slots->spared);
}

static bool start_anew(struct slots *slots, struct slot *slot, const struct order *order, struct diag *diag)
{
    slot->folder.lock = -1;
    slot->alive = folder_make(slots->base, slots->keep, &slot->folder, diag) &&
                  guardian_start(&slots->guardians, order, &slot->folder, &slot->guardian, diag);
    if (!slot->alive)
        folder_remove(&slot->folder);
    return slot->alive;
}

bool slot_start(struct slots *slots, struct slot *slot, const struct order *order, struct diag *diag)
{
    slot->len = 0;
    return slot->alive ? guardian_tell(&slot->guardian, order) : start_anew(slots, slot, order, diag);
}

bool slot_read(struct slot *slot)
{
    if (slot->capacity - slot->len < 65536) {
        size_t capacity = slot->capacity ? 2 * slot->capacity : 131072;
        char *more = capacity <= ANSWER_LIMIT ? realloc(slot->answer, capacity) : NULL;
        if (!more)
            return false;
        slot->answer = more;
        slot->capacity = capacity;
    }
    ssize_t got = read(slot->guardian.answer, slot->answer + slot->len, slot->capacity - slot->len);
    if (got > 0)
        slot->len += (size_t)got;
    return (got > 0 && slot_answered(slot) == 0) || (got < 0 && errno == EINTR);
}

size_t slot_answered(const struct slot *slot)
{
    return guardian_answer(slot->answer, slot->len);
}

static int wait_for(pid_t pid)
{
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return status;
}

/* Without a PID namespace a guardian that died has left its processes to us (we are a subreaper). */
static void end_orphans(struct slots *slots)
{
    size_t count = slots->strangers;
    for (size_t i = 0; i < slots->count; i++)
        if (slots->items[i].alive)
            slots->spared[count++] = slots->items[i].guardian.pid;
    slots->spared[count] = 0;
    end_descendants(slots->spared);
}

int slot_clear(struct slots *slots, struct slot *slot)
{
    close(slot->guardian.answer);
    if (slot->guardian.orders >= 0)
        close(slot->guardian.orders);
    int status = wait_for(slot->guardian.pid);
    slot->alive = false;
    if (!slots->isolation.processes && status != 0)
        end_orphans(slots);
    if (slots->keep)
        folder_release(&slot->folder);
    else
        folder_remove(&slot->folder);
    return status;
}

void slots_abandon(struct slots *slots)
{
    int64_t until = clock_ns() + FAREWELL_NS;
    close(slots->guardians.lifeline[1]);
    slots->guardians.lifeline[1] = -1;
    for (size_t i = 0; i < slots->count; i++) {
        struct slot *slot = &slots->items[i];
        if (!slot->alive)
            continue;
        struct pollfd fd = {.fd = slot->guardian.answer, .events = POLLIN};
        while (!slots->isolation.processes && clock_ns() < until && poll(&fd, 1, clock_ms_until(until)) > 0 &&
               slot_read(slot))
            ;
        kill(slot->guardian.pid, SIGKILL);
    }
}

void slots_dismiss(struct slots *slots)
{
    for (size_t i = 0; i < slots->count; i++)
        if (slots->items[i].alive)
            shutdown(slots->items[i].guardian.orders, SHUT_RDWR);
}
