/*
 * The board is a file that others may cut off, and a file system may be full when a page of it is first
 * touched: to touch it then is SIGBUS. A harness must not die of what a program under test does.
 */
#ifndef SOCKFAULT_RUN_MEND_H
#define SOCKFAULT_RUN_MEND_H

#include "harness/diag.h"

#include <stdbool.h>

struct board;

/* From now on a page of a file mapping that is not there is replaced by one of zeros, in this process alone. */
void mend_begin(void);

/* Whether the board's file is whole and there was room for it, as far as can be told. false with *diag. */
bool mend_unneeded(const struct board *board, const char *path, struct diag *diag);

#endif
