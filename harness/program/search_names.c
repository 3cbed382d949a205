/* Function -> code, by debug information or by symbols; offsets. */
#include "harness/program/search.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <gelf.h>
#include <string.h>

static const char *linkage_name(Dwarf_Die *function)
{
    Dwarf_Attribute attribute;
    return dwarf_formstring(dwarf_attr_integrate(function, DW_AT_linkage_name, &attribute));
}

static void take_function(struct search *search, Dwarf_Die *unit, Dwarf_Die *function, Dwarf_Addr bias)
{
    (void)unit;
    const char *name = dwarf_diename(function), *linked = linkage_name(function),
               *wanted = search->query->name;
    if ((name != NULL && strcmp(name, wanted) == 0) || (linked != NULL && strcmp(linked, wanted) == 0))
        search_add_code(search, function, bias);
    Dwarf_Addr start;
    if (name == NULL || dwarf_tag(function) != DW_TAG_subprogram || dwarf_entrypc(function, &start) != 0)
        return;
    search->hints.has_names = true;
    choice_add(&search->hints.names, name);
}

static void take_unit(struct search *search, Dwarf_Die *unit, Dwarf_Addr bias)
{
    search_functions(search, unit, bias, take_function);
}

/* The name itself, or with what compiler (".cold", ".part.0") or linker ("@@V1") have put behind it. */
static bool is_named(const char *symbol, const char *name)
{
    size_t len = strlen(name);
    return strncmp(symbol, name, len) == 0 &&
           (symbol[len] == '\0' || symbol[len] == '.' || symbol[len] == '@');
}

/* The i-th symbol, if it is a function that the file has. */
static const char *function_symbol(const struct debug_file *file, int i, GElf_Sym *ret,
                                   GElf_Addr *ret_address)
{
    GElf_Word section;
    const char *name = dwfl_module_getsym_info(file->module, i, ret, ret_address, &section, NULL, NULL);
    int type = name == NULL ? STT_NOTYPE : GELF_ST_TYPE(ret->st_info);
    bool is_function =
        (type == STT_FUNC || type == STT_GNU_IFUNC) && section != SHN_UNDEF && ret->st_size > 0;
    return is_function ? name : NULL;
}

static void search_symbols(struct search *search, const struct debug_file *file)
{
    int count = dwfl_module_getsymtab(file->module);
    for (int i = 0; i < count; i++) {
        GElf_Sym symbol;
        GElf_Addr address;
        const char *name = function_symbol(file, i, &symbol, &address);
        if (name == NULL)
            continue;
        search->hints.has_names = true;
        if (is_named(name, search->query->name))
            ranges_add_code(&search->found, address, address + symbol.st_size);
        else
            choice_add(&search->hints.names, name);
    }
}

void search_function(struct search *search, const struct debug_file *file)
{
    search_units(search, file, take_unit);
    if (search->found.count == 0)
        search_symbols(search, file);
}

void search_symbol_offset(struct search *search, const struct debug_file *file)
{
    uint64_t offset = search->query->offset;
    int count = dwfl_module_getsymtab(file->module);
    for (int i = 0; i < count; i++) {
        GElf_Sym symbol;
        GElf_Addr address;
        const char *name = function_symbol(file, i, &symbol, &address);
        if (name == NULL)
            continue;
        search->hints.has_names = true;
        if (strcmp(name, search->query->name) != 0)
            choice_add(&search->hints.names, name);
        else if (offset >= 1 && offset <= symbol.st_size)
            ranges_add_site(&search->found, address + offset);
        else
            search->hints.out_of_code = true;
    }
}

void search_module_offset(struct search *search, const struct debug_file *file)
{
    GElf_Addr bias;
    GElf_Phdr segment;
    size_t count = 0;
    uint64_t offset = search->query->offset;
    Elf *elf = dwfl_module_getelf(file->module, &bias);
    for (size_t i = 0; elf != NULL && elf_getphdrnum(elf, &count) == 0 && i < count; i++)
        if (gelf_getphdr(elf, (int)i, &segment) != NULL && segment.p_type == PT_LOAD &&
            (segment.p_flags & PF_X) && offset > segment.p_vaddr &&
            offset - segment.p_vaddr <= segment.p_memsz)
            ranges_add_site(&search->found, offset);
    search->hints.out_of_code |= search->found.count == 0;
}
