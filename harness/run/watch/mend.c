#include "harness/run/watch/mend.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* A handler has nowhere else to put it. */
static volatile sig_atomic_t mended;

static void mend(int signal, siginfo_t *info, void *context)
{
    uintptr_t size = (uintptr_t)sysconf(_SC_PAGESIZE);
    void *page = (void *)((uintptr_t)info->si_addr & ~(size - 1));
    (void)context;
    mended = 1;
    if (info->si_code != BUS_ADRERR || mmap(page, size, PROT_READ | PROT_WRITE,
                                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED) {
        sigaction(signal, &(struct sigaction){.sa_handler = SIG_DFL}, NULL);
        raise(signal);
    }
}

void mend_begin(void)
{
    struct sigaction action = {.sa_sigaction = mend, .sa_flags = SA_SIGINFO | SA_RESTART};
    sigemptyset(&action.sa_mask);
    sigaction(SIGBUS, &action, NULL);
}

const char *mend_trouble(const struct board *board, const char *board_path)
{
    struct stat facts;
    struct statvfs space;
    if (stat(board_path, &facts) < 0)
        return NULL;
    if (facts.st_size != sizeof(struct board))
        return "the board's file was cut off while the programs ran";
    /* Of a full file system the programs may have died, though we have not. */
    bool whole = (size_t)facts.st_blocks * 512 >= sizeof(struct board);
    bool full = statvfs(board_path, &space) == 0 && space.f_blocks > 0 && space.f_bavail == 0;
    if (mended || (full && !whole))
        return "there was no space left where the board is";
    return board_valid(board, sizeof *board) ? NULL : "the board was written over while the programs ran";
}
