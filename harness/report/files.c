#include "harness/report/files.h"

#include <stdlib.h>
#include <string.h>

static const char *file_of(const struct result *result)
{
    return result->file == NULL ? "" : result->file;
}

/* All results are in one array, so that their addresses say which came first. */
static int compare(const void *a, const void *b)
{
    const struct result *left = *(const struct result *const *)a, *right = *(const struct result *const *)b;
    int order = strcmp(file_of(left), file_of(right));
    return order != 0 ? order : (left > right) - (left < right);
}

const struct result **files_order(const struct results *results)
{
    const struct result **order = results->count == 0 ? NULL : calloc(results->count, sizeof *order);
    for (size_t i = 0; i < results->count && order != NULL; i++)
        order[i] = &results->items[i];
    if (order != NULL)
        qsort(order, results->count, sizeof *order, compare);
    return order;
}

struct file_sum files_sum(const struct result *const *order, size_t count, size_t first)
{
    struct file_sum sum = {.file = file_of(order[first]), .first = first};
    for (size_t i = first; i < count && strcmp(file_of(order[i]), sum.file) == 0; i++) {
        enum verdict_class class = verdict_class(order[i]->verdict);
        sum.count++;
        sum.failures += class == VERDICT_FAILED;
        sum.errors += class == VERDICT_TROUBLE;
        sum.skipped += class == VERDICT_SKIPPED;
        sum.elapsed_ns += order[i]->elapsed_ns;
    }
    return sum;
}
