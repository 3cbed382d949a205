/* The files of a scenario, made in ${dir} before anything starts. */
#ifndef SOCKFAULT_RUN_FILES_H
#define SOCKFAULT_RUN_FILES_H

#include "harness/run/run.h"

/*
 * Makes run->dir and the files in it, with the folders their names speak of. A text that begins with "#!"
 * becomes executable, a copy keeps its mode. false with *diag (at the place the scenario names the file).
 */
bool files_make(const struct run *run, struct diag *diag);

#endif
