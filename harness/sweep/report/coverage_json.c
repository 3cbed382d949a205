#include "harness/run/result/result_shape.h"
#include "harness/sweep/report/coverage_report.h"
#include "harness/text.h"

#include <stdlib.h>
#include <string.h>

static json_t *text_json(const char *text)
{
    char *clean = text == NULL ? NULL : text_utf8(text, strlen(text), NULL);
    json_t *json = clean == NULL ? json_null() : json_string(clean);
    free(clean);
    return json;
}

static void set_sum(json_t *object, const struct coverage_sum *sum)
{
    const struct {
        const char *name;
        size_t value;
    } fields[] = {
        {"lines", sum->lines},
        {"lines_before", sum->lines_before},
        {"lines_after", sum->lines_after},
        {"branches", sum->branches},
        {"branches_before", sum->branches_before},
        {"branches_after", sum->branches_after},
    };
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        json_object_set_new(object, fields[i].name, result_json_uint64(fields[i].value));
}

static json_t *lines_json(const struct coverage_file *file, enum coverage_change change)
{
    json_t *array = json_array();
    for (size_t i = 0; i < file->count; i++)
        if (coverage_change_of(file->lines[i].by) == change)
            json_array_append_new(array, json_integer(file->lines[i].number));
    return array;
}

/* [line, which of its ways, from 0], each. */
static json_t *branches_json(const struct coverage_file *file, enum coverage_change change)
{
    json_t *array = json_array();
    for (size_t i = 0; i < file->count; i++)
        for (size_t k = 0; k < file->lines[i].branch_count; k++)
            if (coverage_change_of(file->lines[i].branches[k]) == change) {
                json_t *pair = json_array();
                json_array_append_new(pair, json_integer(file->lines[i].number));
                json_array_append_new(pair, json_integer((json_int_t)k));
                json_array_append_new(array, pair);
            }
    return array;
}

static json_t *file_json(const struct coverage_file *file, const char *root, struct coverage_sum *all)
{
    json_t *object = json_object();
    struct coverage_sum sum = {0};
    coverage_sum_add(&sum, file);
    coverage_sum_add(all, file);
    json_object_set_new(object, "file", text_json(coverage_path(file, root)));
    set_sum(object, &sum);
    json_object_set_new(object, "added_lines", lines_json(file, COVERAGE_ADDED));
    json_object_set_new(object, "added_branches", branches_json(file, COVERAGE_ADDED));
    json_object_set_new(object, "missing_lines", lines_json(file, COVERAGE_NEVER));
    json_object_set_new(object, "missing_branches", branches_json(file, COVERAGE_NEVER));
    return object;
}

json_t *coverage_json(const struct coverage *coverage, const char *root)
{
    json_t *object = json_object(), *files = json_array();
    struct coverage_sum all = {0};
    for (size_t i = 0; i < coverage->count; i++)
        json_array_append_new(files, file_json(&coverage->files[i], root, &all));
    set_sum(object, &all);
    json_object_set_new(object, "files", files);
    json_object_set_new(object, "warnings", text_json(coverage->warnings));
    return object;
}
