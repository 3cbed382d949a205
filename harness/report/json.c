/*
 * {"sockfault": VERSION, "seed": N, "experiments": [...], "passed": N, "failed": N, "skipped": N,
 * "elapsed_ns": N}; an experiment has the fields of result_to_json. Escaping is jansson's; what is not UTF-8
 * has become U+FFFD before.
 */
#include "harness/report/formats.h"
#include "harness/run/result/result_shape.h"
#include "harness/version.h"

/* Without what only the scheduler needs. */
static json_t *of_result(const struct result *result)
{
    json_t *object = result_json(result);
    json_object_del(object, "again");
    return object;
}

static json_t *experiments(const struct results *results)
{
    json_t *array = json_array();
    for (size_t i = 0; i < results->count; i++)
        json_array_append_new(array, of_result(&results->items[i]));
    return array;
}

void json_end(struct report_stream *stream, const struct results *results)
{
    json_t *document = json_object();
    json_object_set_new(document, "sockfault", json_string(SOCKFAULT_VERSION));
    json_object_set_new(document, "seed", result_json_uint64(results->seed));
    json_object_set_new(document, "experiments", experiments(results));
    json_object_set_new(document, "passed", result_json_uint64(results->passed));
    json_object_set_new(document, "failed", result_json_uint64(results->failed));
    json_object_set_new(document, "skipped", result_json_uint64(results->skipped));
    json_object_set_new(document, "elapsed_ns", json_integer(results->elapsed_ns));
    json_dumpf(document, stream->file, JSON_INDENT(2));
    fputc('\n', stream->file);
    json_decref(document);
}
