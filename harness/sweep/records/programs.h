/* The files an experiment's processes are of: for their build-ids, and for their source. */
#ifndef SOCKFAULT_SWEEP_PROGRAMS_H
#define SOCKFAULT_SWEEP_PROGRAMS_H

#include "harness/program/libraries.h"
#include "harness/program/program.h"
#include "harness/run/experiment.h"
#include "harness/sweep/survey/survey.h"

struct sweep_program {
    const char *process; /* of the scenario */
    char *path;          /* absolute; NULL: not known */
    char build_id[BUILD_ID_MAX];
    struct libraries libraries; /* once asked for */
    bool listed;
};

struct sweep_programs {
    struct sweep_program *items;
    size_t count;
    struct sites *sites;
};

/*
 * Of all processes that are programs; one whose name holds run-time variables is not known. The experiment
 * has to outlive it. False: no memory. Freed with sweep_programs_free in either case.
 */
bool sweep_programs_find(const struct experiment *experiment, const struct run_options *options,
                         struct sweep_programs *ret);
void sweep_programs_free(struct sweep_programs *programs);

/*
 * The source file and line of a call: of the innermost frame that has one. malloc'd; NULL: there is no debug
 * information, or no memory.
 */
char *sweep_programs_source(struct sweep_programs *programs, const struct survey_call *call, int *ret_line);

/* The same of one frame alone. */
char *sweep_programs_frame(struct sweep_programs *programs, const struct survey_call *call, size_t frame,
                           int *ret_line);

#endif
