/* The records of a sweep's defects. */
#ifndef SOCKFAULT_SWEEP_RECORDS_H
#define SOCKFAULT_SWEEP_RECORDS_H

#include "harness/sweep/records/record.h"
#include "harness/sweep/sweep.h"

/*
 * Writes FOLDER/NAME.record for every defect (of its first trial) and names it in there; NAME-2.record, where
 * that is a record of something else or no record. `text`: of a
 * scenario that is in no file, or NULL. False with *diag (TROUBLE).
 */
bool records_write(struct sweep *sweep, const struct sweep_programs *programs,
                   const struct run_options *options, const char *text, const char *folder,
                   struct diag *diag);

/* The name of a trial's record, without folder: of what is in it, so that it is the same in every sweep.
 * malloc'd. */
char *records_name(const struct experiment *experiment, const struct sweep_trial *trial, const char *under);

#endif
