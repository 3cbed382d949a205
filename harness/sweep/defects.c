#include "harness/sweep/defects.h"

#include <stdlib.h>
#include <string.h>

static struct sweep_defect *find(struct sweep *sweep, size_t place, enum sweep_outcome outcome)
{
    for (size_t i = 0; i < sweep->defect_count; i++)
        if (sweep->defects[i].place == place && sweep->defects[i].outcome == outcome)
            return &sweep->defects[i];
    struct sweep_defect *grown = realloc(sweep->defects, (sweep->defect_count + 1) * sizeof *grown);
    if (grown == NULL)
        return NULL;
    sweep->defects = grown;
    grown[sweep->defect_count] = (struct sweep_defect){.place = place, .outcome = outcome};
    return &grown[sweep->defect_count++];
}

/* Whether the process of an experiment is one that was started of it. */
static bool is_of(const char *name, const char *process)
{
    size_t len = strcspn(name, "#");
    return process != NULL && strlen(process) == len && strncmp(process, name, len) == 0;
}

static bool add(struct sweep *sweep, size_t trial)
{
    struct sweep_defect *defect =
        find(sweep, sweep->plan.trials[trial].place, sweep->tried[trial].seen.outcome);
    size_t *grown = defect == NULL ? NULL : realloc(defect->trials, (defect->count + 1) * sizeof *grown);
    if (grown == NULL)
        return false;
    const char *who = sweep->tried[trial].seen.process, *where = sweep->plan.trials[trial].call->process;
    defect->trials = grown;
    grown[defect->count++] = trial;
    defect->own |= is_of(where, who);
    return true;
}

static bool add_all(struct sweep *sweep, enum sweep_steadiness steadiness)
{
    for (size_t i = 0; i < sweep->plan.count; i++)
        if (sweep->tried[i].steadiness == steadiness && !add(sweep, i))
            return false;
    return true;
}

static int worst_first(const void *one, const void *other)
{
    const struct sweep_defect *a = one, *b = other;
    if (a->outcome != b->outcome)
        return a->outcome > b->outcome ? -1 : 1;
    if (a->own != b->own)
        return a->own ? -1 : 1;
    return a->place < b->place ? -1 : a->place > b->place;
}

bool sweep_defects_find(struct sweep *sweep)
{
    if (!add_all(sweep, SWEEP_STEADY) || !add_all(sweep, SWEEP_UNSTEADY))
        return false;
    if (sweep->defect_count > 0)
        qsort(sweep->defects, sweep->defect_count, sizeof *sweep->defects, worst_first);
    return true;
}

void sweep_defects_free(struct sweep *sweep)
{
    for (size_t i = 0; i < sweep->defect_count; i++) {
        free(sweep->defects[i].trials);
        free(sweep->defects[i].record);
    }
    free(sweep->defects);
    sweep->defects = NULL;
    sweep->defect_count = 0;
}
