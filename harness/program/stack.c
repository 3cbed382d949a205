#include "harness/program/stack.h"
#include "harness/program/debug.h"

#include <elfutils/libdwfl.h>
#include <stdint.h>
#include <string.h>

struct walk {
    struct sites *sites;
    Dwfl *dwfl;
    char *text;
};

/* Frames are followed by .eh_frame, which is in the file itself. */
static int find_nothing(Dwfl_Module *module, void **data, const char *name, Dwarf_Addr base, const char *file,
                        const char *link, GElf_Word checksum, char **ret_name)
{
    (void)module, (void)data, (void)name, (void)base, (void)file, (void)link, (void)checksum, (void)ret_name;
    return -1;
}

static bool is_of_program(const char *path)
{
    static const char *const others[] = {"libc.so", "libc-", "ld-linux", "libpthread", "libsockfault", "["};
    const char *name = debug_base_name(path);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (strncmp(name, others[i], strlen(others[i])) == 0)
            return false;
    return true;
}

static int look_at(Dwfl_Frame *frame, void *context)
{
    struct walk *walk = context;
    Dwarf_Addr pc, bias = 0;
    bool is_exact = false;
    if (!dwfl_frame_pc(frame, &pc, &is_exact))
        return DWARF_CB_ABORT;
    Dwfl_Module *module = dwfl_addrmodule(walk->dwfl, pc - !is_exact);
    const char *path = NULL;
    if (module == NULL || dwfl_module_getelf(module, &bias) == NULL)
        return DWARF_CB_OK;
    dwfl_module_info(module, NULL, NULL, NULL, NULL, NULL, &path, NULL);
    if (path == NULL || !is_of_program(path))
        return DWARF_CB_OK;
    /* A site is a return address; where it stands is not. */
    walk->text = sites_text(walk->sites, path, pc - bias + is_exact);
    return DWARF_CB_ABORT;
}

char *stack_site(struct sites *sites, pid_t pid, pid_t tid)
{
    static const Dwfl_Callbacks callbacks = {.find_elf = dwfl_linux_proc_find_elf,
                                             .find_debuginfo = find_nothing};
    struct walk walk = {.sites = sites, .dwfl = sites ? dwfl_begin(&callbacks) : NULL};
    if (walk.dwfl == NULL)
        return NULL;
    if (dwfl_linux_proc_report(walk.dwfl, pid) == 0 && dwfl_report_end(walk.dwfl, NULL, NULL) == 0 &&
        dwfl_linux_proc_attach(walk.dwfl, pid, false) == 0)
        dwfl_getthread_frames(walk.dwfl, tid, look_at, &walk);
    dwfl_end(walk.dwfl);
    return walk.text;
}
