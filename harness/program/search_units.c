/* The ways through debug information. */
#include "harness/program/search.h"

#include <dwarf.h>
#include <elfutils/libdw.h>

enum { DEPTH_MAX = 200 };

void search_units(struct search *search, const struct debug_file *file, search_unit *visit)
{
    Dwarf_Addr bias = 0;
    Dwarf *dwarf = dwfl_module_getdwarf(file->module, &bias);
    Dwarf_CU *unit = NULL;
    Dwarf_Die die, split;
    uint8_t type;
    while (dwarf != NULL && dwarf_get_units(dwarf, unit, &unit, NULL, &type, &die, &split) == 0) {
        if (type == DW_UT_compile || type == DW_UT_partial)
            visit(search, &die, bias);
        else if (type == DW_UT_skeleton) /* -gsplit-dwarf: the functions are in a file of their own */
            visit(search, split.addr != NULL ? &split : &die, bias);
    }
}

static bool can_hold_functions(int tag)
{
    return tag == DW_TAG_subprogram || tag == DW_TAG_inlined_subroutine || tag == DW_TAG_lexical_block ||
           tag == DW_TAG_namespace || tag == DW_TAG_module || tag == DW_TAG_try_block ||
           tag == DW_TAG_catch_block;
}

static void walk(struct search *search, Dwarf_Die *unit, Dwarf_Die *parent, Dwarf_Addr bias,
                 search_visit *visit, int depth)
{
    Dwarf_Die die;
    if (depth == DEPTH_MAX || dwarf_child(parent, &die) != 0)
        return;
    do {
        int tag = dwarf_tag(&die);
        if (tag == DW_TAG_subprogram || tag == DW_TAG_inlined_subroutine)
            visit(search, unit, &die, bias);
        if (can_hold_functions(tag))
            walk(search, unit, &die, bias, visit, depth + 1);
    } while (dwarf_siblingof(&die, &die) == 0);
}

void search_functions(struct search *search, Dwarf_Die *unit, Dwarf_Addr bias, search_visit *visit)
{
    walk(search, unit, unit, bias, visit, 0);
}

bool search_add_code(struct search *search, Dwarf_Die *function, Dwarf_Addr bias)
{
    Dwarf_Addr base, lo, hi;
    bool any = false;
    for (ptrdiff_t at = 0; (at = dwarf_ranges(function, at, &base, &lo, &hi)) > 0; any = true)
        ranges_add_code(&search->found, lo + bias, hi + bias);
    return any;
}
