#include "harness/quiet/seen.h"

#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

const struct board_thread *seen_thread(const struct board *board, pid_t pid, pid_t tid)
{
    uint32_t end = atomic_load(&board->threads_end);
    for (uint32_t i = 0; i < end && i < BOARD_THREADS; i++) {
        const struct board_thread *thread = &board->threads[i];
        if (atomic_load(&thread->tid) == tid && atomic_load(&thread->pid) == pid)
            return thread;
    }
    return NULL;
}

/* Where the kernel put the random bytes of that program: on its stack, at another place after each exec. */
static uint64_t image_of(pid_t pid)
{
    Elf64_auxv_t auxv[64];
    char path[64];
    uint64_t image = 0;
    snprintf(path, sizeof path, "/proc/%d/auxv", (int)pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = fd < 0 ? 0 : read(fd, auxv, sizeof auxv);
    if (fd >= 0)
        close(fd);
    for (size_t i = 0; got > 0 && i < (size_t)got / sizeof *auxv && !image; i++)
        if (auxv[i].a_type == AT_RANDOM)
            image = auxv[i].a_un.a_val;
    return image;
}

bool seen_process(const struct board *board, pid_t pid)
{
    for (int i = 0; i < BOARD_PROCESSES; i++) {
        const struct board_process *process = &board->processes[i];
        uint32_t state = atomic_load(&process->state);
        if (state == BOARD_PROCESS_FREE)
            return false;
        if ((state == BOARD_PROCESS_HELLO || state == BOARD_PROCESS_PEER) &&
            atomic_load(&process->pid) == pid)
            return atomic_load(&process->image) == image_of(pid);
    }
    return false;
}
