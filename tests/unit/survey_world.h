/* Surveys made by hand, and of texts: for the tests of what makes and reads them. */
#ifndef SOCKFAULT_TESTS_SURVEY_WORLD_H
#define SOCKFAULT_TESTS_SURVEY_WORLD_H

#include "harness/sweep/survey/survey.h"
#include "tests/unit/run_world.h"

/* Appends a call of that process at offset `at` of a module "prog", whose site is "prog.c:AT". */
struct survey_call *survey_add(struct survey *survey, const char *process, enum call_id call,
                               uint32_t connection, uint64_t at);

/* Surveys the only experiment of a scenario that must be right; *ret_result need not be wanted (NULL). */
struct survey survey_of(const struct run_world *world, const char *text, struct result *ret_result);

#endif
