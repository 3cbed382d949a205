#include "harness/program/lookup.h"
#include "harness/program/libraries.h"
#include "harness/program/search.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct module {
    const char *path;
    struct debug_file debug;
};

/* A lookup under way. Files stay open until its end: hints point into them. */
struct lookup {
    struct query query;
    struct search search;
    const char *text, *program;
    char *resolved; /* the program's path without links */
    struct libraries libraries;
    size_t count; /* of files that were opened */
    struct module modules[LIBRARIES_MAX + 1];
};

/* Calls within the C library and the loader do not go through the shim. */
static bool is_c_library(const char *path)
{
    static const char *const names[] = {"libc.so.", "libpthread.so.", "ld-linux", "libc.musl", "ld-musl"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strncmp(debug_base_name(path), names[i], strlen(names[i])) == 0)
            return true;
    return false;
}

/* Whether a file is the module of that name: the program also by the name of a link to it. */
static bool is_module(const struct lookup *lookup, const char *path, const char *name)
{
    return strcmp(debug_base_name(path), name) == 0 ||
           (path == lookup->resolved && strcmp(debug_base_name(lookup->program), name) == 0);
}

static void search_file(struct lookup *lookup, const char *path, const struct debug_file *file)
{
    const struct query *query = &lookup->query;
    struct search *search = &lookup->search;
    bool is_program = path == lookup->resolved;
    if (query->kind == QUERY_LINE)
        search_line(search, file);
    else if (query->kind == QUERY_FUNCTION)
        search_function(search, file);
    else if (*query->name == '\0' ? is_program : is_module(lookup, path, query->name))
        search_module_offset(search, file);
    else
        search_symbol_offset(search, file);
}

/* Looks in a file; false: it cannot be opened. */
static bool look_in(struct lookup *lookup, const char *path)
{
    struct module *module = &lookup->modules[lookup->count++];
    module->path = path;
    if (!debug_open(&module->debug, path))
        return false;
    search_file(lookup, path, &module->debug);
    return true;
}

/* The module that the text names is not to be searched for in others. */
static bool may_be_in(const struct lookup *lookup, const char *path)
{
    return lookup->query.module == NULL || is_module(lookup, path, lookup->query.module);
}

static void look_in_libraries(struct lookup *lookup, char *const *envp)
{
    struct diag ignored = {0};
    libraries_list(lookup->program, envp, &lookup->libraries, &ignored);
    for (size_t i = 0; i < lookup->libraries.count && lookup->search.found.count == 0; i++) {
        const char *path = lookup->libraries.paths[i];
        if (!is_c_library(path) && may_be_in(lookup, path))
            look_in(lookup, path);
    }
}

/* What was found, in the file that was opened last. */
static bool give(struct lookup *lookup, struct lookup_place *ret, struct diag *diag)
{
    struct ranges *found = &lookup->search.found;
    const char *path = lookup->modules[lookup->count - 1].path;
    ranges_merge(found);
    if (found->count > LOOKUP_RANGES) {
        diag_set(diag, STATUS_USAGE,
                 "got '%s', which is %zu separate pieces of code in %s, expected at most %d: a line, or "
                 "MODULE+0xN",
                 lookup->text, found->count, debug_base_name(path), (int)LOOKUP_RANGES);
        return false;
    }
    snprintf(ret->module, sizeof ret->module, "%s", path);
    ret->is_program = path == lookup->resolved;
    ret->count = found->count;
    memcpy(ret->ranges, found->at, found->count * sizeof *found->at);
    return true;
}

/* "libx.so.1+0x12" of a library that is opened later. */
static bool give_unlisted(const struct lookup *lookup, struct lookup_place *ret)
{
    const struct query *query = &lookup->query;
    if (query->kind != QUERY_OFFSET || lookup->search.hints.out_of_code || query->module != NULL ||
        strstr(query->name, ".so") == NULL || strlen(query->name) >= sizeof ret->module)
        return false;
    strcpy(ret->module, query->name);
    ret->is_program = false;
    ret->count = 1;
    ret->ranges[0] = (struct lookup_range){query->offset, query->offset + 1};
    return true;
}

static void explain_line(struct lookup *lookup, const char *program, struct diag *diag)
{
    const struct hints *hints = &lookup->search.hints;
    const struct query *query = &lookup->query;
    char hint[CHOICE_MAX];
    if (hints->below > 0 && hints->above > 0)
        diag_set(diag, STATUS_USAGE, "got '%s', expected a line with code in %s (the nearest are %d and %d)",
                 lookup->text, query->name, hints->below, hints->above);
    else if (hints->below > 0 || hints->above > 0)
        diag_set(diag, STATUS_USAGE, "got '%s', expected a line with code in %s (the nearest is %d)",
                 lookup->text, query->name, hints->below > 0 ? hints->below : hints->above);
    else if (hints->has_lines)
        diag_set(diag, STATUS_USAGE, "got '%s', expected a source file of %s%s", lookup->text, program,
                 choice_hint(&hints->names, hint, sizeof hint));
    else
        diag_set(
            diag, STATUS_USAGE,
            "got '%s', but %s was built without line information (-g): expected a function or MODULE+0xN",
            lookup->text, program);
}

static void explain_name(struct lookup *lookup, const char *program, struct diag *diag)
{
    const struct hints *hints = &lookup->search.hints;
    bool is_offset = lookup->query.kind == QUERY_OFFSET;
    char hint[CHOICE_MAX];
    if (hints->out_of_code)
        diag_set(diag, STATUS_USAGE, "got '%s', expected an offset within the code of %s", lookup->text,
                 *lookup->query.name != '\0' ? lookup->query.name : program);
    else if (hints->has_names)
        diag_set(diag, STATUS_USAGE, "got '%s', expected %s of %s%s", lookup->text,
                 is_offset ? "the name, a library or a function" : "a function", program,
                 choice_hint(&hints->names, hint, sizeof hint));
    else
        diag_set(diag, STATUS_USAGE, "got '%s', but %s has no names of functions: expected MODULE+0xN",
                 lookup->text, program);
}

static void explain(struct lookup *lookup, struct diag *diag)
{
    const char *program = debug_base_name(lookup->program);
    const struct query *query = &lookup->query;
    if (lookup->search.found.no_memory)
        diag_set(diag, STATUS_TROUBLE, "%s", strerror(ENOMEM));
    else if (query->module != NULL && lookup->count == 0)
        diag_set(diag, STATUS_USAGE, "got '%s', expected '%s' or one of its libraries in the parentheses",
                 lookup->text, program);
    else if (query->kind == QUERY_LINE)
        explain_line(lookup, program, diag);
    else
        explain_name(lookup, program, diag);
}

static bool look(struct lookup *lookup, char *const *envp, struct lookup_place *ret, struct diag *diag)
{
    lookup->resolved = realpath(lookup->program, NULL);
    if (lookup->resolved == NULL) {
        diag_set(diag, STATUS_TROUBLE, "%s: %s", lookup->program, strerror(errno));
        return false;
    }
    if (may_be_in(lookup, lookup->resolved) && !look_in(lookup, lookup->resolved)) {
        diag_set(diag, STATUS_TROUBLE, "%s: not an ELF program that can be read", lookup->program);
        return false;
    }
    const struct query *query = &lookup->query;
    bool only_program =
        query->kind == QUERY_OFFSET && (*query->name == '\0' || lookup->search.hints.out_of_code);
    if (lookup->search.found.count == 0 && !only_program)
        look_in_libraries(lookup, envp);
    if (lookup->search.found.count > 0 && !lookup->search.found.no_memory)
        return give(lookup, ret, diag);
    if (give_unlisted(lookup, ret))
        return true;
    explain(lookup, diag);
    return false;
}

static void lookup_free(struct lookup *lookup)
{
    for (size_t i = 0; i < lookup->count; i++)
        debug_close(&lookup->modules[i].debug);
    libraries_free(&lookup->libraries);
    free(lookup->search.found.at);
    free(lookup->resolved);
    free(lookup);
}

bool lookup_place(const char *program, char *const *envp, const char *text, struct lookup_place *ret,
                  struct diag *diag)
{
    struct lookup *lookup = calloc(1, sizeof *lookup);
    if (lookup == NULL) {
        diag_set(diag, STATUS_TROUBLE, "%s", strerror(ENOMEM));
        return false;
    }
    lookup->text = text;
    lookup->program = program;
    lookup->search.query = &lookup->query;
    bool good = query_read(text, &lookup->query);
    if (!good)
        diag_set(diag, STATUS_USAGE, "got '%s', expected FILE:LINE, a function or MODULE+0xN", text);
    choice_begin(&lookup->search.hints.names, good && lookup->query.kind == QUERY_LINE
                                                  ? debug_base_name(lookup->query.name)
                                                  : lookup->query.buffer);
    good = good && look(lookup, envp, ret, diag);
    lookup_free(lookup);
    return good;
}
