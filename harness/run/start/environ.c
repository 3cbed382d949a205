#include "harness/run/start/environ.h"

#include "harness/run/watch/counted.h"
#include "harness/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static size_t find(const struct environment *environment, const char *name, size_t len)
{
    size_t i = 0;
    while (i < environment->count &&
           (strncmp(environment->items[i], name, len) != 0 || environment->items[i][len] != '='))
        i++;
    return i;
}

const char *environment_get(const struct environment *environment, const char *name)
{
    size_t i = find(environment, name, strlen(name));
    return i < environment->count ? environment->items[i] + strlen(name) + 1 : NULL;
}

/* Takes item over; NULL is no memory. */
static bool put(struct environment *environment, size_t i, char *item)
{
    if (i + 1 >= environment->capacity) {
        size_t capacity = environment->capacity ? 2 * environment->capacity : 64;
        char **more = item ? realloc(environment->items, capacity * sizeof *more) : NULL;
        if (!more) {
            free(item);
            return false;
        }
        environment->items = more;
        environment->capacity = capacity;
    }
    if (!item)
        return false;
    if (i < environment->count)
        free(environment->items[i]);
    else
        environment->items[++environment->count] = NULL;
    environment->items[i] = item;
    return true;
}

bool environment_set(struct environment *environment, const char *name, const char *value)
{
    size_t i = find(environment, name, strlen(name));
    if (value)
        return put(environment, i, text_format("%s=%s", name, value));
    if (i < environment->count) {
        free(environment->items[i]);
        environment->items[i] = environment->items[--environment->count];
        environment->items[environment->count] = NULL;
    }
    return true;
}

void environment_free(struct environment *environment)
{
    for (size_t i = 0; i < environment->count; i++)
        free(environment->items[i]);
    free(environment->items);
    *environment = (struct environment){0};
}

/* Ours are set below: a run inside a run must not see the outer one's. */
static bool inherited(const char *item, bool cleared)
{
    static const char *const kept[] = {"PATH=", "HOME=", "LANG=", "TMPDIR="};
    if (strncmp(item, "SOCKFAULT", 9) == 0)
        return false;
    for (size_t i = 0; cleared && i < sizeof kept / sizeof *kept; i++)
        if (strncmp(item, kept[i], strlen(kept[i])) == 0)
            return true;
    return !cleared && strchr(item, '=');
}

static bool add_variables(struct environment *environment, const struct variable *variables, size_t count,
                          const struct runtime *runtime, struct diag *diag)
{
    for (size_t i = 0; i < count; i++) {
        char *value = NULL;
        if (variables[i].value && !(value = scenario_expand(variables[i].value, runtime, diag)))
            return false;
        bool set = environment_set(environment, variables[i].name, value);
        free(value);
        if (!set)
            return false;
    }
    return true;
}

/* The one line of THIRD_PARTY/lib-path, in front of what there is. */
static bool add_library_path(struct environment *environment, const char *third_party)
{
    char path[PATH_MAX], line[8192] = "";
    snprintf(path, sizeof path, "%s/lib-path", third_party);
    FILE *file = fopen(path, "re");
    if (!file)
        return true;
    if (!fgets(line, sizeof line, file))
        line[0] = '\0';
    fclose(file);
    line[strcspn(line, "\n")] = '\0';
    const char *before = environment_get(environment, "LD_LIBRARY_PATH");
    char *joined = text_format("%s%s%s", line, before && line[0] ? ":" : "", before ? before : "");
    bool set = joined && (!joined[0] || environment_set(environment, "LD_LIBRARY_PATH", joined));
    free(joined);
    return set;
}

static bool add_asan(struct environment *environment, const struct run *run, const struct instance *instance)
{
    char prefix[PATH_MAX];
    if (run->options->tool != MEMORY_ASAN)
        return true;
    memory_prefix(run->guard->folder, instance->name, prefix);
    char *options = memory_asan_options(environment_get(environment, "ASAN_OPTIONS"), prefix);
    bool set = options && environment_set(environment, "ASAN_OPTIONS", options);
    free(options);
    return set;
}

/* A sanitizer's runtime wants to be first; what the user preloads comes after the shim. */
static bool add_shim(struct environment *environment, const struct run *run, const struct instance *instance)
{
    const struct program *program = &run->programs[instance->index];
    const char *before = environment_get(environment, "LD_PRELOAD");
    char *preload = text_format("%s%s%s%s%s", program->sanitizer, program->sanitizer[0] ? ":" : "", run->shim,
                                before && before[0] ? ":" : "", before ? before : "");
    bool set = preload && environment_set(environment, "LD_PRELOAD", preload) &&
               environment_set(environment, "SOCKFAULT_BOARD", run->board_path) &&
               environment_set(environment, "SOCKFAULT_PROCESS", instance->name);
    free(preload);
    return set;
}

/* The user's own counts are not touched. What the runtime has to complain of is not the program's to say. */
static bool add_coverage(struct environment *environment, const struct run *run)
{
    char folder[PATH_MAX + 16];
    counted_folder(run, folder);
    return environment_set(environment, "GCOV_PREFIX", folder) &&
           environment_set(environment, "GCOV_PREFIX_STRIP", NULL) &&
           environment_set(environment, "GCOV_ERROR_FILE", "/dev/null");
}

bool environment_make(const struct run *run, const struct instance *instance, bool bare,
                      struct environment *ret, struct diag *diag)
{
    const struct scenario_process *process = instance->process;
    struct environment made = {0};
    bool good = put(&made, 0, strdup("SOCKFAULT=")) && environment_set(&made, "SOCKFAULT", NULL);
    for (char **item = environ; good && *item; item++)
        if (inherited(*item, process->clear_env))
            good = put(&made, made.count, strdup(*item));
    good = good &&
           add_variables(&made, run->experiment->env, run->experiment->env_count, &run->runtime, diag) &&
           add_variables(&made, process->env, process->env_count, &run->runtime, diag);
    if (good && !bare && run->programs[instance->index].third_party && run->options->third_party)
        good = add_library_path(&made, run->options->third_party);
    if (good && !bare && run->options->coverage)
        good = add_coverage(&made, run);
    if (good && !bare && instance_shimmed(instance))
        good = add_shim(&made, run, instance) && add_asan(&made, run, instance);
    if (good) {
        *ret = made;
        return true;
    }
    environment_free(&made);
    if (diag_ok(diag))
        diag_set(diag, STATUS_TROUBLE, "out of memory");
    return false;
}
