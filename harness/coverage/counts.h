/*
 * Folders of counts: what gcov's runtime writes (.gcda), each below the absolute path it was built to write
 * to (GCOV_PREFIX of gcc(1)).
 */
#ifndef SOCKFAULT_COVERAGE_COUNTS_H
#define SOCKFAULT_COVERAGE_COUNTS_H

#include "harness/diag.h"

/*
 * Adds the counts in `from`, which is gone then, to those in `into`, which need not be there yet, by
 * gcov-tool(1). Both are in one file system. Several processes may do so at once: FOLDER/lock is held
 * meanwhile, where `into` is FOLDER/NAME. Whoever is killed in the middle leaves those that were there
 * before. False with *diag (TROUBLE).
 */
bool counts_add(const char *gcov_tool, const char *into, const char *from, struct diag *diag);

/* Copies the counts in `from` to `into`, in whatever file system, adding to those there are. */
bool counts_copy(const char *gcov_tool, const char *into, const char *from, struct diag *diag);

/* Adds a line to FOLDER/lost, in one piece. */
void counts_lost(const char *folder, const char *line);

/* What is there, each line once and how often; malloc'd. NULL: nothing. */
char *counts_lost_text(const char *folder);

/* Removes a folder and all that is in it, if it is there. Links are not followed. */
void counts_remove(const char *folder);

#endif
