/* What was found out of programs, kept from one experiment to the next. */
#ifndef SOCKFAULT_RUN_KNOWN_H
#define SOCKFAULT_RUN_KNOWN_H

#include "harness/program/program.h"
#include "harness/scenario/scenario.h"

/* Of the processes of one scenario, in their order; the experiments of a sweep share them. Zeroed: none. */
struct known_programs {
    const struct scenario_process *processes;
    struct program *programs;
    size_t count;
};

/* A copy for that experiment, malloc'd; NULL: they are not known, or no memory. */
struct program *known_programs_copy(const struct known_programs *known, const struct experiment *experiment);

/* Keeps a copy. Without memory nothing is known afterwards. */
void known_programs_keep(struct known_programs *known, const struct experiment *experiment,
                         const struct program *programs);
void known_programs_free(struct known_programs *known);

#endif
