/* Variables, ${NAME}: the matrix's when a file is read, ports, folders and process ids when an experiment
 * runs. */
#ifndef SOCKFAULT_EXPAND_H
#define SOCKFAULT_EXPAND_H

#include "harness/scenario/reader.h"

enum { EXPAND_PORTS = 9 };

/*
 * What stands at `text`: the length of "${NAME}" or "$${", 0 when it is neither, -1 when it is "${" without
 * an end. *ret_name and *ret_len are the name; a NULL name is "$${".
 */
int expand_next(const char *text, const char **ret_name, size_t *ret_len);

/* K of "portK" (1 for "port"), 0 when the name is not one. */
int expand_port(const char *name, size_t len);

/* Whether the name is one of the run-time variables ("pid:" with anything behind it), whatever it stands for.
 */
bool expand_is_runtime(const char *name, size_t len);

/* text with what the matrix names replaced and all else as it is; the pool's. No error: unknown names stay.
 */
char *expand_matrix(struct pool **pool, const char *text, const struct variable *matrix, size_t count);

/* The length of what expand_matrix gives. */
size_t expand_size(const char *text, const struct variable *matrix, size_t count);

/* Where in `text` the byte `at` of expand_matrix's result came from. */
size_t expand_origin(const char *text, const struct variable *matrix, size_t count, size_t at);

/* "$${" made "${", in place. */
void expand_literal(char *text);

#endif
