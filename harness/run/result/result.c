#include "harness/run/result/result.h"
#include "harness/run/result/result_shape.h"

#include <stdlib.h>
#include <string.h>

/* The kind follows from the member's type, so that the table cannot disagree with the struct. */
#define KIND(member)                                                                                         \
    _Generic((member), char *: FIELD_TEXT, bool: FIELD_BOOL, int: FIELD_INT, int64_t: FIELD_INT64,            \
             uint32_t: FIELD_UINT32, uint64_t: FIELD_UINT64)
#define NAMED(type, member, name)                                                                            \
    {                                                                                                        \
        name, KIND(((struct type *)NULL)->member), offsetof(struct type, member), 0, NULL                    \
    }
#define PLAIN(type, member) NAMED(type, member, #member)
#define COUNTED(type, member, count, name, kind, shape)                                                      \
    {                                                                                                        \
        name, kind, offsetof(struct type, member), offsetof(struct type, count), shape                       \
    }
#define SHAPE(fields, type)                                                                                  \
    {                                                                                                        \
        fields, sizeof fields / sizeof *fields, sizeof(struct type)                                          \
    }

static const struct field failure_fields[] = {
    PLAIN(failure, process), PLAIN(failure, what), PLAIN(failure, expected), PLAIN(failure, got),
    PLAIN(failure, file),    PLAIN(failure, line), PLAIN(failure, column),
};

static const struct field process_fields[] = {
    PLAIN(process_result, name),
    PLAIN(process_result, pid),
    PLAIN(process_result, command),
    PLAIN(process_result, started),
    PLAIN(process_result, ended),
    PLAIN(process_result, stopped_by_us),
    PLAIN(process_result, killed_by_us),
    PLAIN(process_result, kept),
    PLAIN(process_result, status),
    PLAIN(process_result, signal),
    PLAIN(process_result, elapsed_ns),
    PLAIN(process_result, hello),
    COUNTED(process_result, out, out_len, "stdout", FIELD_BYTES, NULL),
    COUNTED(process_result, err, err_len, "stderr", FIELD_BYTES, NULL),
    NAMED(process_result, out_cut, "stdout_cut"),
    NAMED(process_result, err_cut, "stderr_cut"),
    PLAIN(process_result, fds_before),
    PLAIN(process_result, fds_after),
    PLAIN(process_result, zombies),
    PLAIN(process_result, memory_peak),
    PLAIN(process_result, memory_cut),
    PLAIN(process_result, bytes_received),
    PLAIN(process_result, bytes_sent),
    PLAIN(process_result, calls),
    PLAIN(process_result, memory),
    PLAIN(process_result, waiting),
};

static const struct field rule_fields[] = {
    PLAIN(rule_result, text),        PLAIN(rule_result, place),    PLAIN(rule_result, matched),
    PLAIN(rule_result, fired),       PLAIN(rule_result, refused),  PLAIN(rule_result, forced),
    PLAIN(rule_result, refused_why), PLAIN(rule_result, optional),
};

static const struct field trace_fields[] = {
    PLAIN(trace_line, time_ns), PLAIN(trace_line, process),    PLAIN(trace_line, pid),
    PLAIN(trace_line, tid),     PLAIN(trace_line, text),       PLAIN(trace_line, injected),
    PLAIN(trace_line, site),    PLAIN(trace_line, connection), PLAIN(trace_line, left_out),
};

static const struct shape failure_shape = SHAPE(failure_fields, failure);
static const struct shape process_shape = SHAPE(process_fields, process_result);
static const struct shape rule_shape = SHAPE(rule_fields, rule_result);
static const struct shape trace_shape = SHAPE(trace_fields, trace_line);

static const struct field result_fields[] = {
    PLAIN(result, file),
    PLAIN(result, line),
    PLAIN(result, name),
    COUNTED(result, tags, tag_count, "tags", FIELD_TEXTS, NULL),
    PLAIN(result, points),
    {"verdict", FIELD_VERDICT, offsetof(struct result, verdict), 0, NULL},
    PLAIN(result, reason),
    PLAIN(result, seed),
    PLAIN(result, elapsed_ns),
    PLAIN(result, advanced_ns),
    PLAIN(result, jumps),
    PLAIN(result, looks),
    COUNTED(result, processes, process_count, "processes", FIELD_LIST, &process_shape),
    COUNTED(result, rules, rule_count, "rules", FIELD_LIST, &rule_shape),
    COUNTED(result, failures, failure_count, "failures", FIELD_LIST, &failure_shape),
    COUNTED(result, trace, trace_count, "trace", FIELD_LIST, &trace_shape),
    PLAIN(result, trace_total),
    PLAIN(result, trace_lost),
    PLAIN(result, repeat),
    PLAIN(result, notes),
    PLAIN(result, served),
    PLAIN(result, doubted),
    PLAIN(result, again),
};

const struct shape result_shape = SHAPE(result_fields, result);

static const struct verdict_row {
    const char *name, *title;
    enum verdict_class class;
    int gravity;
} verdicts[] = {
#define VERDICT(id, name, title, class, gravity) [VERDICT_##id] = {name, title, VERDICT_##class, gravity},
#include "harness/run/result/verdicts.def"
#undef VERDICT
};

static const struct verdict_row *row_of(enum verdict verdict)
{
    static const struct verdict_row none = {"?", "?", VERDICT_TROUBLE, 0};
    return (size_t)verdict < VERDICT_COUNT ? &verdicts[verdict] : &none;
}

const char *verdict_name(enum verdict verdict)
{
    return row_of(verdict)->name;
}

const char *verdict_title(enum verdict verdict)
{
    return row_of(verdict)->title;
}

enum verdict_class verdict_class(enum verdict verdict)
{
    return row_of(verdict)->class;
}

bool verdict_outweighs(enum verdict verdict, enum verdict other)
{
    return row_of(verdict)->gravity > row_of(other)->gravity;
}

static void field_free(const struct field *field, char *object)
{
    void **at = (void **)(object + field->offset);
    switch (field->kind) {
    case FIELD_TEXT:
    case FIELD_BYTES:
        free(*at);
        break;
    case FIELD_TEXTS:
        for (size_t i = *(size_t *)(object + field->count_offset); i-- > 0;)
            free(((char **)*at)[i]);
        free(*at);
        break;
    case FIELD_LIST:
        for (size_t i = *(size_t *)(object + field->count_offset); i-- > 0;)
            shape_free(field->shape, (char *)*at + i * field->shape->size);
        free(*at);
        break;
    default:
        break;
    }
}

void shape_free(const struct shape *shape, void *object)
{
    for (size_t i = 0; i < shape->field_count; i++)
        field_free(&shape->fields[i], object);
    memset(object, 0, shape->size);
}

void result_free(struct result *result)
{
    shape_free(&result_shape, result);
}

void results_free(struct results *results)
{
    for (size_t i = 0; i < results->count; i++)
        result_free(&results->items[i]);
    free(results->items);
    memset(results, 0, sizeof *results);
}

static void count_verdict(struct results *results, enum verdict verdict)
{
    if (verdict == VERDICT_PASS)
        results->passed++;
    else if (verdict == VERDICT_SKIP)
        results->skipped++;
    else
        results->failed++;
}

static bool grow(struct results *results)
{
    if (results->count < results->capacity)
        return true;
    size_t capacity = results->capacity == 0 ? 16 : 2 * results->capacity;
    struct result *items = reallocarray(results->items, capacity, sizeof *items);
    if (items == NULL)
        return false;
    results->items = items;
    results->capacity = capacity;
    return true;
}

void results_add(struct results *results, struct result *result)
{
    if (grow(results)) {
        count_verdict(results, result->verdict);
        results->items[results->count++] = *result;
        memset(result, 0, sizeof *result);
    } else {
        /* A result that cannot be kept is one that nobody can report: never a pass. */
        results->failed++;
        result_free(result);
    }
}

static char *copy(const char *text)
{
    return text == NULL ? NULL : strdup(text);
}

void result_fail(struct result *result, const char *process, const char *what, const char *expected,
                 const char *got, const char *file, int line, int column)
{
    if (result->verdict == VERDICT_PASS)
        result->verdict = VERDICT_FAIL;
    struct failure *failures = reallocarray(result->failures, result->failure_count + 1, sizeof *failures);
    if (failures == NULL)
        return;
    result->failures = failures;
    failures[result->failure_count++] = (struct failure){
        .process = copy(process),
        .what = copy(what),
        .expected = copy(expected),
        .got = copy(got),
        .file = copy(file),
        .line = line,
        .column = column,
    };
}

enum status results_status(const struct results *results)
{
    enum status status = STATUS_HELD;
    for (size_t i = 0; i < results->count; i++) {
        enum verdict_class class = verdict_class(results->items[i].verdict);
        if (class == VERDICT_FAILED)
            return STATUS_FAILED;
        if (class == VERDICT_TROUBLE)
            status = STATUS_TROUBLE;
    }
    return status == STATUS_HELD && results->failed > 0 ? STATUS_TROUBLE : status;
}
