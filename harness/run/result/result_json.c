#include "harness/run/result/result_shape.h"
#include "harness/text.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* More of one string than anybody reads; the judge has seen all of it before it is cut. */
enum { STRING_MAX = 64 * 1024, STRING_HEAD = STRING_MAX / 2, MARK_MAX = 64 };

static bool begins_rune(char byte)
{
    return ((unsigned char)byte & 0xc0) != 0x80;
}

/* Leaves out the middle of a long string of valid UTF-8. What comes of it is not cut again the next time. */
static size_t shorten(char *text, size_t len)
{
    if (len <= STRING_MAX + MARK_MAX)
        return len;
    size_t head = STRING_HEAD, tail = len - STRING_HEAD;
    while (!begins_rune(text[head]))
        head--;
    while (tail < len && !begins_rune(text[tail]))
        tail++;
    char mark[MARK_MAX];
    int width = snprintf(mark, sizeof mark, "\n[... %zu bytes left out ...]\n", tail - head);
    memcpy(text + head, mark, (size_t)width);
    memmove(text + head + width, text + tail, len - tail);
    return head + (size_t)width + len - tail;
}

static json_t *text_json(const char *text, size_t len)
{
    if (text == NULL)
        return json_null();
    char *clean = text_utf8(text, len, &len);
    if (clean == NULL)
        return NULL;
    json_t *json = json_stringn_nocheck(clean, shorten(clean, len));
    free(clean);
    return json;
}

static json_t *string_json(const char *text)
{
    return text_json(text, text == NULL ? 0 : strlen(text));
}

json_t *result_json_uint64(uint64_t value)
{
    if (value <= INT64_MAX)
        return json_integer((json_int_t)value);
    char digits[24];
    snprintf(digits, sizeof digits, "%llu", (unsigned long long)value);
    return json_string(digits);
}

static json_t *shape_json(const struct shape *shape, const char *object);

static json_t *array_json(const struct field *field, const char *object)
{
    size_t count = *(const size_t *)(object + field->count_offset);
    const char *items = *(char *const *)(object + field->offset);
    json_t *array = json_array();
    for (size_t i = 0; i < count && array != NULL; i++) {
        json_t *item = field->kind == FIELD_TEXTS ? string_json(((char *const *)(const void *)items)[i])
                                                  : shape_json(field->shape, items + i * field->shape->size);
        if (json_array_append_new(array, item) < 0) {
            json_decref(array);
            return NULL;
        }
    }
    return array;
}

static json_t *field_json(const struct field *field, const char *object)
{
    const void *at = object + field->offset;
    switch (field->kind) {
    case FIELD_TEXT:
        return string_json(*(char *const *)at);
    case FIELD_BYTES:
        return text_json(*(char *const *)at, *(const size_t *)(object + field->count_offset));
    case FIELD_BOOL:
        return json_boolean(*(const bool *)at);
    case FIELD_INT:
        return json_integer(*(const int *)at);
    case FIELD_INT64:
        return json_integer(*(const int64_t *)at);
    case FIELD_UINT32:
        return json_integer(*(const uint32_t *)at);
    case FIELD_UINT64:
        return result_json_uint64(*(const uint64_t *)at);
    case FIELD_VERDICT:
        return json_string(verdict_name(*(const enum verdict *)at));
    case FIELD_TEXTS:
    case FIELD_LIST:
        return array_json(field, object);
    }
    return NULL;
}

static json_t *shape_json(const struct shape *shape, const char *object)
{
    json_t *json = json_object();
    for (size_t i = 0; i < shape->field_count && json != NULL; i++) {
        const struct field *field = &shape->fields[i];
        /* Also fails when the value is NULL: the memory was not there. */
        if (json_object_set_new_nocheck(json, field->name, field_json(field, object)) < 0) {
            json_decref(json);
            return NULL;
        }
    }
    return json;
}

json_t *result_json(const struct result *result)
{
    return shape_json(&result_shape, (const char *)result);
}

char *result_to_json(const struct result *result)
{
    json_t *json = result_json(result);
    if (json == NULL)
        return NULL;
    char *text = json_dumps(json, JSON_COMPACT);
    json_decref(json);
    return text;
}
