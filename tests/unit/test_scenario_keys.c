/* The table of keys: complete, without doubles, and the same as the schema. */
#include "harness/scenario/keys.h"
#include "harness/scenario/schema.h"
#include "shim/model/expr.h"

#include <criterion/criterion.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

Test(keys, every_row_says_all_there_is_to_say)
{
    size_t count = 0;
    for (; key_row_at(count) != NULL; count++) {
        const struct key_row *row = key_row_at(count);
        cr_expect_str_eq(row->shown.where, key_where_word(row->where));
        cr_expect(row->shown.name[0] && row->shown.value[0] && row->shown.fallback[0] && row->shown.help[0],
                  "%s", row->shown.name);
        cr_expect_not_null(row->read);
        cr_expect_eq(key_find(row->where, row->shown.name), row, "%s stands there twice", row->shown.name);
        cr_expect_eq(scenario_key_at(count), &row->shown);
    }
    cr_expect_gt(count, 50);
    cr_expect_null(scenario_key_at(count));
    cr_expect_null(key_find(KEYS_TOP, "run"), "a key is one of its own map only");
}

Test(keys, no_key_of_a_fault_is_one_of_expressions_too)
{
    for (size_t i = 0; expr_key_at(i) != NULL; i++)
        cr_expect_null(key_find(KEYS_FAULT, expr_key_at(i)->name), "%s", expr_key_at(i)->name);
}

static json_t *properties_of(json_t *schema, enum key_where where)
{
    json_t *map =
        where == KEYS_TOP ? schema : json_object_get(json_object_get(schema, "$defs"), key_where_word(where));
    cr_assert_not_null(map, "%s", key_where_word(where));
    cr_expect(json_is_false(json_object_get(map, "additionalProperties")));
    return json_object_get(map, "properties");
}

/* Every "$ref" within must lead somewhere. */
static void check_references(json_t *all, json_t *part)
{
    const char *key;
    json_t *value;
    size_t i;
    if (json_is_array(part))
        json_array_foreach(part, i, value) check_references(all, value);
    json_object_foreach(part, key, value)
    {
        if (strcmp(key, "$ref") == 0) {
            const char *name = json_string_value(value) + strlen("#/$defs/");
            cr_expect_not_null(json_object_get(json_object_get(all, "$defs"), name), "%s", name);
        }
        check_references(all, value);
    }
}

Test(keys, the_schema_has_every_key)
{
    char *text = scenario_schema();
    cr_assert_not_null(text);
    json_t *schema = json_loads(text, 0, NULL);
    cr_assert_not_null(schema);
    for (size_t i = 0; key_row_at(i) != NULL; i++) {
        const struct key_row *row = key_row_at(i);
        json_t *property = json_object_get(properties_of(schema, row->where), row->shown.name);
        cr_expect_not_null(property, "%s", row->shown.name);
        cr_expect_gt(json_object_size(property), 1, "%s says more than its description", row->shown.name);
    }
    for (size_t i = 0; expr_key_at(i) != NULL; i++)
        cr_expect_not_null(json_object_get(properties_of(schema, KEYS_FAULT), expr_key_at(i)->name));
    check_references(schema, schema);
    json_decref(schema);
    free(text);
}
