#include "harness/text.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

static void escapes(const char *bytes, size_t len, bool quoted, const char *expected)
{
    char *text = text_escaped(bytes, len, quoted);
    cr_expect_str_eq(text, expected);
    free(text);
}

Test(text, printable_stays)
{
    static const char plain[] = "plain \"text\" \\ caf\xc3\xa9 \xf0\x9f\x98\x80";
    escapes(plain, strlen(plain), false, plain);
}

Test(text, quotes_and_backslashes_only_where_quoted)
{
    escapes("a\"\\", 3, true, "\"a\\\"\\\\\"");
}

Test(text, controls)
{
    escapes("\n\r\t\x01\x1b[0m\x7f", 9, false, "\\n\\r\\t\\x01\\x1b[0m\\x7f");
}

Test(text, nul_before_a_digit_is_not_octal)
{
    escapes("\0a\0"
            "7\0",
            5, false, "\\0a\\x007\\0");
}

Test(text, c1_controls_and_overrides_of_direction)
{
    escapes("\xc2\x9b\xe2\x80\xae\xe2\x80\xa8\xef\xbb\xbf", 11, false, "\\u{9b}\\u{202e}\\u{2028}\\u{feff}");
}

Test(text, what_is_not_utf8)
{
    /* A stray continuation, an overlong slash, half a character, a surrogate, past U+10FFFF. */
    escapes("\x80", 1, false, "\\x80");
    escapes("\xc0\xaf", 2, false, "\\xc0\\xaf");
    escapes("\xe0\x80\xaf", 3, false, "\\xe0\\x80\\xaf");
    escapes("\xe2\x82", 2, false, "\\xe2\\x82");
    escapes("\xed\xa0\x80", 3, false, "\\xed\\xa0\\x80");
    escapes("\xf4\x90\x80\x80", 4, false, "\\xf4\\x90\\x80\\x80");
}

Test(text, rune)
{
    size_t len;
    cr_expect_eq(text_rune("\xf0\x9f\x98\x80", 4, &len), 0x1f600);
    cr_expect_eq(len, 4);
    cr_expect_eq(text_rune("\xf0\x9f\x98\x80", 3, &len), -1);
    cr_expect_eq(len, 1);
    cr_expect_eq(text_rune("\xf4\x8f\xbf\xbf", 4, &len), 0x10ffff);
}

Test(text, utf8_replaces_each_bad_byte)
{
    size_t len;
    char *text = text_utf8("a\xff\xc3(\0b", 6, &len);
    cr_expect_eq(len, 10);
    cr_expect_arr_eq(text, "a\xef\xbf\xbd\xef\xbf\xbd(\0b", 11);
    free(text);
}

Test(text, utf8_of_nothing)
{
    size_t len = 9;
    char *text = text_utf8("", 0, &len);
    cr_expect_eq(len, 0);
    cr_expect_str_eq(text, "");
    free(text);
}

Test(text, duration)
{
    static const struct {
        int64_t ns;
        const char *text;
    } cases[] = {
        {0, "0 s"},
        {-5, "less than 0 s"},
        {1, "1 ns"},
        {999, "999 ns"},
        {1000, "1.00 us"},
        {12345, "12.3 us"},
        {999499, "999 us"},
        {999500, "1.00 ms"},
        {20000000, "20.0 ms"},
        {250000000, "250 ms"},
        {999600000, "1.00 s"},
        {9980000000, "9.98 s"},
        {9996000000, "10.0 s"},
        {61000000000, "61.0 s"},
        {3600000000000, "3600 s"},
    };
    char text[TEXT_DURATION_MAX];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        cr_expect_str_eq(text_duration(cases[i].ns, text), cases[i].text);
    cr_expect_leq(strlen(text_duration(INT64_MAX, text)), sizeof text - 1);
}

Test(text, signals)
{
    char text[TEXT_SIGNAL_MAX];
    cr_expect_str_eq(text_signal(SIGSEGV, text), "SIGSEGV");
    cr_expect_str_eq(text_signal(SIGRTMIN + 3, text), "SIGRTMIN+3");
    cr_expect_str_eq(text_signal(200, text), "signal 200");
}

Test(text, format)
{
    char *text = text_format("%s-%d", "a", 7);
    cr_expect_str_eq(text, "a-7");
    free(text);
}

Test(text, a_cut_goes_back_to_where_a_character_begins)
{
    static const char text[] = "a\xc3\xa9\xe2\x82\xac";
    static const size_t cuts[] = {0, 1, 1, 3, 3, 3, 6};
    for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++)
        cr_expect_eq(text_cut(text, 6, i), cuts[i], "%zu", i);
    cr_expect_eq(text_cut(text + 1, 5, 1), 0, "also at the very beginning");
    cr_expect_eq(text_cut("\x80\x80\x80\x80\x80", 5, 4), 4, "what is no character is cut anywhere");
}
