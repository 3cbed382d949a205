/*
 * The board is a file: a program can cut it off, and its file system may be full when a page of it is first
 * touched. To touch such a page is SIGBUS, and a harness must not die of what a program does.
 */
#ifndef SOCKFAULT_RUN_MEND_H
#define SOCKFAULT_RUN_MEND_H

#include "shim/model/board.h"

#include <stdbool.h>

/* From now on, until exec, a page of a mapped file that is not there becomes one of zeros, here alone. */
void mend_begin(void);

/* What has happened to the board, which is that file mapped, that nothing read from it can be relied on;
 * NULL: nothing that can be seen. */
const char *mend_trouble(const struct board *board, const char *board_path);

#endif
