#include "harness/run/site_text.h"

#include <string.h>

/* The module the address is in: only the process's own list counts, others have the same addresses for other
 * things. */
static const struct board_module *module_of(const struct board *board, pid_t pid, uint64_t address)
{
    for (uint32_t i = 0; i < BOARD_PROCESSES; i++) {
        const struct board_process *process = &board->processes[i];
        if (atomic_load(&process->state) == BOARD_PROCESS_FREE)
            return NULL;
        if (atomic_load(&process->pid) != pid)
            continue;
        uint32_t first = atomic_load(&process->module_first), count = atomic_load(&process->module_count);
        for (uint32_t k = first; k < BOARD_MODULES && k - first < count; k++)
            if (address >= board->modules[k].base && address < board->modules[k].end)
                return &board->modules[k];
    }
    return NULL;
}

char *site_text(const struct board *board, struct sites *sites, pid_t pid, uint64_t address)
{
    char path[BOARD_MODULE_PATH];
    const struct board_module *module = sites && address ? module_of(board, pid, address) : NULL;
    if (!module)
        return NULL;
    memcpy(path, module->path, sizeof path);
    path[sizeof path - 1] = '\0';
    return path[0] ? sites_text(sites, path, address - module->base) : NULL;
}
