/* Whether an experiment goes by virtual time. */
#ifndef SOCKFAULT_RUN_VIRTUAL_H
#define SOCKFAULT_RUN_VIRTUAL_H

#include "harness/run/run.h"

/*
 * As the command line says, else the scenario, else RUN_CLOCK_UNSAID; but real, with a note why, where a
 * program is known to be one whose waits nobody could see. Once run->programs are there.
 */
bool virtual_wanted(struct run *run);

/*
 * Virtual time turns out not to be right for somebody. It goes on as real time does from here on, with a note
 * why; where it has been advanced already, all that came of it is worth nothing: result->again.
 */
void virtual_is_wrong(struct run *run, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
