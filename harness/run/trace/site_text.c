#include "harness/run/trace/site_text.h"

#include <string.h>

void site_module_path(const struct board_module *module, char ret[BOARD_MODULE_PATH])
{
    memcpy(ret, module->path, BOARD_MODULE_PATH);
    ret[BOARD_MODULE_PATH - 1] = '\0';
}

char *site_text_in(const struct board *board, struct sites *sites, uint32_t set, uint64_t address)
{
    char path[BOARD_MODULE_PATH];
    const struct board_module *module = sites && address ? board_module_at(board, set, address) : NULL;
    if (!module)
        return NULL;
    site_module_path(module, path);
    return path[0] ? sites_text(sites, path, address - module->base) : NULL;
}

/* Only the process's own set counts, others have the same addresses for other things. */
static uint32_t set_of(const struct board *board, pid_t pid)
{
    for (uint32_t i = 0; i < BOARD_PROCESSES; i++) {
        const struct board_process *process = &board->processes[i];
        if (atomic_load(&process->state) == BOARD_PROCESS_FREE)
            return 0;
        if (atomic_load(&process->pid) == pid)
            return atomic_load(&process->module_set);
    }
    return 0;
}

char *site_text(const struct board *board, struct sites *sites, pid_t pid, uint64_t address)
{
    return site_text_in(board, sites, set_of(board, pid), address);
}
