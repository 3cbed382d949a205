#include "harness/coverage/coverage.h"

#include <stdlib.h>
#include <string.h>

static void free_file(struct coverage_file *file)
{
    for (size_t i = 0; i < file->count; i++)
        free(file->lines[i].branches);
    free(file->lines);
    free(file->path);
}

void coverage_free(struct coverage *coverage)
{
    for (size_t i = 0; i < coverage->count; i++)
        free_file(&coverage->files[i]);
    free(coverage->files);
    free(coverage->warnings);
    *coverage = (struct coverage){0};
}

static bool is_below(const char *path, const char *folder, size_t len)
{
    return strncmp(path, folder, len) == 0 && path[len] == '/';
}

static bool all_below(const struct coverage *coverage, const char *folder, size_t len)
{
    for (size_t i = 0; i < coverage->count; i++)
        if (!is_below(coverage->files[i].path, folder, len))
            return false;
    return true;
}

char *coverage_root(const struct coverage *coverage, const char *folder)
{
    size_t len = strlen(folder);
    if (all_below(coverage, folder, len))
        return strdup(folder);
    folder = coverage->files[0].path;
    for (len = strlen(folder); len > 0 && !all_below(coverage, folder, len);)
        len--;
    return strndup(folder, len);
}

/* Room for one more at `place`. NULL: no memory, and *items is as before. */
static void *insert(void *items, size_t *count, size_t size, size_t place)
{
    char *grown = realloc(items, (*count + 1) * size);
    if (grown == NULL)
        return NULL;
    memmove(grown + (place + 1) * size, grown + place * size, (*count - place) * size);
    memset(grown + place * size, 0, size);
    ++*count;
    return grown;
}

struct coverage_file *coverage_file_at(struct coverage *coverage, const char *path)
{
    size_t place = 0;
    while (place < coverage->count && strcmp(coverage->files[place].path, path) < 0)
        place++;
    if (place < coverage->count && strcmp(coverage->files[place].path, path) == 0)
        return &coverage->files[place];
    char *copy = strdup(path);
    struct coverage_file *grown =
        copy == NULL ? NULL : insert(coverage->files, &coverage->count, sizeof *grown, place);
    if (grown == NULL) {
        free(copy);
        return NULL;
    }
    coverage->files = grown;
    grown[place].path = copy;
    return &grown[place];
}

/* The first that is not before that number: lines mostly come in order. */
static size_t line_place(const struct coverage_file *file, int number)
{
    size_t low = 0, high = file->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (file->lines[middle].number < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool grow_branches(struct coverage_line *line, size_t count)
{
    if (count <= line->branch_count)
        return true;
    unsigned char *grown = realloc(line->branches, count);
    if (grown == NULL)
        return false;
    memset(grown + line->branch_count, 0, count - line->branch_count);
    line->branches = grown;
    line->branch_count = count;
    return true;
}

struct coverage_line *coverage_line_at(struct coverage_file *file, int number, size_t branch_count)
{
    size_t place = line_place(file, number);
    if (place == file->count || file->lines[place].number != number) {
        struct coverage_line *grown = insert(file->lines, &file->count, sizeof *grown, place);
        if (grown == NULL)
            return NULL;
        file->lines = grown;
        grown[place].number = number;
    }
    struct coverage_line *line = &file->lines[place];
    return grow_branches(line, branch_count) ? line : NULL;
}

void coverage_sum_add(struct coverage_sum *sum, const struct coverage_file *file)
{
    for (size_t i = 0; i < file->count; i++) {
        const struct coverage_line *line = &file->lines[i];
        sum->lines++;
        sum->lines_before += (line->by & COVERAGE_BEFORE) != 0;
        sum->lines_after += line->by != 0;
        sum->branches += line->branch_count;
        for (size_t k = 0; k < line->branch_count; k++) {
            sum->branches_before += (line->branches[k] & COVERAGE_BEFORE) != 0;
            sum->branches_after += line->branches[k] != 0;
        }
    }
}
