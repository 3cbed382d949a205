/* Where in a program a call was made, in words. */
#ifndef SOCKFAULT_RUN_SITE_TEXT_H
#define SOCKFAULT_RUN_SITE_TEXT_H

#include "harness/program/program.h"
#include "shim/model/board.h"

#include <sys/types.h>

/* A copy of the path of a module of the board, which programs can write to. */
void site_module_path(const struct board_module *module, char ret[BOARD_MODULE_PATH]);

/*
 * "client.c:29" of a return address in that process, as sites_text (harness/program/program.h) says it.
 * malloc'd. NULL: sites or address are not there, or it is in no file that is known.
 */
char *site_text(const struct board *board, struct sites *sites, pid_t pid, uint64_t address);

/*
 * The same of an address in the modules of that set (struct board_module), for calls of the past: the process
 * may have executed something else since.
 */
char *site_text_in(const struct board *board, struct sites *sites, uint32_t set, uint64_t address);

#endif
