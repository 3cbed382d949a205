#include "harness/cli/select.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

bool words_add(struct words *words, const char *word)
{
    const char **grown = realloc(words->items, (words->count + 1) * sizeof *grown);
    if (grown == NULL)
        return false;
    words->items = grown;
    words->items[words->count++] = word;
    return true;
}

static bool is_a_name(const struct scenario_set *set, const char *pattern)
{
    for (size_t i = 0; i < set->count; i++)
        if (strcmp(set->experiments[i].name, pattern) == 0)
            return true;
    return false;
}

static bool glob_matches(const char *pattern, const struct experiment *experiment)
{
    const char *slash = strrchr(experiment->file, '/');
    return fnmatch(pattern, experiment->name, 0) == 0 || fnmatch(pattern, experiment->claim, 0) == 0 ||
           fnmatch(pattern, experiment->file, 0) == 0 ||
           (slash != NULL && fnmatch(pattern, slash + 1, 0) == 0);
}

static bool only_matches(const struct scenario_set *set, const struct words *only,
                         const struct experiment *experiment)
{
    for (size_t i = 0; i < only->count; i++) {
        const char *pattern = only->items[i];
        if (is_a_name(set, pattern) ? strcmp(pattern, experiment->name) == 0
                                    : glob_matches(pattern, experiment))
            return true;
    }
    return only->count == 0;
}

static bool has_tag(const struct experiment *experiment, const char *tag)
{
    for (size_t i = 0; i < experiment->tag_count; i++)
        if (strcmp(experiment->tags[i], tag) == 0)
            return true;
    return false;
}

static bool tags_match(const struct words *tags, const struct experiment *experiment)
{
    for (size_t i = 0; i < tags->count; i++) {
        const char *tag = tags->items[i];
        bool unwanted = tag[0] == '!';
        if (has_tag(experiment, tag + unwanted) == unwanted)
            return false;
    }
    return true;
}

static void say_none(const struct scenario_set *set, const struct filter *filter, struct diag *diag)
{
    if (set->count == 0) {
        diag_set(diag, STATUS_USAGE, "nothing to run: there is no scenario (*.yaml, *.yml) there");
        return;
    }
    diag_set(diag, STATUS_USAGE, "nothing to run: none of %zu experiments matches", set->count);
    for (size_t i = 0; i < filter->only.count; i++)
        diag_more(diag, "    --only '%s'", filter->only.items[i]);
    for (size_t i = 0; i < filter->tags.count; i++)
        diag_more(diag, "    --tag '%s'", filter->tags.items[i]);
}

bool select_experiments(const struct scenario_set *set, const struct filter *filter, struct selection *ret,
                        struct diag *diag)
{
    size_t matched = 0;
    struct selection chosen = {calloc(set->count + 1, sizeof *chosen.items), 0};
    if (chosen.items == NULL) {
        diag_set(diag, STATUS_TROUBLE, "no memory");
        return false;
    }
    for (size_t i = 0; i < set->count; i++) {
        const struct experiment *experiment = &set->experiments[i];
        if (!only_matches(set, &filter->only, experiment) || !tags_match(&filter->tags, experiment))
            continue;
        if (filter->shards == 0 || matched % filter->shards == filter->shard - 1)
            chosen.items[chosen.count++] = experiment;
        matched++;
    }
    if (matched == 0) {
        say_none(set, filter, diag);
        free(chosen.items);
        return false;
    }
    *ret = chosen;
    return true;
}
