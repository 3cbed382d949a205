/* Scenario files on disk. */
#ifndef SOCKFAULT_FILES_H
#define SOCKFAULT_FILES_H

#include "harness/diag.h"
#include "harness/scenario/pool.h"

/*
 * The file itself, or every *.yaml and *.yml in a folder and below (no hidden ones, and folders are not
 * followed through symbolic links), in byte order. The array ends with NULL. NULL with *diag: not there,
 * unreadable, none in the folder.
 */
char **files_find(const char *path, struct pool **pool, struct diag *diag);

/* At most `max` bytes of a file, malloc'd. NULL with *diag. */
char *file_read(const char *path, size_t max, size_t *ret_len, struct diag *diag);

#endif
