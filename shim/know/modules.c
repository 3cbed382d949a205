#include "shim/know/modules.h"
#include "shim/state.h"

#include <dlfcn.h>
#include <link.h>
#include <string.h>
#include <unistd.h>

#if __GLIBC_PREREQ(2, 35)
#pragma weak _dl_find_object /* the shim is loaded by an older one as well */
#endif

/* A place for one more, which counts once its `set` is written. NULL: the board is full. */
static struct board_module *take_module(uint64_t base, uint64_t end)
{
    uint32_t index = atomic_fetch_add(&shim.board->module_count, 1);
    if (index >= BOARD_MODULES)
        return NULL;
    struct board_module *module = &shim.board->modules[index];
    module->base = base;
    module->end = end;
    return module;
}

static void name_module(struct board_module *module, const char *path)
{
    strncpy(module->path, path, sizeof module->path - 1);
}

static int add_module(struct dl_phdr_info *info, size_t size, void *context)
{
    uint64_t end = 0;
    (void)size;
    (void)context;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
        if (segment->p_type == PT_LOAD && info->dlpi_addr + segment->p_vaddr + segment->p_memsz > end)
            end = info->dlpi_addr + segment->p_vaddr + segment->p_memsz;
    }
    struct board_module *module = take_module(info->dlpi_addr, end);
    if (!module)
        return 1;
    uint32_t set = modules_set();
    if (set > 0) {
        name_module(module, info->dlpi_name);
    } else { /* the executable comes first, without a name */
        set = (uint32_t)(module - shim.board->modules) + 1;
        if (readlink("/proc/self/exe", module->path, sizeof module->path - 1) < 0)
            module->path[0] = '\0';
        atomic_store(&shim.process->module_set, set);
    }
    atomic_store(&module->set, set);
    return 0;
}

void modules_note(void)
{
    dl_iterate_phdr(add_module, NULL);
}

uint32_t modules_set(void)
{
    return shim.process ? atomic_load(&shim.process->module_set) : 0;
}

void modules_meet(uint64_t address)
{
#if __GLIBC_PREREQ(2, 35)
    struct dl_find_object found;
    uint32_t set = modules_set();
    if (set == 0 || board_module_at(shim.board, set, address) || !_dl_find_object ||
        _dl_find_object((void *)(uintptr_t)address, &found) != 0)
        return;
    struct board_module *module =
        take_module(found.dlfo_link_map->l_addr, (uint64_t)(uintptr_t)found.dlfo_map_end);
    if (!module)
        return;
    name_module(module, found.dlfo_link_map->l_name);
    atomic_store(&module->set, set);
#else
    (void)address;
#endif
}
