/* Expected and received bytes side by side. */
#include "harness/peer/mismatch.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static struct bytes of(const char *text, size_t len)
{
    return (struct bytes){.at = (char *)text, .len = len};
}

static void remark_is(const char *expected, const char *received, const char *wanted)
{
    struct bytes a = of(expected, strlen(expected)), b = of(received, strlen(received));
    char *remark = mismatch_remark(&a, &b);
    cr_expect_str_eq(remark, wanted);
    free(remark);
}

Test(mismatch, the_remark_says_what_is_wrong)
{
    remark_is("hello", "hallo", "byte 2 of 5 differs");
    remark_is("hello", "hell", "byte 5 of 5 is missing");
    remark_is("hello", "", "bytes 1 to 5 of 5 are missing");
    remark_is("hello", "hello!", "1 byte too many");
    remark_is("", "hello", "5 bytes too many");
}

static void table_is(const struct bytes *expected, const struct bytes *received, const char *wanted)
{
    char *table = mismatch_table(expected, received);
    cr_expect_str_eq(table, wanted);
    free(table);
}

Test(mismatch, the_first_that_differs_is_marked_on_both_sides)
{
    struct bytes a = of("\0\x01 A~\x7f\xff", 7), b = of("\0\x01 A~\x7f\xfe", 7);
    table_is(&a, &b,
             "  byte  expected                           | received\n"
             "     1  00 01 20 41 7e 7f ff     .. A~..   | 00 01 20 41 7e 7f fe     .. A~..\n"
             "                          ^^                                   ^^");
}

Test(mismatch, a_side_that_ends_is_empty_behind_its_end)
{
    struct bytes a = of("0123456789", 10), b = of("01234567", 8);
    table_is(&a, &b,
             "  byte  expected                           | received\n"
             "     1  30 31 32 33 34 35 36 37  01234567  | 30 31 32 33 34 35 36 37  01234567\n"
             "     9  38 39                    89\n"
             "        ^^                                   ^^");
    table_is(&b, &a,
             "  byte  expected                           | received\n"
             "     1  30 31 32 33 34 35 36 37  01234567  | 30 31 32 33 34 35 36 37  01234567\n"
             "     9                                     | 38 39                    89\n"
             "        ^^                                   ^^");
}

/* One line before the one that differs, two behind it. */
Test(mismatch, of_many_lines_those_about_the_difference_are_shown)
{
    char one[100], two[100];
    memset(one, 'a', sizeof one);
    memset(two, 'a', sizeof two);
    two[50] = 'b';
    struct bytes a = of(one, sizeof one), b = of(two, sizeof two);
    char *table = mismatch_table(&a, &b);
    size_t lines = 1;
    for (const char *at = table; (at = strchr(at, '\n')) != NULL; at++)
        lines++;
    cr_expect_eq(lines, 6, "%s", table);
    cr_expect_not_null(strstr(table, "\n    41  "));
    cr_expect_not_null(strstr(table, "\n    65  "));
    cr_expect_null(strstr(table, "\n    73  "));
    free(table);
}

static void quoted_is(const char *text, size_t len, size_t around, const char *wanted)
{
    struct bytes bytes = of(text, len);
    char *quoted = mismatch_quoted(&bytes, around);
    cr_expect_str_eq(quoted, wanted);
    free(quoted);
}

Test(mismatch, bytes_are_quoted_so_that_they_stay_on_a_line)
{
    quoted_is("", 0, 0, "nothing");
    quoted_is("a\n\"\0\xff", 5, 0, "\"a\\n\\\"\\0\\xff\"");
}

Test(mismatch, a_long_text_is_cut_where_no_character_is)
{
    char text[300], *quoted;
    for (size_t i = 0; i < sizeof text; i += 2)
        memcpy(text + i, "\xc3\xa9", 2); /* e acute */
    struct bytes bytes = of(text, sizeof text);
    for (size_t around = 0; around <= sizeof text; around++) {
        quoted = mismatch_quoted(&bytes, around);
        cr_expect_null(strstr(quoted, "\\x"), "%zu: %s", around, quoted);
        cr_expect_not_null(strstr(quoted, " (300 bytes)"));
        free(quoted);
    }
}
