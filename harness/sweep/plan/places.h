/* Where a program touches sockets: the calls of a survey, joined to places. */
#ifndef SOCKFAULT_SWEEP_PLACES_H
#define SOCKFAULT_SWEEP_PLACES_H

#include "harness/sweep/survey/survey.h"

/*
 * Which time round a call is; of a place that was come by once, it is the first alone. The middle one is that
 * of waits alone, which from one to the next may be for something else: the first and the last are when
 * there are no clients.
 */
enum sweep_occurrence { SWEEP_FIRST, SWEEP_SECOND, SWEEP_MIDDLE, SWEEP_LAST, SWEEP_OCCURRENCES };

/* One call of one process made from one place in the code, by one way (survey_frame). */
struct sweep_place {
    const struct survey_call *calls[SWEEP_OCCURRENCES]; /* of the survey; NULL: there was none */
    size_t times;                                       /* it was made */
    bool by_threads; /* several threads (or processes of that name) make that call, all of them here: who is
                        next differs from run to run, but not what each does in turn */
};

struct sweep_places {
    struct sweep_place *items;
    size_t count;
};

/*
 * The places of a survey, in the order they were first come by; they point into the survey. Calls of probes
 * ("client#next") are none: rules do not apply to them; nor are those that only start a program, and those
 * about a descriptor that is no socket. *ret is freed with sweep_places_free. False: no memory.
 */
bool sweep_places_find(const struct survey *survey, struct sweep_places *ret);
void sweep_places_free(struct sweep_places *places);

/* Whether the call, of whatever survey, was made at one of them. */
bool sweep_places_have(const struct sweep_places *places, const struct survey_call *call);

/* "first", "second", "middle", "last". */
const char *sweep_occurrence_name(enum sweep_occurrence occurrence);

#endif
