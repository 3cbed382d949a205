#include "harness/sweep/plan/places.h"

#include <stdlib.h>
#include <string.h>

const char *sweep_occurrence_name(enum sweep_occurrence occurrence)
{
    static const char *const names[SWEEP_OCCURRENCES] = {"first", "second", "last"};
    return names[occurrence];
}

static bool is_probe(const char *process)
{
    const char *number = strchr(process, '#');
    return number != NULL && strcmp(number, "#next") == 0;
}

static bool same_frame(const struct survey_frame *one, const struct survey_frame *other)
{
    return one->offset == other->offset && strcmp(one->module, other->module) == 0;
}

static bool same_place(const struct survey_call *one, const struct survey_call *other)
{
    if (one->call != other->call || one->frame_count != other->frame_count ||
        strcmp(one->process, other->process) != 0)
        return false;
    for (size_t i = 0; i < one->frame_count; i++)
        if (!same_frame(&one->frames[i], &other->frames[i]))
            return false;
    return true;
}

/* The place of a call: one that is known, or the next one of *ret. */
static struct sweep_place *place_of(struct sweep_places *ret, const struct survey_call *call)
{
    for (size_t i = 0; i < ret->count; i++)
        if (same_place(ret->items[i].calls[SWEEP_FIRST], call))
            return &ret->items[i];
    struct sweep_place *grown = realloc(ret->items, (ret->count + 1) * sizeof *grown);
    if (grown == NULL)
        return NULL;
    ret->items = grown;
    grown[ret->count] = (struct sweep_place){0};
    return &grown[ret->count++];
}

static void note_call(struct sweep_place *place, const struct survey_call *call)
{
    size_t which = place->times < SWEEP_LAST ? place->times : SWEEP_LAST;
    place->calls[which] = call;
    place->times++;
}

bool sweep_places_find(const struct survey *survey, struct sweep_places *ret)
{
    *ret = (struct sweep_places){0};
    for (size_t i = 0; i < survey->count; i++) {
        const struct survey_call *call = &survey->calls[i];
        if (is_probe(call->process))
            continue;
        struct sweep_place *place = place_of(ret, call);
        if (place == NULL) {
            sweep_places_free(ret);
            return false;
        }
        note_call(place, call);
    }
    return true;
}

void sweep_places_free(struct sweep_places *places)
{
    free(places->items);
    *places = (struct sweep_places){0};
}
