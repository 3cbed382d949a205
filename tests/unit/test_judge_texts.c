/* Expectations about texts, and how a difference is shown. */
#include "tests/unit/judge_world.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct world w;

static void one(void)
{
    world_init(&w, 1);
}

static void end(void)
{
    world_free(&w);
}

TestSuite(judge_texts, .init = one, .fini = end);

static void wrote(const char *text)
{
    world_wrote(&w, 0, false, text, strlen(text));
}

static void wants(enum text_test test, const char *text)
{
    world_text(&w.processes[0].expect.out, test, text);
}

static void shows(const char *expected, const char *got)
{
    world_judge(&w);
    cr_assert_eq(w.result.failure_count, 1);
    cr_expect_str_eq(w.result.failures[0].what, "stdout");
    cr_expect_str_eq(w.result.failures[0].expected, expected);
    cr_expect_str_eq(w.result.failures[0].got, got);
    cr_expect_eq(w.result.failures[0].line, 12);
}

static void holds(void)
{
    cr_expect_str_eq(world_judge(&w), "");
}

Test(judge_texts, equal)
{
    wrote("hello\n");
    wants(TEXT_EQUALS, "hello\n");
    holds();
}

Test(judge_texts, short_ones_are_shown_whole_and_escaped)
{
    wrote("hel\tlo\"\x1b[31m\\");
    wants(TEXT_EQUALS, "hello\n");
    shows("\"hello\\n\"", "\"hel\\tlo\\\"\\x1b[31m\\\\\"");
}

Test(judge_texts, a_nul_and_what_follows_count)
{
    world_wrote(&w, 0, false, "hello\0more", 10);
    wants(TEXT_EQUALS, "hello");
    shows("\"hello\"", "\"hello\\0more\"");
}

Test(judge_texts, nothing_written)
{
    wants(TEXT_EQUALS, "hello\n");
    shows("\"hello\\n\"", "\"\"");
}

Test(judge_texts, empty_is_an_expectation)
{
    wants(TEXT_EQUALS, "");
    holds();
    wrote("x");
    shows("\"\"", "\"x\"");
}

static char *lines(int count, int changed)
{
    static char text[4096];
    size_t used = 0;
    for (int i = 1; i <= count; i++)
        used += (size_t)snprintf(text + used, sizeof text - used, "line number %d%s\n", i,
                                 i == changed ? "!" : "");
    return strdup(text);
}

Test(judge_texts, long_ones_show_the_line_that_differs_and_the_one_before)
{
    char *want = lines(30, 0), *got = lines(30, 20);
    wants(TEXT_EQUALS, want);
    wrote(got);
    shows("line 19: \"line number 19\\n\"\nline 20: \"line number 20\\n\"\nof 441 bytes",
          "line 19: \"line number 19\\n\"\nline 20: \"line number 20!\\n\"\n"
          "of 442 bytes; the first that differs is number 291 (line 20, column 15)");
    free(want);
    free(got);
}

Test(judge_texts, end_in_the_middle)
{
    char *want = lines(30, 0), *got = lines(10, 0);
    wants(TEXT_EQUALS, want);
    wrote(got);
    shows("line 10: \"line number 10\\n\"\nline 11: \"line number 11\\n\"\nof 441 bytes",
          "line 10: \"line number 10\\n\"\nline 11: nothing, the end\n"
          "of 141 bytes; the first that differs is number 142 (line 11, column 1)");
    free(want);
    free(got);
}

Test(judge_texts, one_long_line_shows_a_window)
{
    char want[301], got[301];
    memset(want, 'a', 300);
    want[300] = '\0';
    memcpy(got, want, 301);
    got[150] = '\xff';
    wants(TEXT_EQUALS, want);
    wrote(got);
    shows(
        "line 1: ...\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"...\n"
        "of 300 bytes",
        "line 1: "
        "...\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\\xffaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"...\n"
        "of 300 bytes; the first that differs is number 151 (line 1, column 151)");
}

Test(judge_texts, a_window_does_not_cut_a_character)
{
    char want[301], got[301];
    for (int i = 0; i < 300; i += 2)
        memcpy(want + i, "\xc3\xa9", 2);
    want[300] = '\0';
    memcpy(got, want, 301);
    got[151] = '\xaa';
    wants(TEXT_EQUALS, want);
    wrote(got);
    world_judge(&w);
    cr_assert_eq(w.result.failure_count, 1);
    cr_expect_null(strstr(w.result.failures[0].expected, "\\x"), "%s", w.result.failures[0].expected);
}

Test(judge_texts, contains)
{
    wrote("one two three");
    wants(TEXT_CONTAINS, "two");
    holds();
    w.processes[0].expect.out.items[0].text = (char *)"four\n";
    shows("contains \"four\\n\"", "\"one two three\"");
}

Test(judge_texts, contains_in_nothing)
{
    wants(TEXT_CONTAINS, "x");
    shows("contains \"x\"", "nothing");
}

Test(judge_texts, contains_shows_both_ends_of_a_long_text)
{
    char got[1001];
    memset(got, 'b', 1000);
    got[0] = 'a';
    got[999] = 'c';
    got[1000] = '\0';
    wrote(got);
    wants(TEXT_CONTAINS, "x");
    world_judge(&w);
    cr_assert_eq(w.result.failure_count, 1);
    const char *shown = w.result.failures[0].got;
    cr_expect_eq(strncmp(shown, "\"ab", 3), 0);
    cr_expect_not_null(strstr(shown, "b\"...\n...\"b"));
    cr_expect_not_null(strstr(shown, "bc\"\nof 1000 bytes"));
    cr_expect_lt(strlen(shown), 450);
}

Test(judge_texts, matches_past_a_nul)
{
    world_wrote(&w, 0, false, "a\0bc", 4);
    wants(TEXT_MATCHES, "bc$");
    holds();
}

Test(judge_texts, matches_not)
{
    wrote("hello");
    wants(TEXT_MATCHES, "^[0-9]+$");
    shows("matches \"^[0-9]+$\"", "\"hello\"");
}

Test(judge_texts, all_of_several_must_hold)
{
    wrote("one");
    wants(TEXT_CONTAINS, "one");
    wants(TEXT_CONTAINS, "two");
    wants(TEXT_MATCHES, "three");
    cr_expect_str_eq(world_judge(&w), "client: stdout: expected contains \"two\", got \"one\"\n"
                                      "client: stdout: expected matches \"three\", got \"one\"\n");
}

Test(judge_texts, run_time_variables)
{
    wrote("port 4711 of ${port}\n");
    wants(TEXT_EQUALS, "port ${port} of $${port}\n");
    holds();
}

Test(judge_texts, stderr_too)
{
    world_wrote(&w, 0, true, "oops", 4);
    world_text(&w.processes[0].expect.err, TEXT_EQUALS, "fine");
    cr_expect_str_eq(world_judge(&w), "client: stderr: expected \"fine\", got \"oops\"\n");
}
