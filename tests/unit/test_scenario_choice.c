/* Suggestions: what is near enough to be meant. */
#include "harness/scenario/choice.h"

#include <criterion/criterion.h>
#include <string.h>

/* What is suggested for a word among some; "" for nothing. */
static const char *hint(const char *word)
{
    static char buffer[100];
    static const char *const words[] = {"expect", "exclude", "env", "run", "ready", "receive", "listening"};
    struct choice choice;
    choice_begin(&choice, word);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        choice_add(&choice, words[i]);
    return choice_hint(&choice, buffer, sizeof buffer);
}

Test(choice, one_letter_wrong_missing_more_or_swapped)
{
    cr_expect_str_eq(hint("expact"), "; did you mean 'expect'?");
    cr_expect_str_eq(hint("expct"), "; did you mean 'expect'?");
    cr_expect_str_eq(hint("expects"), "; did you mean 'expect'?");
    cr_expect_str_eq(hint("epxect"), "; did you mean 'expect'?");
    cr_expect_str_eq(hint("urn"), "; did you mean 'run'?");
    cr_expect_str_eq(hint("recieve"), "; did you mean 'receive'?");
    cr_expect_str_eq(hint("listen"), "", "three of six letters are missing: a guess");
}

Test(choice, what_is_far_is_not_suggested)
{
    cr_expect_str_eq(hint("tags"), "");
    cr_expect_str_eq(hint("xy"), "");
    cr_expect_str_eq(hint(""), "");
    cr_expect_str_eq(hint("expectexpectexpectexpectexpectexpectexpect"), "");
}

Test(choice, the_text_lists_all)
{
    struct choice choice;
    choice_begin(&choice, "b");
    choice_add(&choice, "aa");
    cr_expect_str_eq(choice_text(&choice), "aa");
    choice_begin(&choice, "fork");
    choice_add(&choice, "frok");
    choice_add(&choice, "poll");
    cr_expect_str_eq(choice_text(&choice), "one of frok, poll; did you mean 'frok'?");
}

Test(choice, a_list_that_is_too_long_ends)
{
    struct choice choice;
    char word[] = "a-word-of-some-length";
    choice_begin(&choice, "x");
    for (int i = 0; i < 200; i++)
        choice_add(&choice, word);
    cr_expect_lt(strlen(choice_text(&choice)), CHOICE_MAX);
}
