#include "harness/scenario/matrix.h"
#include "harness/scenario/choice.h"
#include "harness/scenario/expand.h"

#include <string.h>

static bool is_parameter(const char *text)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
    static const char more[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789-";
    return strspn(text, letters) > 0 && text[strspn(text, more)] == '\0';
}

static bool check_value(const struct reader *r, const struct node *list, size_t index)
{
    const struct node *value = list->items[index];
    if (value->kind != NODE_SCALAR || value->null)
        return reader_wrong(r, value, "a string, a number or a boolean");
    for (size_t i = 0; i < index; i++)
        if (strcmp(list->items[i]->text, value->text) == 0)
            return reader_error(r, value, "got %s twice, expected it once", reader_quoted(r, value->text));
    for (const char *text = value->text; *text != '\0';) {
        const char *name;
        size_t len = 0;
        int taken = expand_next(text, &name, &len);
        if (taken < 0 || (name != NULL && !expand_is_runtime(name, len)))
            return reader_error(r, value,
                                "got %s, expected a value in which only ${port}, ${dir}, ${root} and "
                                "${pid:PROCESS} stand for something",
                                reader_quoted(r, value->text));
        text += taken > 0 ? taken : 1;
    }
    return true;
}

static bool check_parameter(const struct reader *r, const struct node *key, const struct node *list)
{
    if (!is_parameter(key->text))
        return reader_error(
            r, key, "got %s, expected the name of a parameter: letters, digits, '_' and '-', a letter first",
            reader_quoted(r, key->text));
    if (expand_is_runtime(key->text, key->len))
        return reader_error(r, key, "got '%s', which means something else already; expected another name",
                            key->text);
    if (list->kind != NODE_LIST || list->count == 0)
        return reader_wrong(r, list, "a list of at least one value");
    for (size_t i = 0; i < list->count; i++)
        if (!check_value(r, list, i))
            return false;
    return true;
}

static const struct node *unknown_parameter(const struct reader *r, const struct node *map,
                                            const struct node *key)
{
    struct choice choice;
    choice_begin(&choice, key->text);
    for (size_t i = 0; i < map->count; i++)
        choice_add(&choice, map->keys[i]->text);
    reader_error(r, key, "got %s, expected a parameter of the matrix: %s", reader_quoted(r, key->text),
                 choice_text(&choice));
    return NULL;
}

static bool check_exclusion(const struct reader *r, const struct node *map, const struct node *key,
                            const struct node *value)
{
    struct choice choice;
    const struct node *list = node_get(map, key->text);
    if (list == NULL)
        return unknown_parameter(r, map, key);
    if (value->kind != NODE_SCALAR || value->null)
        return reader_wrong(r, value, "one of the parameter's values");
    choice_begin(&choice, value->text);
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->items[i]->text, value->text) == 0)
            return true;
        choice_add(&choice, list->items[i]->text);
    }
    return reader_error(r, value, "got %s, expected a value of '%s': %s", reader_quoted(r, value->text),
                        key->text, choice_text(&choice));
}

static bool check_exclude(const struct reader *r, const struct node *map, const struct node *exclude)
{
    if (exclude->kind != NODE_LIST)
        return reader_wrong(r, exclude, "a list of maps");
    if (map == NULL)
        return reader_error(r, exclude, "got 'exclude' without 'matrix', expected both");
    for (size_t i = 0; i < exclude->count; i++) {
        const struct node *entry = exclude->items[i];
        if (entry->kind != NODE_MAP || entry->count == 0)
            return reader_wrong(r, entry, "a map of parameters to values");
        for (size_t j = 0; j < entry->count; j++)
            if (!check_exclusion(r, map, entry->keys[j], entry->items[j]))
                return false;
    }
    return true;
}

/* The bytes of the longest combination, twice: an experiment has them as parameters and in its name. */
static size_t width(const struct node *map)
{
    size_t bytes = 0;
    for (size_t i = 0; i < map->count; i++) {
        size_t longest = 0;
        for (size_t j = 0; j < map->items[i]->count; j++)
            longest = map->items[i]->items[j]->len > longest ? map->items[i]->items[j]->len : longest;
        bytes += 2 * (map->keys[i]->len + longest);
    }
    return bytes;
}

bool matrix_read(struct reader *r, const struct node *root, struct matrix *ret)
{
    struct matrix matrix = {node_get(root, "matrix"), node_get(root, "exclude"), 1};
    const struct node *map = matrix.map;
    if (map != NULL && (map->kind != NODE_MAP || map->count == 0))
        return reader_wrong(r, map, "a map of parameters to lists of values");
    for (size_t i = 0; map != NULL && i < map->count; i++) {
        if (!check_parameter(r, map->keys[i], map->items[i]))
            return false;
        matrix.total *= map->items[i]->count;
        if (matrix.total > MATRIX_MAX)
            return reader_error(r, map, "got a matrix of more than %d combinations, expected fewer",
                                MATRIX_MAX);
    }
    if (map != NULL && !reader_take(r, map, matrix.total * width(map)))
        return false;
    if (matrix.exclude != NULL && !check_exclude(r, map, matrix.exclude))
        return false;
    *ret = matrix;
    return true;
}

void matrix_choose(const struct matrix *matrix, struct pool **pool, size_t i, struct experiment *experiment)
{
    size_t count = matrix->map != NULL ? matrix->map->count : 0;
    experiment->matrix = pool_room(pool, count, sizeof *experiment->matrix);
    experiment->matrix_count = count;
    while (count-- > 0) {
        const struct node *key = matrix->map->keys[count], *list = matrix->map->items[count];
        const struct node *value = list->items[i % list->count];
        i /= list->count;
        experiment->matrix[count].name = pool_copy(pool, key->text, key->len);
        experiment->matrix[count].value = pool_copy(pool, value->text, value->len);
    }
}

static const char *value_of(const struct experiment *experiment, const char *name)
{
    for (size_t i = 0; i < experiment->matrix_count; i++)
        if (strcmp(experiment->matrix[i].name, name) == 0)
            return experiment->matrix[i].value;
    return "";
}

static bool matches(const struct node *entry, const struct experiment *experiment)
{
    for (size_t i = 0; i < entry->count; i++)
        if (strcmp(value_of(experiment, entry->keys[i]->text), entry->items[i]->text) != 0)
            return false;
    return true;
}

bool matrix_excludes(const struct matrix *matrix, const struct experiment *experiment)
{
    for (size_t i = 0; matrix->exclude != NULL && i < matrix->exclude->count; i++)
        if (matches(matrix->exclude->items[i], experiment))
            return true;
    return false;
}
