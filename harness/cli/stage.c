#include "harness/aim/aim.h"
#include "harness/cli/wrap.h"
#include "harness/clock.h"
#include "harness/run/start/preload.h"
#include "harness/run/watch/mend.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* A file of zeros as large as a board, mapped. NULL with *diag. */
static struct board *map_board(const char *path, struct diag *diag)
{
    struct board *board = MAP_FAILED;
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd >= 0 && ftruncate(fd, sizeof *board) == 0)
        board = mmap(NULL, sizeof *board, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (board == MAP_FAILED)
        diag_set(diag, STATUS_TROUBLE, "%s: the board cannot be made: %m", path);
    if (fd >= 0)
        close(fd);
    return board == MAP_FAILED ? NULL : board;
}

bool stage_open(struct stage *stage, const struct rule *rules, uint32_t rule_count, uint64_t seed,
                uint32_t flags, struct diag *diag)
{
    char base[PATH_MAX];
    struct stage made = {.folder.lock = -1};
    if (!folder_base(base, diag) || !folder_make(base, false, &made.folder, diag))
        return false;
    snprintf(made.board_path, sizeof made.board_path, "%s/board", made.folder.path);
    made.board = map_board(made.board_path, diag);
    if (made.board == NULL) {
        folder_remove(&made.folder);
        return false;
    }
    mend_begin();
    board_init(made.board, rules, rule_count, seed, flags, clock_ns());
    aim_regexes(made.board, 0, rules, rule_count);
    *stage = made;
    return true;
}

void stage_close(struct stage *stage)
{
    if (stage->board == NULL)
        return;
    munmap(stage->board, sizeof *stage->board);
    stage->board = NULL;
    folder_remove(&stage->folder);
}

bool stage_enter(const struct stage *stage, const char *shim, const struct program *program)
{
    static const char *const ours[] = {"SOCKFAULT", "SOCKFAULT_TRACE", "SOCKFAULT_SEED", "SOCKFAULT_PROCESS"};
    const char *before = getenv("LD_PRELOAD");
    bool sanitized = program->sanitizer[0] != '\0', more = before != NULL && *before != '\0';
    char *preload = NULL, link[PRELOAD_NAME_MAX];
    shim = preload_name(stage->folder.path, shim, link);
    if (shim == NULL)
        return false;
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
        unsetenv(ours[i]);
    if (asprintf(&preload, "%s%s%s%s%s", program->sanitizer, sanitized ? ":" : "", shim, more ? ":" : "",
                 more ? before : "") < 0)
        return false;
    bool set = setenv("LD_PRELOAD", preload, 1) == 0 && setenv("SOCKFAULT_BOARD", stage->board_path, 1) == 0;
    free(preload);
    return set;
}

bool stage_heard(const struct stage *stage)
{
    for (size_t i = 0; i < BOARD_PROCESSES; i++) {
        uint32_t state = atomic_load(&stage->board->processes[i].state);
        if (state == BOARD_PROCESS_HELLO || state == BOARD_PROCESS_GONE)
            return true;
    }
    return false;
}
