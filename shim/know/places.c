#include "shim/know/places.h"
#include "shim/model/hash.h"
#include "shim/state.h"

#include <string.h>

static uint64_t name_hash(const struct board_module *module)
{
    const char *base = strrchr(module->path, '/');
    base = base ? base + 1 : module->path;
    return hash_bytes(base, strnlen(base, BOARD_MODULE_PATH));
}

/* The module the address lies in; the first one is the executable. NULL: none that is known. */
static const struct board_module *module_of(uint64_t address, bool *ret_executable)
{
    uint32_t first = shim.process ? atomic_load(&shim.process->module_first) : 0;
    uint32_t count = shim.process ? atomic_load(&shim.process->module_count) : 0;
    for (uint32_t i = first; i < first + count && i < BOARD_MODULES; i++) {
        const struct board_module *module = &shim.board->modules[i];
        if (address < module->base || address >= module->end)
            continue;
        *ret_executable = i == first;
        return module;
    }
    return NULL;
}

bool site_is(void *context, const struct rule_site *site)
{
    const struct attempt *at = context;
    bool executable = false;
    const struct board_module *module = module_of(at->site, &executable);
    if (!module)
        return false;
    uint64_t offset = at->site - module->base, name = name_hash(module);
    for (uint32_t i = 0; i < site->range_count && i < RULE_SITE_RANGES; i++) {
        const struct rule_range *range = &site->ranges[i];
        bool meant = range->module == name || (range->module == 0 && executable);
        if (meant && offset >= range->first && offset < range->after)
            return true;
    }
    return false;
}
