/* Which lines and branches of programs were reached: by runs without a fault, and by those of a sweep. */
#ifndef SOCKFAULT_COVERAGE_H
#define SOCKFAULT_COVERAGE_H

#include "harness/diag.h"

#include <stdbool.h>
#include <stddef.h>

/* Who reached it; a bit each. */
enum { COVERAGE_BEFORE = 1 << 0, COVERAGE_SWEEP = 1 << 1 };

struct coverage_line {
    int number;
    unsigned char by;        /* COVERAGE_*; 0: nobody */
    unsigned char *branches; /* the same of each way the line's conditions can go */
    size_t branch_count;
};

struct coverage_file {
    char *path;                  /* absolute, where the compiler told it */
    struct coverage_line *lines; /* those with code, by number */
    size_t count;
};

struct coverage {
    struct coverage_file *files; /* by path */
    size_t count;
    char *warnings; /* a line each: what could not be read, what was lost; NULL: nothing */
};

struct coverage_sum {
    size_t lines, lines_before, lines_after; /* after: before or by the sweep */
    size_t branches, branches_before, branches_after;
};

void coverage_sum_add(struct coverage_sum *sum, const struct coverage_file *file);

/* The file of that path, and the line of it; new ones where there are none. NULL: no memory. Pointers to
 * others of their kind may move. */
struct coverage_file *coverage_file_at(struct coverage *coverage, const char *path);
struct coverage_line *coverage_line_at(struct coverage_file *file, int number, size_t branch_count);

void coverage_free(struct coverage *coverage);

/* The folder that all files are in: `folder`, if that is so, else the smallest one. malloc'd. */
char *coverage_root(const struct coverage *coverage, const char *folder);

/*
 * Adds what gcov(1) makes of the counts in `folder` (harness/coverage/counts.h): reached by `by`. The
 * compiler's notes (.gcno) are where it left them; symbolic links to them are put beside the counts. System
 * headers are left out; what has no notes, or others than it was built with, is a warning. False with *diag
 * (TROUBLE): gcov cannot be run, or says what is not understood.
 */
bool coverage_read(const char *gcov, const char *folder, unsigned char by, struct coverage *coverage,
                   struct diag *diag);

/* The same of the text that gcov --json-format --stdout writes, a document after the other. */
bool coverage_parse(const char *text, size_t len, unsigned char by, struct coverage *coverage,
                    struct diag *diag);

#endif
