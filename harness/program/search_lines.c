/* Line -> code, by the line tables. */
#include "harness/program/search.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <string.h>

/* Whether a source file goes by that name: it is its path, or the last parts of it. */
static bool goes_by(const char *path, const char *name)
{
    size_t len = strlen(path), name_len = strlen(name);
    if (name_len > len || strcmp(path + len - name_len, name) != 0)
        return false;
    return name_len == len || path[len - name_len - 1] == '/';
}

/* The names of the unit's own files, for a hint; whether the one that is wanted is among them. */
static bool note_files(struct search *search, Dwarf_Die *unit)
{
    Dwarf_Files *files;
    size_t count;
    bool wanted = false;
    if (dwarf_getsrcfiles(unit, &files, &count) != 0)
        return false;
    for (size_t i = 0; i < count; i++) {
        const char *file = dwarf_filesrc(files, i, NULL, NULL);
        if (file == NULL || debug_is_system_header(file))
            continue;
        if (goes_by(file, search->query->name))
            wanted = true;
        else
            choice_add(&search->hints.names, debug_base_name(file));
    }
    return wanted;
}

static void note_near(struct hints *hints, int line, int wanted)
{
    if (line > 0 && line < wanted && line > hints->below)
        hints->below = line;
    if (line > wanted && (hints->above == 0 || line < hints->above))
        hints->above = line;
}

/* One row of a line table, which holds until the next: `lines` are in order of address. */
static void take_row(struct search *search, Dwarf_Lines *lines, size_t i, Dwarf_Addr bias)
{
    Dwarf_Line *row = dwarf_onesrcline(lines, i), *next = dwarf_onesrcline(lines, i + 1);
    Dwarf_Addr lo, hi;
    bool ends = false;
    int line = 0;
    if (dwarf_lineendsequence(row, &ends) != 0 || ends || dwarf_lineno(row, &line) != 0 ||
        dwarf_lineaddr(row, &lo) != 0 || dwarf_lineaddr(next, &hi) != 0 || hi <= lo)
        return;
    if (line == search->query->line)
        ranges_add_code(&search->found, lo + bias, hi + bias);
    else
        note_near(&search->hints, line, search->query->line);
}

static void take_rows(struct search *search, Dwarf_Die *unit, Dwarf_Addr bias)
{
    Dwarf_Lines *lines;
    size_t count;
    const char *last = NULL; /* many rows in a row are of one file, and its name is one pointer */
    bool wanted = false;
    if (dwarf_getsrclines(unit, &lines, &count) != 0)
        return;
    for (size_t i = 0; i + 1 < count; i++) {
        const char *file = dwarf_linesrc(dwarf_onesrcline(lines, i), NULL, NULL);
        if (file == NULL)
            continue;
        search->hints.has_lines = true;
        if (file != last)
            wanted = goes_by(file, search->query->name);
        last = file;
        if (wanted)
            take_row(search, lines, i, bias);
    }
}

/* An inline function of a system header, called on the line. */
static void take_inlined(struct search *search, Dwarf_Die *unit, Dwarf_Die *function, Dwarf_Addr bias)
{
    const char *file, *origin;
    int line;
    if (dwarf_tag(function) != DW_TAG_inlined_subroutine || !debug_call_place(unit, function, &file, &line) ||
        line != search->query->line || !goes_by(file, search->query->name))
        return;
    origin = dwarf_decl_file(function);
    if (origin != NULL && debug_is_system_header(origin))
        search_add_code(search, function, bias);
}

static void take_unit(struct search *search, Dwarf_Die *unit, Dwarf_Addr bias)
{
    bool wanted = note_files(search, unit);
    take_rows(search, unit, bias);
    if (wanted)
        search_functions(search, unit, bias, take_inlined);
}

void search_line(struct search *search, const struct debug_file *file)
{
    search_units(search, file, take_unit);
}
