#include "harness/sweep/plan/places.h"
#include "harness/memory/memory.h"

#include <stdlib.h>
#include <string.h>

const char *sweep_occurrence_name(enum sweep_occurrence occurrence)
{
    static const char *const names[SWEEP_OCCURRENCES] = {"first", "second", "middle", "last"};
    return names[occurrence];
}

static bool is_probe(const char *process)
{
    const char *number = strchr(process, '#');
    return number != NULL && strcmp(number, "#next") == 0;
}

/* Before the program begins, under a tool. */
static bool is_launching(const struct survey_call *call)
{
    return call->frame_count > 0 && memory_is_launcher(call->frames[0].module);
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
    static const enum sweep_occurrence early[] = {SWEEP_FIRST, SWEEP_SECOND};
    place->calls[place->times < 2 ? early[place->times] : SWEEP_LAST] = call;
    place->times++;
}

/* Of waits that are neither the second nor the last. */
static void find_middle(const struct survey *survey, struct sweep_place *place)
{
    const struct survey_call *first = place->calls[SWEEP_FIRST];
    size_t nth = 0;
    if (place->times < 4 || call_info(first->call)->family != FAMILY_WAIT)
        return;
    for (const struct survey_call *call = first; call < survey->calls + survey->count; call++)
        if (same_place(first, call) && ++nth == (place->times + 2) / 2)
            place->calls[SWEEP_MIDDLE] = call;
}

/* Whether several make it, and nowhere else. */
static bool is_by_threads(const struct survey *survey, const struct survey_call *first)
{
    bool several = false;
    for (const struct survey_call *call = first; call < survey->calls + survey->count; call++) {
        if (call->call != first->call || strcmp(call->process, first->process) != 0)
            continue;
        if (!same_place(first, call))
            return false;
        several = several || call->tid != first->tid;
    }
    for (const struct survey_call *call = survey->calls; several && call < first; call++)
        several = call->call != first->call || strcmp(call->process, first->process) != 0;
    return several;
}

/* Files are closed, copied and asked about by the same calls. */
static bool is_about_a_file(const struct survey_call *call)
{
    enum call_family family = call_info(call->call)->family;
    bool any = family == FAMILY_END || family == FAMILY_QUERY || family == FAMILY_DUPLICATE ||
               family == FAMILY_FILES;
    return any && !(call->facts & CONDITION_SET(SOCKET));
}

bool sweep_places_find(const struct survey *survey, struct sweep_places *ret)
{
    *ret = (struct sweep_places){0};
    for (size_t i = 0; i < survey->count; i++) {
        const struct survey_call *call = &survey->calls[i];
        if (is_probe(call->process) || is_launching(call) || is_about_a_file(call))
            continue;
        struct sweep_place *place = place_of(ret, call);
        if (place == NULL) {
            sweep_places_free(ret);
            return false;
        }
        note_call(place, call);
    }
    for (size_t i = 0; i < ret->count; i++)
        find_middle(survey, &ret->items[i]);
    for (size_t i = 0; i < ret->count; i++)
        ret->items[i].by_threads = is_by_threads(survey, ret->items[i].calls[SWEEP_FIRST]);
    return true;
}

bool sweep_places_have(const struct sweep_places *places, const struct survey_call *call)
{
    for (size_t i = 0; i < places->count; i++)
        if (same_place(places->items[i].calls[SWEEP_FIRST], call))
            return true;
    return false;
}

void sweep_places_free(struct sweep_places *places)
{
    free(places->items);
    *places = (struct sweep_places){0};
}
