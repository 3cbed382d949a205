/* A survey, made of what the shims have recorded. */
#ifndef SOCKFAULT_SWEEP_SURVEY_TAKE_H
#define SOCKFAULT_SWEEP_SURVEY_TAKE_H

#include "harness/program/program.h"
#include "harness/run/trace/tracelog.h"
#include "harness/sweep/survey/survey.h"

/* Fills in *ret from a log that surveys, with names from the board. False: no memory, and *ret is untouched.
 */
bool survey_take(const struct board *board, struct sites *sites, const struct tracelog *log,
                 struct survey *ret);

/* Fills in nth and nth_on_connection of all calls. False: no memory. */
bool survey_number(struct survey *survey);

#endif
