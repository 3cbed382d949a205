/*
 * A survey on its way from a guardian to the harness: JSON, a line a call, so that neither side holds all of
 * it as text. Both are the same program: nothing is promised of the format.
 */
#ifndef SOCKFAULT_SWEEP_SURVEY_LINES_H
#define SOCKFAULT_SWEEP_SURVEY_LINES_H

#include "harness/sweep/survey/survey.h"

/* Writes it to fd, which stays open. False: it could not be written. */
bool survey_write(int fd, const struct survey *survey);

/*
 * Reads what survey_write wrote from the beginning of the file. One that was never begun is an empty survey.
 * False with *diag: it is cut off or is none, and *ret is untouched.
 */
bool survey_read(int fd, struct survey *ret, struct diag *diag);

#endif
