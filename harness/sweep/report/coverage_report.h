/* What is told of coverage before and after sweeps. Everything is escaped here. */
#ifndef SOCKFAULT_SWEEP_COVERAGE_REPORT_H
#define SOCKFAULT_SWEEP_COVERAGE_REPORT_H

#include "harness/coverage/coverage.h"

#include <jansson.h>
#include <stdio.h>

/* Paths below `root` are told relative to it. */
void coverage_text_write(FILE *to, const struct coverage *coverage, const char *root);
void coverage_html_write(FILE *to, const struct coverage *coverage, const char *root);

/* NULL: no memory. */
json_t *coverage_json(const struct coverage *coverage, const char *root);

/* The path as it is told. */
const char *coverage_path(const struct coverage_file *file, const char *root);

/* What is to be said of a line, or of a branch. */
enum coverage_change { COVERAGE_REACHED, COVERAGE_ADDED, COVERAGE_NEVER };
enum coverage_change coverage_change_of(unsigned char by);

/* "12,14-17": lines with code that are so; one between them that has none does not end a range. malloc'd,
 * NULL: none, or no memory. */
char *coverage_lines_text(const struct coverage_file *file, enum coverage_change change);

/* "31 (1 of 2)": reached lines of whose ways some are so. malloc'd, NULL as above. */
char *coverage_branches_text(const struct coverage_file *file, enum coverage_change change);

#endif
