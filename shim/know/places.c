#include "shim/know/places.h"
#include "shim/know/modules.h"
#include "shim/model/hash.h"
#include "shim/state.h"

#include <string.h>

static uint64_t name_hash(const struct board_module *module)
{
    const char *base = strrchr(module->path, '/');
    base = base ? base + 1 : module->path;
    return hash_bytes(base, strnlen(base, BOARD_MODULE_PATH));
}

bool site_is(void *context, const struct rule_site *site)
{
    const struct attempt *at = context;
    const struct board_module *module = board_module_at(shim.board, modules_set(), at->site);
    if (!module)
        return false;
    bool executable = module - shim.board->modules == modules_set() - 1;
    uint64_t offset = at->site - module->base, name = name_hash(module);
    for (uint32_t i = 0; i < site->range_count && i < RULE_SITE_RANGES; i++) {
        const struct rule_range *range = &site->ranges[i];
        bool meant = range->module == name || (range->module == 0 && executable);
        if (meant && offset >= range->first && offset < range->after)
            return true;
    }
    return false;
}
