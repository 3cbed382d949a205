/* A line of source with its surroundings. */
#ifndef SOCKFAULT_SWEEP_EXCERPT_H
#define SOCKFAULT_SWEEP_EXCERPT_H

#include <stdbool.h>
#include <stdio.h>

enum { SWEEP_SURROUNDINGS = 2, SWEEP_COLUMNS = 110 };

/*
 * Writes the line and SWEEP_SURROUNDINGS before and after it, numbered, the line itself marked; each escaped,
 * tabs as blanks, and cut after SWEEP_COLUMNS bytes. False: there is no such file or line, and nothing has
 * been written.
 */
bool sweep_excerpt_write(FILE *to, const char *path, int line);

#endif
