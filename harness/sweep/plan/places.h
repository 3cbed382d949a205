/* Where a program touches sockets: the calls of a survey, joined to places. */
#ifndef SOCKFAULT_SWEEP_PLACES_H
#define SOCKFAULT_SWEEP_PLACES_H

#include "harness/sweep/survey/survey.h"

/* Which time round a call is; of a place that was come by once, it is the first alone. */
enum sweep_occurrence { SWEEP_FIRST, SWEEP_SECOND, SWEEP_LAST, SWEEP_OCCURRENCES };

/* One call of one process made from one place in the code, by one way (survey_frame). */
struct sweep_place {
    const struct survey_call *calls[SWEEP_OCCURRENCES]; /* of the survey; NULL: there was none */
    size_t times;                                       /* it was made */
};

struct sweep_places {
    struct sweep_place *items;
    size_t count;
};

/*
 * The places of a survey, in the order they were first come by; they point into the survey. Calls of probes
 * ("client#next") are none: rules do not apply to them. *ret is freed with sweep_places_free. False: no
 * memory.
 */
bool sweep_places_find(const struct survey *survey, struct sweep_places *ret);
void sweep_places_free(struct sweep_places *places);

/* "first", "second", "last". */
const char *sweep_occurrence_name(enum sweep_occurrence occurrence);

#endif
