#include "harness/run/lasting/known.h"

#include <stdlib.h>
#include <string.h>

static struct program *copy(const struct program *programs, size_t count)
{
    struct program *made = calloc(count + 1, sizeof *made);
    if (made != NULL && count > 0)
        memcpy(made, programs, count * sizeof *made);
    return made;
}

struct program *known_programs_copy(const struct known_programs *known, const struct experiment *experiment)
{
    if (known->programs == NULL || known->processes != experiment->processes ||
        known->count != experiment->process_count)
        return NULL;
    return copy(known->programs, known->count);
}

void known_programs_keep(struct known_programs *known, const struct experiment *experiment,
                         const struct program *programs)
{
    known_programs_free(known);
    known->programs = copy(programs, experiment->process_count);
    known->processes = experiment->processes;
    known->count = experiment->process_count;
}

void known_programs_free(struct known_programs *known)
{
    free(known->programs);
    *known = (struct known_programs){0};
}
