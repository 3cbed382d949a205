/* The parts of lookup.h: what is looked for, and what looking in one file gives. */
#ifndef SOCKFAULT_SEARCH_H
#define SOCKFAULT_SEARCH_H

#include "harness/program/debug.h"
#include "harness/program/lookup.h"
#include "harness/scenario/choice.h"

enum query_kind { QUERY_LINE, QUERY_FUNCTION, QUERY_OFFSET };

/* Strings are in `buffer`. */
struct query {
    enum query_kind kind;
    const char *name; /* of a file, a function, or of module or symbol that `offset` is counted from */
    int line;
    uint64_t offset;
    const char *module; /* only here; NULL: anywhere */
    char buffer[1024];
};

/* False: the text is none of what lookup.h says. */
bool query_read(const char *text, struct query *ret);

/* Code as it is found: in any order, with overlaps. */
struct ranges {
    struct lookup_range *at;
    size_t count, room;
    bool no_memory;
};

/* Adds the return addresses of calls in the code lo..hi: see lookup.h. Nothing for hi <= lo. */
void ranges_add_code(struct ranges *ranges, uint64_t lo, uint64_t hi);
/* Adds one return address. */
void ranges_add_site(struct ranges *ranges, uint64_t site);
/* Sorts, and joins what touches. */
void ranges_merge(struct ranges *ranges);

/* What was seen on the way, for when nothing is found. Names are of debug files that are still open. */
struct hints {
    bool has_lines, has_names; /* some file had line information, names of functions */
    int below, above;          /* the nearest lines with code in the file; 0: none */
    bool out_of_code;          /* the module is there, its code is not that long */
    struct choice names;
};

struct search {
    const struct query *query;
    struct ranges found;
    struct hints hints;
};

/* Each looks in one file and adds what it finds to search->found. */
void search_line(struct search *search, const struct debug_file *file);
void search_function(struct search *search, const struct debug_file *file);
/* An offset into a file that goes by query->name. */
void search_module_offset(struct search *search, const struct debug_file *file);
/* An offset from the symbol query->name. */
void search_symbol_offset(struct search *search, const struct debug_file *file);

/* For each unit of a file, or of its debug information elsewhere. `bias` is to be added to addresses. */
typedef void search_unit(struct search *search, Dwarf_Die *unit, Dwarf_Addr bias);
void search_units(struct search *search, const struct debug_file *file, search_unit *visit);

/* For each function and inlined function of a unit, those within others too. */
typedef void search_visit(struct search *search, Dwarf_Die *unit, Dwarf_Die *function, Dwarf_Addr bias);
void search_functions(struct search *search, Dwarf_Die *unit, Dwarf_Addr bias, search_visit *visit);

/* Adds all code of a function, inlined or not. Whether there was any. */
bool search_add_code(struct search *search, Dwarf_Die *function, Dwarf_Addr bias);

#endif
