/* Where reports go: --report FORMAT[=FILE], several of them; the same for `run` and `sweep`. */
#ifndef SOCKFAULT_OUTPUTS_H
#define SOCKFAULT_OUTPUTS_H

#include "harness/diag.h"

#include <argp.h>
#include <stddef.h>
#include <stdio.h>

enum { OUTPUTS_MAX = 9 };

struct output {
    size_t format;    /* format_name(format) is its name */
    const char *path; /* NULL: standard output */
    FILE *file;       /* from outputs_open to outputs_close */
};

struct outputs {
    /* The names of the formats there are: of the i-th, NULL past the end. The first is that of a report that
     * nobody asked for. */
    const char *(*format_name)(size_t i);
    struct output items[OUTPUTS_MAX];
    size_t count;
};

/*
 * For parsers: adds what a --report says: "text", "json=FILE", or several joined by ','; FILE '-' is standard
 * output. The text is cut into pieces and kept. 0; or what is wrong is said, as by cli_wrong, and EINVAL.
 */
error_t outputs_option(const struct argp_state *state, char *text, struct outputs *outputs);

/*
 * Opens the files. A report of the first format is added on standard output when none goes there. false with
 * *diag (TROUBLE) when a file cannot be made.
 */
bool outputs_open(struct outputs *outputs, struct diag *diag);

/* Whether it is a terminal: colour and progress are welcome. */
bool output_is_terminal(const struct output *output);

/* Whether a report of that format is on standard output. */
bool outputs_show(const struct outputs *outputs, size_t format);

/* Closes the files that are open. false with *diag (TROUBLE): not all was written. */
bool outputs_close(struct outputs *outputs, struct diag *diag);

#endif
