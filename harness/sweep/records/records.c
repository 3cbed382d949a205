#include "harness/sweep/records/records.h"
#include "harness/text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RECORD_SUFFIX ".record"

/* Everything that is no letter, digit, '=' or '.' becomes one '-'; none at either end. */
static void tidy(char *name)
{
    char *to = name;
    for (const char *from = name; *from != '\0'; from++) {
        if (isalnum((unsigned char)*from) || *from == '=' || *from == '.')
            *to++ = *from;
        else if (to > name && to[-1] != '-')
            *to++ = '-';
    }
    while (to > name && to[-1] == '-')
        to--;
    *to = '\0';
}

/* "[model=fork, domain=inet]" of an experiment's name, or "". */
static const char *matrix_of(const struct experiment *experiment)
{
    return experiment->matrix_count == 0 ? "" : experiment->name + strlen(experiment->claim);
}

char *records_name(const struct experiment *experiment, const struct sweep_trial *trial, const char *under)
{
    const char *slash = strrchr(experiment->file, '/');
    const char *base = slash == NULL ? experiment->file : slash + 1;
    const char *scope = strstr(trial->rule, ":scope=");
    const char *first_scope = under == NULL ? NULL : strstr(under, ":scope=");
    char *name = text_format("%.*s %s %.*s%s%.*s %s", (int)strcspn(base, "."), base, matrix_of(experiment),
                             first_scope == NULL ? 0 : (int)(first_scope - under), under == NULL ? "" : under,
                             under == NULL ? "" : " then ",
                             scope == NULL ? (int)strlen(trial->rule) : (int)(scope - trial->rule),
                             trial->rule, trial->event == NULL ? "" : trial->event->sequel);
    if (name == NULL)
        return NULL;
    tidy(name);
    char *file = text_format("%.200s" RECORD_SUFFIX, name);
    free(name);
    return file;
}

static char *copy(const char *text)
{
    return text == NULL ? NULL : strdup(text);
}

static bool fill(const struct sweep *sweep, size_t i, const struct run_options *options, struct record *ret)
{
    const struct sweep_trial *trial = &sweep->plan.trials[i];
    const struct sweep_seen *seen = &sweep->tried[i].seen;
    *ret = (struct record){
        .scenario = copy(sweep->subject.scenario->file),
        .experiment = copy(sweep->subject.scenario->name),
        .seed = options->seed,
        .clock = options->clock,
        .timeout_ns = options->timeout_ns,
        .under = copy(sweep->subject.under),
        .rule = copy(trial->rule),
        .row = copy(trial->row->name),
        .starting = trial->starting,
        .expect = trial->expect,
        .outcome = seen->outcome,
        .with = options->tool == MEMORY_NONE ? NULL : strdup(memory_tool_name(options->tool)),
        .seen = copy(seen->words),
        .site = copy(trial->call->site),
    };
    return ret->scenario != NULL && ret->experiment != NULL && ret->rule != NULL && ret->row != NULL &&
           ret->site != NULL;
}

/* Whether there is no such file, or what it repeats is repeated by this one. */
static bool is_ours(const char *path, const struct record *record)
{
    struct record there;
    struct diag diag = {0};
    if (access(path, F_OK) != 0)
        return true;
    if (!record_read(path, &there, &diag))
        return false;
    bool ours = record_same_trial(&there, record);
    record_free(&there);
    return ours;
}

/* Scenarios and programs of one name, and rules too long for one, have numbers: "NAME-2.record". malloc'd */
static char *path_for(const struct record *record, const char *folder, const char *name)
{
    int stem = (int)(strlen(name) - strlen(RECORD_SUFFIX));
    char *path = text_format("%s/%s", folder, name);
    for (unsigned int number = 2; path != NULL && !is_ours(path, record); number++) {
        free(path);
        path = text_format("%s/%.*s-%u" RECORD_SUFFIX, folder, stem, name, number);
    }
    return path;
}

static bool write_one(struct sweep *sweep, struct sweep_defect *defect, const struct sweep_programs *programs,
                      const struct run_options *options, const char *text, const char *folder,
                      struct diag *diag)
{
    struct record record = {0};
    char *path = NULL, *name = records_name(sweep->subject.scenario, &sweep->plan.trials[defect->trials[0]],
                                            sweep->subject.under);
    bool ok = name != NULL && fill(sweep, defect->trials[0], options, &record) &&
              record_add_programs(&record, programs);
    record.text = copy(text);
    ok = ok && (text == NULL || record.text != NULL) && (path = path_for(&record, folder, name)) != NULL;
    if (!ok)
        diag_set(diag, STATUS_TROUBLE, "no memory for a record");
    ok = ok && record_write(&record, path, diag);
    record_free(&record);
    free(name);
    if (ok)
        defect->record = path;
    else
        free(path);
    return ok;
}

bool records_write(struct sweep *sweep, const struct sweep_programs *programs,
                   const struct run_options *options, const char *text, const char *folder, struct diag *diag)
{
    bool ok = true;
    for (size_t i = 0; ok && i < sweep->defect_count; i++)
        ok = write_one(sweep, &sweep->defects[i], programs, options, text, folder, diag);
    return ok;
}
