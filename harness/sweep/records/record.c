#include "harness/sweep/records/record.h"
#include "harness/phrase.h"

#include <stdlib.h>
#include <string.h>

void record_free(struct record *record)
{
    char *const texts[] = {record->scenario, record->experiment, record->text, record->rule, record->row,
                           record->seen,     record->site,       record->with, record->under};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        free(texts[i]);
    for (size_t i = 0; i < record->program_count; i++) {
        free(record->programs[i].process);
        free(record->programs[i].path);
        free(record->programs[i].build_id);
    }
    free(record->programs);
    *record = (struct record){0};
}

bool record_add_programs(struct record *record, const struct sweep_programs *programs)
{
    record->programs = calloc(programs->count + 1, sizeof *record->programs);
    for (size_t i = 0; record->programs != NULL && i < programs->count; i++) {
        const struct sweep_program *program = &programs->items[i];
        if (program->path == NULL)
            continue;
        struct record_program *copy = &record->programs[record->program_count++];
        *copy = (struct record_program){strdup(program->process), strdup(program->path),
                                        strdup(program->build_id)};
        if (copy->process == NULL || copy->path == NULL || copy->build_id == NULL)
            return false;
    }
    return record->programs != NULL;
}

/* NULL is like NULL alone. */
static bool same_text(const char *one, const char *other)
{
    return one == NULL || other == NULL ? one == other : strcmp(one, other) == 0;
}

static bool same_programs(const struct record *one, const struct record *other)
{
    bool same = one->program_count == other->program_count;
    for (size_t i = 0; same && i < one->program_count; i++)
        same = same_text(one->programs[i].path, other->programs[i].path);
    return same;
}

bool record_same_trial(const struct record *one, const struct record *other)
{
    return same_text(one->scenario, other->scenario) && same_text(one->experiment, other->experiment) &&
           same_text(one->text, other->text) && same_text(one->under, other->under) &&
           same_text(one->rule, other->rule) && same_text(one->with, other->with) &&
           same_programs(one, other);
}

static const struct sweep_program *find(const struct sweep_programs *programs, const char *process)
{
    for (size_t i = 0; i < programs->count; i++)
        if (strcmp(programs->items[i].process, process) == 0)
            return &programs->items[i];
    return NULL;
}

char *record_changes(const struct record *record, const struct sweep_programs *programs)
{
    char *changes = NULL;
    for (size_t i = 0; i < record->program_count; i++) {
        const struct record_program *was = &record->programs[i];
        const struct sweep_program *is = find(programs, was->process);
        if (is == NULL || is->path == NULL)
            phrase_append(&changes, "\n", "%s: %s is not there any more", was->process, was->path);
        else if (strcmp(is->build_id, was->build_id) != 0)
            phrase_append(&changes, "\n", "%s: %s has been built anew (build-id %s, in the record %s)",
                          was->process, is->path, is->build_id[0] ? is->build_id : "none",
                          was->build_id[0] ? was->build_id : "none");
    }
    return changes;
}
