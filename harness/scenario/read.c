/* From files and folders to experiments. */
#include "harness/scenario/experiment.h"
#include "harness/scenario/files.h"
#include "harness/scenario/keys.h"
#include "harness/scenario/matrix.h"

#include <stdlib.h>
#include <string.h>

static struct experiment *append(struct scenario_set *set)
{
    struct experiment *grown = reallocarray(set->experiments, set->count + 1, sizeof *grown);
    if (grown == NULL)
        abort(); /* as a pool does */
    set->experiments = grown;
    grown[set->count] = (struct experiment){0};
    return &grown[set->count++];
}

static bool read_experiments(struct reader *r, struct scenario_set *set)
{
    const struct node *root = r->document->root;
    struct matrix matrix;
    size_t before = set->count;
    if (!keys_check(r, KEYS_TOP, root) || !matrix_read(r, root, &matrix))
        return false;
    for (size_t i = 0; i < matrix.total; i++) {
        r->experiment = append(set);
        matrix_choose(&matrix, r->pool, i, r->experiment);
        if (matrix_excludes(&matrix, r->experiment))
            set->count--;
        else if (!experiment_read(r, root))
            return false;
    }
    r->experiment = NULL;
    if (set->count == before)
        return reader_error(r, matrix.exclude,
                            "got an 'exclude' that leaves out every combination, expected one to stay");
    return true;
}

bool scenario_read_text(const char *name, const char *text, size_t len, struct scenario_set *set,
                        struct diag *diag)
{
    struct pool *pool = NULL;
    struct source source = {pool_copy(&set->pool, name, strlen(name)), pool_copy(&pool, text, len), len};
    struct document document = {0};
    size_t before = set->count, taken = 0;
    bool ok = false;
    if (!source_check(&source, diag) || !document_read(&source, &document, diag))
        goto out;
    struct reader r = {.document = &document,
                       .pool = &set->pool,
                       .diag = diag,
                       .file = source.name,
                       .process = -1,
                       .taken = &taken};
    ok = read_experiments(&r, set);
    if (ok)
        set->file_count++;
    else
        set->count = before;
out:
    document_free(&document);
    pool_free(&pool);
    return ok;
}

static bool read_file(const char *path, struct scenario_set *set, struct diag *diag)
{
    size_t len;
    char *text = file_read(path, SOURCE_MAX + 1, &len, diag);
    bool ok = text != NULL && scenario_read_text(path, text, len, set, diag);
    free(text);
    return ok;
}

bool scenario_read(const char *path, struct scenario_set *set, struct diag *diag,
                   void (*report)(void *context, const struct diag *diag), void *context)
{
    struct pool *pool = NULL;
    char **paths = files_find(path, &pool, diag);
    bool ok = paths != NULL;
    if (!ok && report != NULL)
        report(context, diag);
    for (size_t i = 0; paths != NULL && paths[i] != NULL; i++) {
        struct diag one = {0};
        if (read_file(paths[i], set, &one))
            continue;
        if (report != NULL)
            report(context, &one);
        if (ok)
            *diag = one;
        ok = false;
    }
    pool_free(&pool);
    return ok;
}

void scenario_set_free(struct scenario_set *set)
{
    free(set->experiments);
    pool_free(&set->pool);
    *set = (struct scenario_set){0};
}
