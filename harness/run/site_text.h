/* Where in a program a call was made, in words. */
#ifndef SOCKFAULT_RUN_SITE_TEXT_H
#define SOCKFAULT_RUN_SITE_TEXT_H

#include "harness/program/program.h"
#include "shim/model/board.h"

#include <sys/types.h>

/*
 * "client.c:29" of a return address in that process, as sites_text (harness/program/program.h) says it.
 * malloc'd. NULL: sites or address are not there, or it is in no file the process had mapped at its start.
 */
char *site_text(const struct board *board, struct sites *sites, pid_t pid, uint64_t address);

#endif
