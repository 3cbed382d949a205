#include "harness/run/result/result_shape.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

static const char *type_name(const json_t *json)
{
    static const char *const names[] = {
        [JSON_OBJECT] = "an object", [JSON_ARRAY] = "a list",    [JSON_STRING] = "a string",
        [JSON_INTEGER] = "a number", [JSON_REAL] = "a fraction", [JSON_TRUE] = "true",
        [JSON_FALSE] = "false",      [JSON_NULL] = "null",
    };
    return json == NULL ? "nothing" : names[json_typeof(json)];
}

static bool wrong(const struct field *field, const json_t *json, const char *expected, struct diag *diag)
{
    diag_set(diag, STATUS_TROUBLE, "an experiment's result: got %s for %s, expected %s", type_name(json),
             field->name, expected);
    return false;
}

static bool out_of_memory(struct diag *diag)
{
    diag_set(diag, STATUS_TROUBLE, "an experiment's result: out of memory");
    return false;
}

/* A copy with its NULs; NULL for JSON's null. */
static bool read_text(const struct field *field, const json_t *json, char **ret, size_t *ret_len,
                      struct diag *diag)
{
    if (json_is_null(json)) {
        *ret = NULL;
        *ret_len = 0;
        return true;
    }
    if (!json_is_string(json))
        return wrong(field, json, "a string or null", diag);
    size_t len = json_string_length(json);
    char *text = malloc(len + 1);
    if (text == NULL)
        return out_of_memory(diag);
    memcpy(text, json_string_value(json), len);
    text[len] = '\0';
    *ret = text;
    *ret_len = len;
    return true;
}

static bool read_signed(const struct field *field, const json_t *json, int64_t min, int64_t max, int64_t *ret,
                        struct diag *diag)
{
    if (!json_is_integer(json) || json_integer_value(json) < min || json_integer_value(json) > max)
        return wrong(field, json, "a number in its range", diag);
    *ret = json_integer_value(json);
    return true;
}

static bool read_unsigned(const struct field *field, const json_t *json, uint64_t *ret, struct diag *diag)
{
    if (json_is_string(json)) {
        const char *text = json_string_value(json);
        char *end;
        errno = 0;
        unsigned long long value = strtoull(text, &end, 10);
        if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0)
            return wrong(field, json, "a number from 0 to 2^64-1", diag);
        *ret = value;
        return true;
    }
    int64_t value;
    if (!read_signed(field, json, 0, INT64_MAX, &value, diag))
        return false;
    *ret = (uint64_t)value;
    return true;
}

static bool read_verdict(const struct field *field, const json_t *json, enum verdict *ret, struct diag *diag)
{
    for (int i = 0; json_is_string(json) && i < VERDICT_COUNT; i++)
        if (strcmp(json_string_value(json), verdict_name((enum verdict)i)) == 0) {
            *ret = (enum verdict)i;
            return true;
        }
    return wrong(field, json, "a verdict", diag);
}

static bool read_shape(const struct shape *shape, const json_t *json, char *object, struct diag *diag);

static bool read_item(const struct field *field, const json_t *json, char *item, struct diag *diag)
{
    size_t len;
    if (field->kind == FIELD_TEXTS)
        return read_text(field, json, (char **)(void *)item, &len, diag);
    if (!json_is_object(json))
        return wrong(field, json, "a list of objects", diag);
    return read_shape(field->shape, json, item, diag);
}

/* The count is set first: shape_free then frees what has been read so far. */
static bool read_array(const struct field *field, const json_t *json, char *object, struct diag *diag)
{
    if (!json_is_array(json))
        return wrong(field, json, "a list", diag);
    size_t count = json_array_size(json);
    size_t size = field->kind == FIELD_TEXTS ? sizeof(char *) : field->shape->size;
    char *items = count == 0 ? NULL : calloc(count, size);
    if (count > 0 && items == NULL)
        return out_of_memory(diag);
    *(char **)(void *)(object + field->offset) = items;
    *(size_t *)(void *)(object + field->count_offset) = count;
    for (size_t i = 0; i < count; i++)
        if (!read_item(field, json_array_get(json, i), items + i * size, diag))
            return false;
    return true;
}

static bool read_bool(const struct field *field, const json_t *json, bool *ret, struct diag *diag)
{
    if (!json_is_boolean(json))
        return wrong(field, json, "true or false", diag);
    *ret = json_is_true(json);
    return true;
}

static bool read_field(const struct field *field, const json_t *json, char *object, struct diag *diag)
{
    void *at = object + field->offset;
    int64_t number;
    size_t len;
    switch (field->kind) {
    case FIELD_TEXT:
        return read_text(field, json, at, &len, diag);
    case FIELD_BYTES:
        return read_text(field, json, at, (size_t *)(void *)(object + field->count_offset), diag);
    case FIELD_BOOL:
        return read_bool(field, json, at, diag);
    case FIELD_INT:
        if (!read_signed(field, json, INT_MIN, INT_MAX, &number, diag))
            return false;
        *(int *)at = (int)number;
        return true;
    case FIELD_INT64:
        return read_signed(field, json, INT64_MIN, INT64_MAX, at, diag);
    case FIELD_UINT32:
        if (!read_signed(field, json, 0, UINT32_MAX, &number, diag))
            return false;
        *(uint32_t *)at = (uint32_t)number;
        return true;
    case FIELD_UINT64:
        return read_unsigned(field, json, at, diag);
    case FIELD_VERDICT:
        return read_verdict(field, json, at, diag);
    case FIELD_TEXTS:
    case FIELD_LIST:
        return read_array(field, json, object, diag);
    }
    return false;
}

static bool read_shape(const struct shape *shape, const json_t *json, char *object, struct diag *diag)
{
    for (size_t i = 0; i < shape->field_count; i++) {
        const struct field *field = &shape->fields[i];
        if (!read_field(field, json_object_get(json, field->name), object, diag))
            return false;
    }
    return true;
}

bool result_from_json(const char *text, size_t len, struct result *ret, struct diag *diag)
{
    json_error_t error;
    struct result result = {0};
    /* What was serialised could hold the same key twice only if somebody else wrote it. */
    json_t *json = json_loadb(text, len, JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, &error);
    if (json == NULL) {
        diag_set(diag, STATUS_TROUBLE, "an experiment's result: %s at byte %d", error.text, error.position);
        return false;
    }
    bool good = read_shape(&result_shape, json, (char *)&result, diag);
    if (good)
        *ret = result;
    else
        result_free(&result);
    json_decref(json);
    return good;
}
