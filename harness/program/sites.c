#include "harness/program/debug.h"
#include "harness/program/program.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <elfutils/libdwfl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CACHE = 1024 };

struct module {
    char *path;
    struct debug_file debug;
};

struct answer {
    const struct module *module;
    uint64_t offset;
    char *text;
};

/* A program has few sites and passes each often: answers are kept, by a hash of the offset. */
struct sites {
    struct module **modules;
    size_t count;
    struct answer answers[CACHE];
};

struct sites *sites_new(void)
{
    return calloc(1, sizeof(struct sites));
}

static void module_free(struct module *module)
{
    debug_close(&module->debug);
    free(module->path);
    free(module);
}

void sites_free(struct sites *sites)
{
    if (sites == NULL)
        return;
    for (size_t i = 0; i < sites->count; i++)
        module_free(sites->modules[i]);
    for (size_t i = 0; i < CACHE; i++)
        free(sites->answers[i].text);
    free(sites->modules);
    free(sites);
}

static struct module *module_add(struct sites *sites, const char *path)
{
    struct module **grown = realloc(sites->modules, (sites->count + 1) * sizeof *grown);
    if (grown == NULL)
        return NULL;
    sites->modules = grown;
    struct module *module = calloc(1, sizeof *module);
    if (module == NULL || (module->path = strdup(path)) == NULL) {
        free(module);
        return NULL;
    }
    debug_open(&module->debug, path);
    return sites->modules[sites->count++] = module;
}

static struct module *module_find(struct sites *sites, const char *path)
{
    for (size_t i = 0; i < sites->count; i++)
        if (strcmp(sites->modules[i]->path, path) == 0)
            return sites->modules[i];
    return module_add(sites, path);
}

/* Goes from a place in a system header out to the program's own line it was inlined at, if there is one. */
static void leave_headers(const struct module *module, uint64_t address, const char **file, int *line)
{
    Dwarf_Addr bias;
    Dwarf_Die *scopes = NULL, *chain = NULL;
    Dwarf_Die *unit = dwfl_module_addrdie(module->debug.module, address, &bias);
    int count = unit == NULL ? 0 : dwarf_getscopes(unit, address - bias, &scopes);
    /* dwarf_getscopes goes on through the inlined function's own file; its concrete instance has the callers.
     */
    count = count <= 0 ? 0 : dwarf_getscopes_die(&scopes[0], &chain);
    for (int i = 0; i < count && debug_is_system_header(*file); i++)
        if (dwarf_tag(&chain[i]) == DW_TAG_inlined_subroutine)
            debug_call_place(unit, &chain[i], file, line);
    free(scopes);
    free(chain);
}

/* File and line of a return address, and the folder the file was compiled in (or NULL). false: not known. */
static bool find_line(const struct module *module, uint64_t offset, const char **file, int *line,
                      const char **folder)
{
    *line = 0;
    Dwfl_Line *found =
        module->debug.module == NULL ? NULL : dwfl_module_getsrc(module->debug.module, offset - 1);
    *file = found == NULL ? NULL : dwfl_lineinfo(found, NULL, line, NULL, NULL, NULL);
    *folder = found == NULL ? NULL : dwfl_line_comp_dir(found);
    if (*file != NULL && debug_is_system_header(*file))
        leave_headers(module, offset - 1, file, line);
    return *file != NULL && *line > 0;
}

/* "client.c:88", or NULL. */
static char *line_text(const struct module *module, uint64_t offset)
{
    const char *file, *folder;
    int line;
    char *text = NULL;
    if (!find_line(module, offset, &file, &line, &folder) ||
        asprintf(&text, "%s:%d", debug_base_name(file), line) < 0)
        return NULL;
    return text;
}

char *sites_source(struct sites *sites, const char *module, uint64_t offset, int *ret_line)
{
    const struct module *found = module_find(sites, module);
    const char *file, *folder;
    char *path = NULL;
    if (found == NULL || !find_line(found, offset, &file, ret_line, &folder))
        return NULL;
    if (file[0] == '/' || folder == NULL)
        return strdup(file);
    return asprintf(&path, "%s/%s", folder, file) < 0 ? NULL : path;
}

/* "FUNCTION+0x12 (module)", or NULL. The distance is the return address's own. */
static char *symbol_text(const struct module *module, uint64_t offset)
{
    GElf_Off distance = 0;
    GElf_Sym symbol;
    char *text = NULL;
    const char *name =
        module->debug.module == NULL
            ? NULL
            : dwfl_module_addrinfo(module->debug.module, offset - 1, &distance, &symbol, NULL, NULL, NULL);
    if (name == NULL || *name == '\0' ||
        asprintf(&text, "%s+0x%" PRIx64 " (%s)", name, (uint64_t)distance + 1,
                 debug_base_name(module->path)) < 0)
        return NULL;
    return text;
}

static char *offset_text(const char *path, uint64_t offset)
{
    char *text = NULL;
    return asprintf(&text, "%s+0x%" PRIx64, debug_base_name(path), offset) < 0 ? NULL : text;
}

static char *resolve(const struct module *module, uint64_t offset)
{
    char *text = line_text(module, offset);
    if (text == NULL)
        text = symbol_text(module, offset);
    return text == NULL ? offset_text(module->path, offset) : text;
}

char *sites_text(struct sites *sites, const char *module, uint64_t offset)
{
    struct module *found = module_find(sites, module);
    if (found == NULL)
        return offset_text(module, offset);
    struct answer *answer = &sites->answers[(offset ^ offset >> 10) % CACHE];
    if (answer->text == NULL || answer->module != found || answer->offset != offset) {
        char *text = resolve(found, offset);
        if (text == NULL)
            return NULL;
        free(answer->text);
        *answer = (struct answer){found, offset, text};
    }
    return strdup(answer->text);
}
