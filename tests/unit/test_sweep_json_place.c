/* Where a value stands in a JSON text. */
#include "harness/sweep/records/json_place.h"

#include <criterion/criterion.h>
#include <string.h>

static void expect_place(const char *text, const char *key, int line, int column)
{
    int got_line = 0, got_column = 0;
    json_place(text, strlen(text), key, &got_line, &got_column);
    cr_expect(got_line == line && got_column == column, "%s in %s: got %d:%d, expected %d:%d", key, text,
              got_line, got_column, line, column);
}

Test(json_place, a_value_is_behind_its_key)
{
    expect_place("{\"a\": 1}", "a", 1, 7);
    expect_place("{\n  \"a\": 1,\n  \"b\" :\n    [2]\n}", "b", 4, 5);
}

Test(json_place, keys_of_inner_objects_and_words_of_the_same_name_are_others)
{
    expect_place("{\"x\": {\"a\": 1}, \"y\": [\"a\", {\"a\": 2}], \"z\": \"a\", \"a\": 3}", "a", 1, 54);
    expect_place("{\"x\": \"\\\"a\\\": 1}\", \"a\": 3}", "a", 1, 25);
}

Test(json_place, where_there_is_none_it_is_the_object)
{
    expect_place(" \n {\"b\": 1}", "a", 2, 2);
    expect_place("", "a", 1, 1);
    expect_place("{\"a", "a", 1, 1);
    expect_place("{\"a\"", "a", 1, 1);
    expect_place("{\"a\\", "a", 1, 1);
}
