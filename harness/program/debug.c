#include "harness/program/debug.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* The usual places, but not the network: a site is not worth a wait for a server. */
static int find_local(Dwfl_Module *handle, void **data, const char *name, Dwarf_Addr base, const char *file,
                      const char *link, GElf_Word checksum, char **ret_name)
{
    const char *urls = getenv("DEBUGINFOD_URLS");
    char *saved = urls == NULL ? NULL : strdup(urls);
    if (saved != NULL)
        unsetenv("DEBUGINFOD_URLS");
    int fd = dwfl_standard_find_debuginfo(handle, data, name, base, file, link, checksum, ret_name);
    if (saved != NULL)
        setenv("DEBUGINFOD_URLS", saved, 1);
    free(saved);
    return fd;
}

bool debug_open(struct debug_file *file, const char *path)
{
    static const Dwfl_Callbacks callbacks = {
        .find_debuginfo = find_local,
        .section_address = dwfl_offline_section_address,
    };
    struct stat facts;
    file->module = NULL;
    file->dwfl = dwfl_begin(&callbacks);
    /* The name can come from the board, where a program can write what it likes: to open a FIFO would be to
     * wait. */
    if (file->dwfl == NULL || stat(path, &facts) < 0 || !S_ISREG(facts.st_mode))
        return false;
    dwfl_report_begin(file->dwfl);
    file->module = dwfl_report_elf(file->dwfl, path, path, -1, 0, true);
    dwfl_report_end(file->dwfl, NULL, NULL);
    return file->module != NULL;
}

void debug_close(struct debug_file *file)
{
    if (file->dwfl != NULL)
        dwfl_end(file->dwfl);
}

bool debug_is_system_header(const char *file)
{
    return strncmp(file, "/usr/include/", strlen("/usr/include/")) == 0 ||
           strncmp(file, "/usr/lib/", strlen("/usr/lib/")) == 0;
}

bool debug_call_place(Dwarf_Die *unit, Dwarf_Die *inlined, const char **ret_file, int *ret_line)
{
    Dwarf_Attribute attribute;
    Dwarf_Word file, line;
    Dwarf_Files *files;
    if (dwarf_formudata(dwarf_attr(inlined, DW_AT_call_file, &attribute), &file) != 0 ||
        dwarf_formudata(dwarf_attr(inlined, DW_AT_call_line, &attribute), &line) != 0 ||
        dwarf_getsrcfiles(unit, &files, NULL) != 0)
        return false;
    const char *name = dwarf_filesrc(files, file, NULL, NULL);
    if (name == NULL)
        return false;
    *ret_file = name;
    *ret_line = (int)line;
    return true;
}

const char *debug_base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}
